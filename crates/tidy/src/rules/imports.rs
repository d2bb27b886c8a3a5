//! Who may import whom. The table is the architecture: a crate that is not in it, or that reaches
//! for one it may not know, fails here. Dev-dependencies are free: tests may use a real store.

use super::Rule;
use super::manifest::{SHIPPED, dependencies_of};
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// Only the imports of the table.
pub const RULE: Rule = Rule { name: "imports", check };

const PREFIX: &str = "wirepost-";

const ALL_ROOMS: &[&str] =
    &["model", "store", "store-sqlite", "store-postgres", "egress", "engine", "control", "api", "ui"];

/// A crate and those of ours that it may import.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("store", &["model"]),
    ("store-sqlite", &["store", "model"]),
    ("store-postgres", &["store", "model"]),
    ("egress", &[]),
    ("engine", &["store", "egress", "model"]),
    ("control", &["store", "model", "egress"]),
    ("api", &["control", "model"]),
    ("ui", &["control", "model"]),
    ("server", ALL_ROOMS),
    ("tidy", &[]),
    ("bench", &["model"]),
    ("e2e", &["model"]),
];

const ASYNC: &[&str] = &["tokio", "futures", "async-trait"];
const DATABASES: &[&str] = &["rusqlite", "tokio-postgres", "sqlx"];
const PAGES: &[&str] = &["askama"];
const REQUESTS: &[&str] = &["http", "hyper", "axum"];
const ROUTES: &[&str] = &["axum"];

/// A crate and the libraries whose world it must not know.
const FOREIGN: &[(&str, &[&[&str]])] = &[
    ("model", &[ASYNC, DATABASES, REQUESTS]),
    ("store", &[DATABASES, REQUESTS]),
    ("store-sqlite", &[REQUESTS]),
    ("store-postgres", &[REQUESTS]),
    ("egress", &[DATABASES, ROUTES]),
    ("engine", &[DATABASES, ROUTES]),
    ("control", &[DATABASES, REQUESTS, PAGES]),
    ("api", &[DATABASES, PAGES]),
    ("ui", &[DATABASES]),
];

fn check(repository: &Repository) -> Vec<Breach> {
    repository.manifests().flat_map(check_manifest).collect()
}

fn check_manifest(manifest: &SourceFile) -> Vec<Breach> {
    let room = manifest.folder().rsplit('/').next().unwrap_or_default();
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
        let message = format!("`{room}` is not in the import table: add its line to imports.rs");
        return vec![Breach::new(manifest.path(), 1, message)];
    };
    let imports = match dependencies_of(manifest, SHIPPED) {
        Ok(imports) => imports,
        Err(breach) => return vec![breach],
    };
    imports
        .into_iter()
        .filter_map(|import| Some((import.line, objection(room, allowed, &import.name)?)))
        .map(|(line, message)| Breach::new(manifest.path(), line, message))
        .collect()
}

/// What speaks against the crate `name` as an import of `room`.
fn objection(room: &str, allowed: &[&str], name: &str) -> Option<String> {
    if let Some(import) = name.strip_prefix(PREFIX) {
        let may = if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") };
        return (!allowed.contains(&import))
            .then(|| format!("`{room}` may import {may}, not `{import}`: move the code, or pass it in"));
    }
    let knows_not = FOREIGN.iter().find(|(crate_name, _)| *crate_name == room).map(|(_, worlds)| *worlds);
    let foreign = knows_not.unwrap_or_default().iter().any(|world| world.contains(&name));
    foreign.then(|| format!("`{room}` must not know `{name}`: move the code to the room that does"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(room: &str, manifest: &str) -> Vec<String> {
        let path = format!("crates/{room}/Cargo.toml");
        let sample = Repository::sample(&[(&path, manifest)]);
        check(&sample).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_import_outside_the_table_is_named_with_its_line() {
        let found =
            breaches("api", "[dependencies]\nbytes.workspace = true\nwirepost-store.workspace = true\n");
        let [breach] = found.as_slice() else { panic!("one breach, not {found:?}") };
        assert!(breach.starts_with("crates/api/Cargo.toml:3: `api` may import control, model"), "{breach}");
    }

    #[test]
    fn an_import_of_the_table_passes_and_tests_may_use_a_store() {
        let manifest = "[dependencies]\nwirepost-control.workspace = true\n\
                        [dev-dependencies]\nwirepost-store-sqlite.workspace = true\n";
        assert!(breaches("api", manifest).is_empty());
    }

    #[test]
    fn a_target_or_a_build_script_opens_no_back_door() {
        let target = "[target.'cfg(unix)'.dependencies]\nwirepost-store = { workspace = true }\n";
        assert_eq!(breaches("model", target).len(), 1);
        assert_eq!(breaches("model", "[build-dependencies]\nwirepost-store.workspace = true\n").len(), 1);
    }

    #[test]
    fn a_library_whose_world_a_crate_must_not_know_fails() {
        assert!(
            breaches("model", "[dependencies]\ntokio.workspace = true\n")[0]
                .contains("must not know `tokio`")
        );
        assert!(breaches("engine", "[dependencies]\ntokio.workspace = true\n").is_empty());
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_fails() {
        assert!(breaches("extras", "[package]\n")[0].contains("not in the import table"));
    }

    #[test]
    fn a_manifest_that_does_not_parse_fails() {
        assert!(breaches("model", "[dependencies\n")[0].contains("not TOML"));
    }
}
