//! Reads what the rules ask of a crate's manifest: its dependencies of any kind and target, and the
//! line on which one is named. Judges nothing.

use toml::{Table, Value};

use crate::Breach;
use crate::source_file::SourceFile;

/// The kinds of dependency that ship.
pub(super) const SHIPPED: &[&str] = &["dependencies", "build-dependencies"];
/// Every kind of dependency.
pub(super) const EVERY_KIND: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// A dependency as the manifest names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dependency {
    /// The name it is listed under.
    pub(super) name: String,
    /// What the manifest says of it.
    pub(super) value: Value,
    /// The line that names it, counted from 1.
    pub(super) line: usize,
}

/// The dependencies of the given kinds, for any target.
///
/// # Errors
/// A breach when the manifest is not TOML.
pub(super) fn dependencies_of(manifest: &SourceFile, kinds: &[&str]) -> Result<Vec<Dependency>, Breach> {
    let parsed: Table = manifest
        .text()
        .parse()
        .map_err(|error| Breach::new(manifest.path(), 1, format!("not TOML: {error}")))?;
    let targets = parsed.get("target").and_then(Value::as_table);
    let per_target = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let sections = std::iter::once(&parsed)
        .chain(per_target)
        .flat_map(|scope| kinds.iter().filter_map(|kind| scope.get(*kind)))
        .filter_map(Value::as_table);
    let named = sections.flatten().map(|(name, value)| Dependency {
        name: name.clone(),
        value: value.clone(),
        line: line_of(manifest, name),
    });
    Ok(named.collect())
}

/// The line on which a manifest first names `key`; 1 when it does not.
fn line_of(manifest: &SourceFile, key: &str) -> usize {
    let names_key = |line: &str| {
        let bare = line.trim().trim_start_matches('"');
        let opens_entry = bare.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '=', '.', '"']));
        opens_entry || bare.ends_with(&format!(".{key}]"))
    };
    manifest.text().lines().position(names_key).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, kinds: &[&str]) -> Vec<(String, usize)> {
        let manifest = SourceFile::new("crates/model/Cargo.toml", text);
        let found = dependencies_of(&manifest, kinds).expect("the samples are TOML");
        found.into_iter().map(|dependency| (dependency.name, dependency.line)).collect()
    }

    #[test]
    fn every_way_to_list_a_dependency_is_read_with_its_line() {
        let text = "[dependencies]\nhttp.workspace = true\nhttp-body = \"1\"\n\
                    [build-dependencies.cc]\nversion = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\nlibc = { path = \"../libc\" }\n";
        let expected = [("http", 2), ("http-body", 3), ("cc", 4), ("libc", 7)];
        assert_eq!(lines(text, SHIPPED), expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn dependencies_of_tests_do_not_ship() {
        let text = "[dev-dependencies]\na = \"1\"\n";
        assert!(lines(text, SHIPPED).is_empty());
        assert_eq!(lines(text, EVERY_KIND), [("a".to_owned(), 2)]);
    }

    #[test]
    fn a_manifest_that_does_not_parse_is_a_breach() {
        let manifest = SourceFile::new("crates/model/Cargo.toml", "[dependencies\n");
        let breach = dependencies_of(&manifest, SHIPPED).expect_err("the sample is not TOML");
        assert!(breach.to_string().starts_with("crates/model/Cargo.toml:1: not TOML"), "{breach}");
    }
}
