//! Every dependency of a member crate comes from the workspace's one list, so that a version or a
//! feature is decided in one place.

use toml::Value;

use super::Rule;
use super::manifest::{EVERY_KIND, dependencies_of};
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// Dependencies of member crates say `workspace = true`.
pub const RULE: Rule = Rule { name: "dependencies", check };

fn check(repository: &Repository) -> Vec<Breach> {
    repository.manifests().flat_map(check_manifest).collect()
}

fn check_manifest(manifest: &SourceFile) -> Vec<Breach> {
    let dependencies = match dependencies_of(manifest, EVERY_KIND) {
        Ok(dependencies) => dependencies,
        Err(breach) => return vec![breach],
    };
    dependencies
        .into_iter()
        .filter(|dependency| !is_from_workspace(&dependency.value))
        .map(|dependency| {
            let name = dependency.name;
            let message = format!(
                "`{name}` has a version of its own: list it in the root's [workspace.dependencies] and write \
                 `{name}.workspace = true`"
            );
            Breach::new(manifest.path(), dependency.line, message)
        })
        .collect()
}

fn is_from_workspace(dependency: &Value) -> bool {
    dependency.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(manifest: &str) -> Vec<Breach> {
        check(&Repository::sample(&[("crates/model/Cargo.toml", manifest)]))
    }

    #[test]
    fn a_version_of_its_own_is_named_with_its_line() {
        let found = breaches("[dependencies]\nhttp.workspace = true\nhttp-body = \"1\"\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 3);
        assert!(found[0].message.starts_with("`http-body` has a version of its own"), "{found:?}");
    }

    #[test]
    fn every_kind_and_target_counts() {
        let manifest = "[dev-dependencies]\na = \"1\"\n[build-dependencies.b]\nversion = \"1\"\n\
                        [target.'cfg(unix)'.dependencies]\nc = { path = \"../c\" }\n";
        let lines: Vec<usize> = breaches(manifest).iter().map(|breach| breach.line).collect();
        assert_eq!(lines, [2, 3, 6]);
    }

    #[test]
    fn features_may_be_added_to_what_the_workspace_lists() {
        assert!(breaches("[dependencies]\na = { workspace = true, features = [\"b\"] }\n").is_empty());
    }
}
