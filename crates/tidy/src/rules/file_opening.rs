//! Each Rust file opens by saying what it is for, in a few lines, so that nobody has to read code
//! to know which room they stand in.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// Each Rust file opens with one to eight lines of `//!`.
pub const RULE: Rule = Rule { name: "file-opening", check };

const LINES_MAX: usize = 8;
/// Fewer words than this say nothing.
const WORDS_MIN: usize = 5;

fn check(repository: &Repository) -> Vec<Breach> {
    repository.files().iter().filter(|file| file.is_rust()).filter_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Option<Breach> {
    let opening: Vec<&str> = file.text().lines().map_while(|line| line.strip_prefix("//!")).collect();
    let words: usize = opening.iter().map(|line| line.split_whitespace().count()).sum();
    let (line, message) = if opening.is_empty() {
        (1, "opens without `//!`: say in 1 to 8 lines what this file is for and must not do".to_owned())
    } else if words < WORDS_MIN {
        (1, "its `//!` says nothing: say what this file is for and must not do".to_owned())
    } else if opening.len() > LINES_MAX {
        let lines = opening.len();
        (
            LINES_MAX + 1,
            format!("{lines} lines of `//!`, more than {LINES_MAX}: the rest belongs to its items"),
        )
    } else {
        return None;
    };
    Some(Breach::new(file.path(), line, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Option<String> {
        check(&Repository::sample(&[("crates/model/src/ids.rs", text)])).pop().map(|it| it.message)
    }

    #[test]
    fn a_file_that_says_what_it_is_for_passes() {
        assert_eq!(message("//! Names of things; knows no database.\n\nuse a;\n"), None);
    }

    #[test]
    fn a_file_without_an_opening_fails() {
        assert!(
            message("use a;\n//! Names of things; knows no database.\n").expect("fails").contains("without")
        );
        assert!(message("").expect("fails").contains("without"));
    }

    #[test]
    fn an_opening_that_says_nothing_fails() {
        assert!(message("//! .\n").expect("fails").contains("says nothing"));
    }

    #[test]
    fn an_opening_of_nine_lines_fails() {
        assert_eq!(message(&"//! One of many lines.\n".repeat(8)), None);
        assert!(message(&"//! One of many lines.\n".repeat(9)).expect("fails").starts_with("9 lines"));
    }
}
