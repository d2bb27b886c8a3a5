//! The project speaks of itself alone: no path of somebody's machine, no registry's address, no
//! word about how a text came to be. The words are put together here so that this file passes.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// No machine paths, registry addresses or words about the making.
pub const RULE: Rule = Rule { name: "self-alone", check };

/// Absolute paths that exist on one machine only; they count where no path leads up to them.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:", "\\Users"),
    concat!("../sha", "red/"),
];

/// Addresses of registries: where a package comes from is the client's setting, not ours.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io/"),
    concat!("index.crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("registry.npm", "js.org"),
    concat!("npm", "js.com"),
    concat!("deb.deb", "ian.org"),
    concat!("proxy.go", "lang.org"),
];

/// Words about the making, in lower case.
const MAKING: &[&str] = &[
    concat!("co-auth", "ored-by"),
    concat!("language", " model"),
    concat!("ai ", "assist"),
    concat!("ai-", "generated"),
];

fn check(repository: &Repository) -> Vec<Breach> {
    repository.files().iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Breach> {
    let lines = file.text().lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let message = objection(line)?;
            Some(Breach::new(file.path(), index + 1, message))
        })
        .collect()
}

fn objection(line: &str) -> Option<String> {
    if let Some(path) = MACHINE_PATHS.iter().find(|path| starts_a_path(line, path)) {
        return Some(format!("`{path}` is a path of one machine: use one from the repository's root"));
    }
    if let Some(registry) = REGISTRIES.iter().find(|registry| line.contains(*registry)) {
        return Some(format!("`{registry}` is a registry's address: name the package alone"));
    }
    let lower = line.to_lowercase();
    let word = MAKING.iter().find(|word| lower.contains(*word))?;
    Some(format!("`{word}` speaks of the making: the project speaks of itself alone"))
}

/// Whether `path` stands in `line` at the start of a path, not in the middle of an address.
fn starts_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(offset, _)| {
        let before = line[..offset].chars().next_back();
        before
            .is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '.' | '-' | '_' | '}' | '*'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&Repository::sample(&[("docs/a.md", text)])).iter().map(|breach| breach.line).collect()
    }

    #[test]
    fn a_path_of_one_machine_fails() {
        for path in MACHINE_PATHS {
            assert_eq!(lines(&format!("fine\nsee `{path}somebody`\n")), [2], "{path}");
        }
    }

    #[test]
    fn a_part_of_an_address_is_no_path_of_a_machine() {
        assert!(lines(&format!("https://shop.example{}hooks\n", MACHINE_PATHS[0])).is_empty());
    }

    #[test]
    fn a_registry_fails() {
        for registry in REGISTRIES {
            assert_eq!(lines(&format!("https://{registry}a\n")), [1], "{registry}");
        }
    }

    #[test]
    fn the_lock_file_may_name_its_source() {
        let line = concat!("source = \"registry+https://github.com/rust-lang/crates", ".io-index\"\n");
        assert!(lines(line).is_empty());
    }

    #[test]
    fn a_word_about_the_making_fails_in_any_case() {
        for word in MAKING {
            assert_eq!(lines(&format!("{}\n", word.to_uppercase())), [1], "{word}");
        }
    }
}
