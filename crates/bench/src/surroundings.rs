//! Where the figures were taken: cores, kernel, the disk under the database, and who else was at work. A figure without them says
//! nothing.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::{clock, process_reading};

/// Kernel threads and the like always take a little.
const UNDISTURBED_SHARE: f64 = 0.03;

/// Lines that stand above the figures.
pub(crate) fn describe(directory: &Path) -> Vec<String> {
    let cores = cores();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let filesystem = filesystem_of(&directory, &mounts).unwrap_or("an unknown file system");
    let mut lines = vec![format!(
        "{cores} cores shared by load, sink and server; kernel {}; databases on {filesystem}",
        kernel.trim()
    )];
    if matches!(filesystem, "tmpfs" | "ramfs") {
        lines.push("these databases are in memory: no figure below pays for a sync".to_owned());
    }
    lines
}

/// How much of the machine others used while something was measured.
pub(crate) struct Disturbance {
    others_before: Duration,
    began_at_ns: u64,
}

impl Disturbance {
    /// Begins to watch.
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self { others_before: others_cpu_time()?, began_at_ns: clock::now_ns() })
    }

    /// A warning when others took part of the machine; the server counts as ours once it has ended.
    pub(crate) fn warning(&self) -> io::Result<Option<String>> {
        let others = others_cpu_time()?.saturating_sub(self.others_before).as_secs_f64();
        let share = others / clock::seconds_between(self.began_at_ns, clock::now_ns()) / cores() as f64;
        let percent = share * 100.0;
        let warning = || format!("others used {percent:.0} % of the machine meanwhile: figures suffer by it");
        Ok((share > UNDISTURBED_SHARE).then(warning))
    }
}

fn others_cpu_time() -> io::Result<Duration> {
    Ok(process_reading::machine_cpu_time()?.saturating_sub(process_reading::family_cpu_time()?))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn filesystem_of<'a>(directory: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(point, _)| directory.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::filesystem_of;

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(filesystem_of(Path::new("/tmp/x"), mounts), Some("tmpfs"));
        assert_eq!(filesystem_of(Path::new("/tmpx"), mounts), Some("ext4"));
    }
}
