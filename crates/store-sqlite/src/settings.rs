//! What may be set about a store, and why one does not open.

use std::path::PathBuf;

use thiserror::Error;
use wirepost_store::sealing::KeyError;

/// How much memory and how many threads the store may use. The defaults suit a small machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a page of a new file; a power of two. A file that exists keeps its own.
    pub page_bytes: u32,
    /// Most memory for pages of the one writing connection, in KiB.
    pub writer_cache_kib: u32,
    /// Most memory for pages of each reading connection, in KiB.
    pub reader_cache_kib: u32,
    /// Most reading connections, and so most reads at the same time.
    pub readers: usize,
    /// Steps of SQLite's machine after which a read is cut off, some seconds of work: a read without end would
    /// hold back the log.
    pub read_steps_most: u64,
    /// Rows that a list looks at for one page, where no index fits its filter and they lie side by side.
    pub look_rows_most: usize,
    /// The same where each may lie in a page of its own: behind a label, or failed ones among others.
    pub look_apart_most: usize,
    /// Most writes that wait for the writer; who comes after them waits to join.
    pub queue: usize,
    /// The log is carried over into the file whenever it has grown by about this many pages.
    pub checkpoint_pages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page_bytes: 8_192,
            writer_cache_kib: 16 * 1_024,
            reader_cache_kib: 2 * 1_024,
            readers: 4,
            read_steps_most: 500_000_000,
            look_rows_most: 10_000,
            look_apart_most: 1_000,
            queue: 4_096,
            checkpoint_pages: 2_000,
        }
    }
}

/// Why a store does not open: one sentence for whoever started the program.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another store has it open.
    #[error("the database {} is in use by another process; stop that one first or name another file", .0.display())]
    Locked(PathBuf),
    /// The folder it should be in does not exist.
    #[error("the folder {} for the database does not exist; make it first", .0.display())]
    DirectoryMissing(PathBuf),
    /// The system does not let this user read and write it.
    #[error("no permission to read and write the database {}", .0.display())]
    NoPermission(PathBuf),
    /// The file holds something else.
    #[error("the file {} is not a database of Wirepost", .0.display())]
    NotADatabase(PathBuf),
    /// A later version wrote it.
    #[error(
        "the database {} was written by a newer version (schema {found}, this one knows {known}); \
         start that version",
        .path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest one this program knows.
        known: i64,
    },
    /// The main keys at hand do not open its secrets.
    #[error("the database {} {error}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: KeyError,
    },
    /// Anything else, in the words of the system or of SQLite.
    #[error("the database {} does not open: {reason}", .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}
