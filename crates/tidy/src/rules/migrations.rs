//! Migrations are numbered from one without a gap, so that two branches that both add one collide
//! in sight and not in somebody's database.

use std::collections::BTreeMap;

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// Migrations count 1, 2, 3 …
pub const RULE: Rule = Rule { name: "migrations", check };

fn check(repository: &Repository) -> Vec<Breach> {
    let mut folders: BTreeMap<&str, Vec<&SourceFile>> = BTreeMap::new();
    for file in repository.files().iter().filter(|file| is_migration(file)) {
        folders.entry(file.folder()).or_default().push(file);
    }
    folders.into_values().flat_map(check_folder).collect()
}

fn is_migration(file: &SourceFile) -> bool {
    file.extension() == "sql" && file.folder().rsplit('/').next() == Some("migrations")
}

fn check_folder(files: Vec<&SourceFile>) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut numbered: Vec<(usize, &SourceFile)> = Vec::new();
    for file in files {
        match number_of(file) {
            Some(number) => numbered.push((number, file)),
            None => found.push(Breach::new(file.path(), 1, "has no number: call it `0001_what_it_does.sql`")),
        }
    }
    numbered.sort_by_key(|(number, file)| (*number, file.path().to_owned()));
    for (index, (number, file)) in numbered.into_iter().enumerate() {
        let expected = index + 1;
        if number != expected {
            let message =
                format!("has number {number} where {expected} comes next: close the gap or the double");
            found.push(Breach::new(file.path(), 1, message));
        }
    }
    found
}

/// The number before the first `_`; `None` without one or without words after it.
fn number_of(file: &SourceFile) -> Option<usize> {
    let (number, words) = file.stem().split_once('_')?;
    if words.is_empty() { None } else { number.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(names: &[&str]) -> Vec<String> {
        let paths: Vec<String> =
            names.iter().map(|name| format!("crates/store-sqlite/migrations/{name}.sql")).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        check(&Repository::sample(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_from_one_without_a_gap_pass() {
        assert!(breaches(&["0001_messages", "0002_endpoints"]).is_empty());
    }

    #[test]
    fn a_gap_a_double_and_a_late_start_fail() {
        assert!(breaches(&["0001_a", "0003_b"])[0].contains("0003_b.sql:1: has number 3 where 2 comes next"));
        assert!(breaches(&["0001_a", "0001_b"])[0].contains("0001_b.sql"));
        assert!(breaches(&["0002_a"])[0].contains("where 1 comes next"));
    }

    #[test]
    fn a_migration_without_a_number_or_without_words_fails() {
        assert!(breaches(&["messages"])[0].contains("has no number"));
        assert!(breaches(&["0001_"])[0].contains("has no number"));
    }

    #[test]
    fn each_folder_counts_for_itself() {
        let sample = Repository::sample(&[
            ("crates/store-sqlite/migrations/0001_a.sql", ""),
            ("crates/store-postgres/migrations/0001_a.sql", ""),
        ]);
        assert!(check(&sample).is_empty());
    }
}
