//! Where the main key is kept: given as a setting, or in a file of its own that is made at the first start. The file
//! is for its owner alone. While a key takes the place of another, the new one lies beside it in `….next`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use wirepost_store::sealing::{GivenKeys, KeyHolder, KeyId, MainKey, Sealing};

use crate::config::Settings;
use crate::system::seeded_rng;

/// The keys that the settings tell of, and `new`, where one is to come.
pub(crate) fn sealing(settings: &Settings, new: Option<MainKey>) -> Sealing {
    match &settings.main_key {
        Some(key) => Sealing::new(GivenKeys { keys: vec![key.clone()], another: new }, seeded_rng()),
        None => Sealing::new(KeyFile { path: key_file(settings), new, random: seeded_rng }, seeded_rng()),
    }
}

/// The file that keeps the key where no setting gives it.
pub(crate) fn key_file(settings: &Settings) -> PathBuf {
    settings.main_key_file.clone().unwrap_or_else(|| with_ending(&settings.store, ".key"))
}

/// A key in a file.
struct KeyFile {
    path: PathBuf,
    /// A key that was given to take the place of the one in the file.
    new: Option<MainKey>,
    random: fn() -> StdRng,
}

impl KeyHolder for KeyFile {
    fn keys(&self) -> Result<Vec<MainKey>, String> {
        let found = [read(&self.path)?, read(&self.next())?, self.new.clone()];
        Ok(found.into_iter().flatten().collect())
    }

    fn another(&self) -> Result<MainKey, String> {
        if let Some(key) = &self.new {
            return Ok(key.clone());
        }
        let key = MainKey::random(&mut (self.random)());
        let path = if self.path.exists() { self.next() } else { self.path.clone() };
        write(&path, &key)
            .map_err(|error| format!("its key file {} cannot be written: {error}", path.display()))?;
        tracing::info!(file = %path.display(), "made a main key; keep a copy of it apart from the database's");
        Ok(key)
    }

    /// A next key that never came into force goes, and one that did takes the place of the one before.
    fn settle(&self, key: &KeyId) -> Result<(), String> {
        let Some(next) = read(&self.next())? else {
            return Ok(());
        };
        let settled = if next.id() == key {
            fs::rename(self.next(), &self.path)
        } else if read(&self.path)?.is_some_and(|current| current.id() == key) {
            fs::remove_file(self.next())
        } else {
            Ok(())
        };
        let settled = settled.and_then(|()| sync_folder(&self.path));
        settled.map_err(|error| format!("its key file {} cannot be written: {error}", self.path.display()))
    }
}

impl KeyFile {
    fn next(&self) -> PathBuf {
        with_ending(&self.path, ".next")
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The key in this file, if the file is there.
fn read(path: &Path) -> Result<Option<MainKey>, String> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("its key file {shown} cannot be read: {error}")),
    };
    refuse_open_to_others(path)?;
    let key = MainKey::parse(&text).map_err(|invalid| format!("its key file {shown} {}", invalid.reason))?;
    Ok(Some(key))
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let file = fs::metadata(path).map_err(|error| format!("its key file {shown} cannot be read: {error}"))?;
    let mode = file.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "its key file {shown} is open to others (mode {mode:o}); make it yours alone: chmod 600 {shown}"
    ))
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path) -> Result<(), String> {
    Ok(())
}

/// Whole or not at all: a key that is half written would shut the database for good.
fn write(path: &Path, key: &MainKey) -> io::Result<()> {
    let part = with_ending(path, ".part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    writeln!(file, "{}", key.expose())?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_folder(path)
}

/// What was renamed stays so after a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rand::SeedableRng;

    use super::*;

    fn in_folder(folder: &tempfile::TempDir) -> KeyFile {
        let path = folder.path().join("wirepost.db.key");
        KeyFile { path, new: None, random: || StdRng::seed_from_u64(1) }
    }

    fn ids(file: &KeyFile) -> Vec<KeyId> {
        let keys = file.keys().expect("they can be read");
        keys.iter().map(|key| key.id().clone()).collect()
    }

    #[test]
    fn the_first_key_is_made_for_its_owner_alone_and_found_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = in_folder(&folder);
        assert_eq!(ids(&file), []);
        let made = file.another().expect("the folder can be written");
        let mode = fs::metadata(&file.path).expect("it is there").permissions().mode();
        assert_eq!((ids(&file), mode & 0o777), (vec![made.id().clone()], 0o600));
    }

    #[test]
    fn a_next_key_lies_beside_the_first_until_one_of_them_is_settled() {
        for next_wins in [true, false] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let first = in_folder(&folder).another().expect("the folder can be written");
            let file = KeyFile { random: || StdRng::seed_from_u64(2), ..in_folder(&folder) };
            let next = file.another().expect("the folder can be written");
            assert_eq!(ids(&file), [first.id().clone(), next.id().clone()]);
            let settled = if next_wins { next.id() } else { first.id() };
            for _ in 0..2 {
                assert_eq!(file.settle(settled), Ok(()));
                assert_eq!(ids(&file), std::slice::from_ref(settled));
            }
        }
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = in_folder(&folder);
        file.another().expect("the folder can be written");
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        let refusal = file.keys().expect_err("others can read it");
        assert!(refusal.contains("mode 640") && refusal.contains("chmod 600"), "{refusal}");
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        fs::write(&file.path, "half a key").expect("it is ours");
        let refusal = file.keys().expect_err("it is none");
        assert!(refusal.contains("must be 32 bytes") && !refusal.contains("half"), "{refusal}");
    }
}
