//! Opens a store: lock, connection, schema, threads; says in one sentence why not.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode};
use wirepost_model::clock::Clock;
use wirepost_store::accepted::Handover;
use wirepost_store::sealing::{KeyId, Sealing};

use crate::checkpointer::Checkpointer;
use crate::connection::{log_ahead, open_writer};
use crate::file_lock::FileLock;
use crate::main_key::{UnlockError, note_next, unlock};
use crate::migrations::{MigrationError, migrate, refuse_foreign};
use crate::page_file::PageFile;
use crate::readers::Readers;
use crate::writer::{Writer, WriterParts};
use crate::{OpenError, Settings, SqliteStore};

impl SqliteStore {
    /// Opens the file, creating it if there is none, and brings its schema up to date.
    ///
    /// What becomes due is handed over to the engine through `handover`; `clock` says what is due. Secrets are kept
    /// under a key of `sealing`; those that an earlier version left in clear are sealed before anything else.
    ///
    /// # Errors
    /// One sentence for whoever started the program; see [`OpenError`].
    pub fn open(
        path: &Path,
        settings: Settings,
        handover: Handover,
        clock: Arc<dyn Clock>,
        sealing: &Sealing,
    ) -> Result<Self, OpenError> {
        let lock = take_lock(path)?;
        let connection = open_newest(path, &settings)?;
        let sealer = unlock(&connection, sealing).map_err(|error| say_of_key(path, error))?;
        let thread_failed = |error: io::Error| other(path, error);
        let (checkpointer, log_watch) =
            Checkpointer::start(path.to_owned(), settings.checkpoint_pages).map_err(thread_failed)?;
        let parts =
            WriterParts { connection, handover, clock: clock.clone(), log_watch, queue: settings.queue };
        Ok(Self {
            writer: Writer::start(parts).map_err(thread_failed)?,
            checkpointer: Mutex::new(Some(checkpointer)),
            readers: Arc::new(Readers::new(path.to_owned(), settings, sealer)),
            clock,
            page_file: Arc::new(PageFile::open(path).map_err(|error| say_of_file(path, error))?),
            lock: Mutex::new(Some(lock)),
        })
    }

    /// Seals all secrets in the file with another key that `sealing` has, and gives that key's name. What a change
    /// before this one left undone is done first, and that is then all.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn rotate_main_key(path: &Path, settings: &Settings, sealing: &Sealing) -> Result<KeyId, OpenError> {
        let _lock = take_lock(path)?;
        let connection = open_newest(path, settings)?;
        let rotated = note_next(&connection, sealing).and_then(|()| unlock(&connection, sealing));
        rotated.map(|sealer| sealer.key_id().clone()).map_err(|error| say_of_key(path, error))
    }
}

/// The connection that writes, to a file of the newest schema.
fn open_newest(path: &Path, settings: &Settings) -> Result<Connection, OpenError> {
    create_private(path)?;
    let connection = open_writer(path, settings).map_err(|error| say(path, &error))?;
    bring_up_to_date(&connection, settings).map_err(|error| say_of_schema(path, error))?;
    Ok(connection)
}

fn take_lock(path: &Path) -> Result<FileLock, OpenError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(OpenError::DirectoryMissing(folder.to_owned()));
    }
    if path.is_dir() {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    match FileLock::take(path) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(OpenError::Locked(path.to_owned())),
        Err(error) => Err(say_of_file(path, error)),
    }
}

/// Makes the file if there is none, for its owner alone: it holds secrets. SQLite gives the log the same rights.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let created = options.open(path).map(drop);
    created.map_err(|error| say_of_file(path, error))
}

fn say_of_file(path: &Path, error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            OpenError::NoPermission(path.to_owned())
        }
        _ => other(path, error),
    }
}

fn bring_up_to_date(connection: &Connection, settings: &Settings) -> Result<(), MigrationError> {
    refuse_foreign(connection)?;
    if !log_ahead(connection, settings)? {
        return Err(MigrationError::NoLog);
    }
    migrate(connection)
}

fn say_of_schema(path: &Path, error: MigrationError) -> OpenError {
    match error {
        MigrationError::Foreign => OpenError::NotADatabase(path.to_owned()),
        MigrationError::Newer { found, known } => {
            OpenError::NewerSchema { path: path.to_owned(), found, known }
        }
        MigrationError::NoLog => {
            other(path, "its file system cannot share memory, which its log (WAL) needs")
        }
        MigrationError::Sql(error) => say(path, &error),
    }
}

fn say_of_key(path: &Path, error: UnlockError) -> OpenError {
    match error {
        UnlockError::Key(error) => OpenError::Key { path: path.to_owned(), error },
        UnlockError::Sql(error) => say(path, &error),
    }
}

fn say(path: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::NoPermission(path.to_owned()),
        Some(ErrorCode::CannotOpen) => OpenError::NoPermission(path.to_owned()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked(path.to_owned()),
        _ => other(path, error),
    }
}

fn other(path: &Path, reason: impl ToString) -> OpenError {
    OpenError::Other { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use wirepost_model::clock::ManualClock;
    use wirepost_model::timestamp::Timestamp;
    use wirepost_store::Store;
    use wirepost_store::accepted::handover;

    use super::*;
    use crate::trials::workload::sealing;

    fn open(path: &Path) -> Result<SqliteStore, OpenError> {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_860_800_000)));
        SqliteStore::open(path, Settings::default(), handover(8).0, clock, &sealing())
    }

    fn refusal(path: &Path) -> String {
        match open(path) {
            Ok(_) => panic!("{} opened", path.display()),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_store_in_use_is_refused_and_free_after_close_or_drop() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("wirepost.db");
        let store = open(&path).expect("a new file opens");
        store.check().await.expect("it writes and reads");
        assert!(refusal(&path).contains("in use by another process"));
        store.close().await;
        assert!(store.check().await.is_err());
        let again = open(&path).expect("closed, it is free");
        again.check().await.expect("it writes and reads");
        drop(again);
        open(&path).expect("dropped, it is free").close().await;
    }

    #[cfg(unix)]
    #[test]
    fn the_file_and_its_log_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("wirepost.db");
        let store = open(&path).expect("a new file opens");
        for name in ["wirepost.db", "wirepost.db-wal"] {
            let file = std::fs::metadata(folder.path().join(name)).expect("it is there");
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
        }
        drop(store);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = folder.path().join("missing");
        let sentence = refusal(&missing.join("wirepost.db"));
        assert!(sentence.contains("does not exist"), "{sentence}");
        assert!(sentence.contains(&missing.display().to_string()), "{sentence}");
    }

    #[test]
    fn another_programs_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "no database at all, but long enough to be read as one".repeat(40))
            .expect("it is written");
        assert!(refusal(&text).contains("not a database of Wirepost"));
        let stranger = folder.path().join("stranger.db");
        let connection = Connection::open(&stranger).expect("it opens");
        connection.execute_batch("CREATE TABLE theirs (a)").expect("it is made");
        drop(connection);
        let before = std::fs::read(&stranger).expect("it is there");
        assert!(refusal(&stranger).contains("not a database of Wirepost"));
        assert_eq!(std::fs::read(&stranger).expect("it is there"), before);
        assert!(refusal(folder.path()).contains("not a database of Wirepost"));
    }

    #[test]
    fn a_newer_schema_is_refused_with_both_numbers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("wirepost.db");
        drop(open(&path).expect("a new file opens"));
        let connection = Connection::open(&path).expect("it opens");
        connection.pragma_update(None, "user_version", 999).expect("it is set");
        drop(connection);
        let sentence = refusal(&path);
        assert!(sentence.contains("schema 999, this one knows "), "{sentence}");
    }
}
