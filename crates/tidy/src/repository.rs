//! The files that the rules look at: all that git tracks or would track, apart from what is not
//! text. Only reads; a rule gets the whole repository and asks nobody else.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source_file::SourceFile;

/// The text files of one checkout, in the order of their paths.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    files: Vec<SourceFile>,
}

impl Repository {
    /// Reads the checkout that this crate stands in.
    ///
    /// # Errors
    /// A sentence when git does not list the files or one of them cannot be read.
    pub fn open() -> Result<Self, String> {
        let root = root();
        let mut files = Vec::new();
        for path in listed_paths(&root)? {
            let absolute = root.join(&path);
            // Listed but not there: removed and not yet committed.
            if !absolute.is_file() {
                continue;
            }
            let bytes = std::fs::read(&absolute).map_err(|error| format!("{path}: {error}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(SourceFile::new(path, text));
            }
        }
        Ok(Self { files })
    }

    /// A repository of a few files in memory, for the rules' own tests.
    pub fn sample(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect() }
    }

    /// All files.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The file at `path`, if there is one.
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path() == path)
    }

    /// Each member crate's manifest: `crates/*/Cargo.toml` and `e2e/Cargo.toml`.
    pub fn manifests(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| {
            let in_crates = file.folder().strip_prefix("crates/").is_some_and(|name| !name.contains('/'));
            file.file_name() == "Cargo.toml" && (in_crates || file.folder() == "e2e")
        })
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate stands two folders below the root").to_path_buf()
}

fn listed_paths(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("the house rules read the list of files from git: {error}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the house rules read the list of files from git: {reason}"));
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    let mut paths: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty()).map(String::from).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_holds_this_very_file() {
        let repository = Repository::open().expect("git lists the files of a checkout");
        let file = repository.file("crates/tidy/src/repository.rs").expect("this file is in it");
        assert_eq!(file.text(), include_str!("repository.rs"));
    }

    #[test]
    fn manifests_are_those_of_member_crates_alone() {
        let sample = Repository::sample(&[
            ("Cargo.toml", ""),
            ("crates/model/Cargo.toml", ""),
            ("crates/model/sample/Cargo.toml", ""),
            ("e2e/Cargo.toml", ""),
        ]);
        let paths: Vec<&str> = sample.manifests().map(SourceFile::path).collect();
        assert_eq!(paths, ["crates/model/Cargo.toml", "e2e/Cargo.toml"]);
    }
}
