//! No file grows past what a reader holds in the head. Tests at the foot of a file and files that
//! are all tests do not count: they want to be many.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;
use crate::test_code::TestCode;

/// No file of more than 500 lines, tests apart.
pub const RULE: Rule = Rule { name: "file-length", check };

const LINES_MAX: usize = 500;
const EXTENSIONS: [&str; 5] = ["rs", "py", "js", "sql", "css"];

fn check(repository: &Repository) -> Vec<Breach> {
    let tests = TestCode::of(repository);
    repository
        .files()
        .iter()
        .filter(|file| EXTENSIONS.contains(&file.extension()) && !tests.stands_apart(file))
        .filter_map(|file| {
            let lines = lines_without_tests(file, &tests);
            let message =
                format!("{lines} lines, more than {LINES_MAX}: give one of its parts a file of its own");
            (lines > LINES_MAX).then(|| Breach::new(file.path(), LINES_MAX + 1, message))
        })
        .collect()
}

fn lines_without_tests(file: &SourceFile, tests: &TestCode) -> usize {
    let end = tests.foot(file).map_or(file.text().len(), |foot| foot.start);
    file.text()[..end].lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(path: &str, text: &str) -> bool {
        check(&Repository::sample(&[(path, text)])).is_empty()
    }

    #[test]
    fn one_line_too_many_fails_in_every_language() {
        for extension in EXTENSIONS {
            let path = format!("crates/ui/src/page.{extension}");
            assert!(passes(&path, &"a\n".repeat(LINES_MAX)), "{path}");
            assert!(!passes(&path, &"a\n".repeat(LINES_MAX + 1)), "{path}");
        }
    }

    #[test]
    fn tests_at_the_foot_do_not_count_but_code_after_them_does() {
        let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(400), "\n".repeat(400));
        assert!(passes("crates/model/src/ids.rs", &text));
        assert!(!passes("crates/model/src/ids.rs", &format!("{text}fn a() {{}}\n")));
    }

    #[test]
    fn a_file_in_a_tests_folder_may_be_long() {
        assert!(passes("crates/api/tests/endpoints.rs", &"a\n".repeat(LINES_MAX + 1)));
    }
}
