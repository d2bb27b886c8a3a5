//! The binary under test as a child process: its lines, its signals, its end. Dropping it kills it, and shows what
//! it complained of when the test is failing.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

pub use rustix::process::Signal;

use crate::waiting::within;

/// Where standard error goes, in the directory that the program runs in.
const ERRORS: &str = "standard-error.log";

/// A running `wirepost`, or one that has ended.
pub struct Program {
    child: Child,
    lines: watch::Receiver<Vec<String>>,
    directory: PathBuf,
}

/// What programs wrote to standard error while they ran in this directory.
pub fn errors_in(directory: &Path) -> String {
    std::fs::read_to_string(directory.join(ERRORS)).unwrap_or_default()
}

impl Program {
    /// Starts `wirepost` in `directory` with these arguments and no other variables than these.
    pub fn start(arguments: &[&str], variables: &BTreeMap<String, String>, directory: &Path) -> Self {
        let log = File::options().create(true).append(true).open(directory.join(ERRORS));
        let mut child = Command::new(binary())
            .args(arguments)
            .env_clear()
            .envs(variables)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("the test's own directory can be written"))
            .kill_on_drop(true)
            .spawn()
            .expect("the binary can be run");
        let stdout = child.stdout.take().expect("the output is piped");
        Self { child, lines: lines_of(stdout), directory: directory.to_owned() }
    }

    /// The first line that holds `part`, as soon as it is printed.
    ///
    /// # Panics
    /// When the program ends without it, or nothing comes.
    pub async fn line_with(&self, part: &str) -> String {
        let find = |lines: &Vec<String>| lines.iter().find(|line| line.contains(part)).cloned();
        let mut lines = self.lines.clone();
        let printed = within(part, lines.wait_for(|lines| find(lines).is_some())).await;
        match printed {
            Ok(lines) => find(&lines).expect("the wait was for it"),
            Err(_) => panic!("wirepost ended without printing `{part}`: {}", self.errors()),
        }
    }

    /// The lines printed so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// What it wrote to standard error, earlier runs in the same directory included.
    pub fn errors(&self) -> String {
        errors_in(&self.directory)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program is still running");
    }

    /// Waits for the end of the program and of its output.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = within("the end of the program", self.child.wait()).await;
        let mut lines = self.lines.clone();
        // An error says that the output has ended, which is what this waits for.
        let _ended = within("the end of its output", lines.wait_for(|_| false)).await;
        status.expect("a child can be waited for")
    }

    /// `kill -9`, and waits until the system has taken its sockets and locks back.
    pub async fn kill(&mut self) {
        within("the end of a killed program", self.child.kill()).await.expect("a child can be killed");
    }

    /// Most memory that it has held so far, in bytes.
    pub fn memory_peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero()));
        let status = status.expect("the system tells the memory of a running program");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.expect("the peak stands there in kB") * 1_024
    }

    fn pid(&self) -> Pid {
        let id = self.child.id().expect("the program is still running");
        let id = i32::try_from(id).expect("a process id is an i32");
        Pid::from_raw(id).expect("no child has the process id 0")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("standard output of wirepost:\n{}", self.lines().join("\n"));
            eprintln!("standard error of wirepost:\n{}", self.errors());
        }
    }
}

/// The binary that `WIREPOST_BIN` names, or the debug build of this workspace.
fn binary() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e lies in the workspace");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let named = std::env::var_os("WIREPOST_BIN").map(PathBuf::from);
    let binary = named.unwrap_or_else(|| target.join("debug/wirepost"));
    assert!(
        binary.is_file(),
        "there is no wirepost at {}: run `cargo build -p wirepost-server`, or name one by WIREPOST_BIN",
        binary.display()
    );
    binary
}

fn lines_of(stdout: ChildStdout) -> watch::Receiver<Vec<String>> {
    let (sender, receiver) = watch::channel(Vec::new());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            sender.send_modify(|lines: &mut Vec<String>| lines.push(line));
        }
    });
    receiver
}
