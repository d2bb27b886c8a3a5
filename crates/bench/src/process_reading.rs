//! What the kernel says of a process: CPU time and memory, read from `/proc`. The server and this program
//! are read the same way, so that their ratio means something.

use std::io;
use std::time::Duration;

/// One tick of `/proc/<pid>/stat`: the kernel reports 100 a second to programs on every architecture.
const TICK: Duration = Duration::from_millis(10);
const UTIME_FIELD_AFTER_NAME: usize = 11;

/// Memory of a process in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) now: u64,
    /// The most that was ever resident.
    pub(crate) peak: u64,
}

/// CPU time (user and system) that all threads of a process have used, in steps of 10 ms.
pub(crate) fn cpu_time(process: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    parse_cpu_time(&stat).ok_or_else(|| unreadable("stat"))
}

/// CPU time of this program: load and sink together.
pub(crate) fn own_cpu_time() -> io::Result<Duration> {
    cpu_time(std::process::id())
}

/// CPU time of this program's threads whose name starts with `name`.
pub(crate) fn own_cpu_time_of(name: &str) -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(task?.path().join("stat"))?;
        if thread_name(&stat).is_some_and(|found| found.starts_with(name)) {
            sum += parse_cpu_time(&stat).ok_or_else(|| unreadable("stat"))?;
        }
    }
    Ok(sum)
}

/// CPU time of this program and of the children that it has waited for.
pub(crate) fn family_cpu_time() -> io::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    ticks_of(&stat, 4).ok_or_else(|| unreadable("stat"))
}

/// CPU time that the whole machine has used since it started, on all cores.
pub(crate) fn machine_cpu_time() -> io::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    parse_machine_cpu_time(&stat).ok_or_else(|| unreadable("stat"))
}

/// Resident memory of a process.
pub(crate) fn memory(process: u32) -> io::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    parse_memory(&status).ok_or_else(|| unreadable("status"))
}

fn unreadable(file: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("/proc/<pid>/{file} has an unknown shape"))
}

fn thread_name(stat: &str) -> Option<&str> {
    Some(stat.split_once('(')?.1.rsplit_once(')')?.0)
}

fn parse_cpu_time(stat: &str) -> Option<Duration> {
    ticks_of(stat, 2)
}

/// Adds up `count` fields: user, system, and the same two of waited-for children.
fn ticks_of(stat: &str, count: usize) -> Option<Duration> {
    // The name may hold spaces and brackets, so the fields are counted from its last bracket.
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(UTIME_FIELD_AFTER_NAME);
    let ticks: Vec<u32> = fields.take(count).map_while(|field| field.parse().ok()).collect();
    (ticks.len() == count).then(|| TICK * ticks.iter().sum())
}

fn parse_machine_cpu_time(stat: &str) -> Option<Duration> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_ascii_whitespace();
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal; guests are part of user.
    let [user, nice, system, _idle, _waiting, hard, soft, stolen, ..] = ticks[..] else {
        return None;
    };
    let busy = user + nice + system + hard + soft + stolen;
    Some(Duration::from_millis(busy * TICK.as_millis() as u64))
}

fn parse_memory(status: &str) -> Option<Memory> {
    let bytes_of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim_end_matches("kB").trim().parse().ok()?;
        Some(kibibytes * 1_024)
    };
    Some(Memory { now: bytes_of("VmRSS:")?, peak: bytes_of("VmHWM:")? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        Memory, memory, parse_cpu_time, parse_machine_cpu_time, parse_memory, thread_name, ticks_of,
    };

    const STAT: &str = "42 (a (b) c) S 1 42 42 0 -1 4194560 900 0 0 0 250 31 4 3 20 0 5 0 100 1 2 3";

    #[test]
    fn cpu_time_is_user_and_system_behind_any_name() {
        assert_eq!(thread_name(STAT), Some("a (b) c"));
        assert_eq!(parse_cpu_time(STAT), Some(Duration::from_millis(2_810)));
        assert_eq!(ticks_of(STAT, 4), Some(Duration::from_millis(2_880)));
        assert_eq!(ticks_of("42 (a) S 1", 2), None);
    }

    #[test]
    fn the_machine_is_busy_when_it_is_not_idle() {
        let stat = "cpu  100 10 50 9000 800 1 2 3 7 0\ncpu0 1 2 3\n";
        assert_eq!(parse_machine_cpu_time(stat), Some(Duration::from_millis(1_660)));
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(parse_memory(status), Some(Memory { now: 10 << 20, peak: 20 << 20 }));
    }

    #[test]
    fn this_program_has_memory() {
        let own = memory(std::process::id()).expect("/proc is there");
        assert!(own.now > 0 && own.peak >= own.now);
    }
}
