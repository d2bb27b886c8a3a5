//! Every connection is an open file: asks the system for as many as it lets this process have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Files kept for the database, the listener and whatever else.
const KEPT_FOR_OTHERS: usize = 128;

/// Raises the limit of open files as far as allowed; answers how many sockets sending may use, at most
/// `wanted`. Callers may have `connections` of the files.
pub(crate) fn sockets_within_limit(wanted: usize, connections: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let Some(files) = limit.current else { return wanted };
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let left = files.saturating_sub(connections + KEPT_FOR_OTHERS).max(files / 2);
    if left < wanted {
        tracing::warn!(open_files = files, sockets = left, "the limit of open files bounds the sockets");
    }
    wanted.min(left)
}
