//! The papers that a newcomer reads first exist and stay short enough to be read.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;

/// The papers exist and keep within their length.
pub const RULE: Rule = Rule { name: "papers", check };

/// A paper and the lines that it may have.
const PAPERS: &[(&str, usize)] = &[
    ("README.md", 120),
    ("ARCHITECTURE.md", 200),
    ("CONTRIBUTING.md", 80),
    ("STYLE.md", 120),
    ("SECURITY.md", 60),
    ("CHANGELOG.md", usize::MAX),
    ("LICENSE", usize::MAX),
    ("LICENSE-MIT", usize::MAX),
    ("LICENSE-APACHE", usize::MAX),
];

fn check(repository: &Repository) -> Vec<Breach> {
    PAPERS
        .iter()
        .filter_map(|&(path, lines_max)| {
            let Some(file) = repository.file(path) else {
                return Some(Breach::new(path, 1, "is missing: a newcomer looks for it first"));
            };
            let lines = file.text().lines().count();
            let message =
                format!("{lines} lines, more than {lines_max}: move the detail to docs/ and link it");
            (lines > lines_max).then(|| Breach::new(path, lines_max + 1, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(readme: &str) -> Vec<Breach> {
        let papers: Vec<(&str, &str)> = PAPERS
            .iter()
            .map(|(path, _)| (*path, if *path == "README.md" { readme } else { "a\n" }))
            .collect();
        check(&Repository::sample(&papers))
    }

    #[test]
    fn a_readme_of_120_lines_passes_and_one_of_121_fails() {
        assert!(breaches(&"a\n".repeat(120)).is_empty());
        let found = breaches(&"a\n".repeat(121));
        assert_eq!((found.len(), found[0].path.as_str(), found[0].line), (1, "README.md", 121));
    }

    #[test]
    fn a_missing_paper_fails() {
        let missing = check(&Repository::sample(&[]));
        assert_eq!(missing.len(), PAPERS.len());
    }
}
