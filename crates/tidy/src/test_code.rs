//! Tells test code from code that ships: folders named `tests`, the e2e crate, conformance suites,
//! modules declared under `#[cfg(test)]`, and items under that attribute. Knows no rule.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::repository::Repository;
use crate::source_file::{SourceFile, identifiers_in};

/// Which files of a repository only tests run.
#[derive(Debug, Clone)]
pub struct TestCode {
    declared: BTreeSet<String>,
}

impl TestCode {
    /// Looks through all modules of a repository for those declared for tests only.
    pub fn of(repository: &Repository) -> Self {
        let rust = repository.files().iter().filter(|file| file.is_rust());
        Self { declared: rust.flat_map(declared_test_modules).collect() }
    }

    /// Whether the whole file stands apart as tests: it is in a `tests` folder or declared so.
    pub fn stands_apart(&self, file: &SourceFile) -> bool {
        let path = file.path();
        let in_tests_folder = file.folder().split('/').any(|folder| folder == "tests");
        let declared = self.declared.iter().any(|module| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
        in_tests_folder || declared || attributes(file).any(|attribute| attribute.is_file_for_tests())
    }

    /// Whether only tests run this file, wherever it stands.
    pub fn is_test_file(&self, file: &SourceFile) -> bool {
        let conformance = file.path().split(['/', '.']).any(|part| part == "conformance");
        conformance || file.path().starts_with("e2e/") || self.stands_apart(file)
    }

    /// The byte ranges of a file that only tests run.
    pub fn ranges(&self, file: &SourceFile) -> Vec<Range<usize>> {
        if self.is_test_file(file) {
            return std::iter::once(0..file.text().len()).collect();
        }
        test_items(file).into_iter().map(|item| item.whole).collect()
    }

    /// The byte range of the test module at the file's foot; `None` when code follows or there is
    /// none.
    pub fn foot(&self, file: &SourceFile) -> Option<Range<usize>> {
        let code = file.code()?;
        let last = test_items(file).pop()?;
        let is_module = declared_module(&code[last.item.clone()]).is_some();
        (is_module && code[last.whole.end..].trim().is_empty()).then_some(last.whole.start..file.text().len())
    }
}

struct TestItem {
    /// The attribute and what it stands on.
    whole: Range<usize>,
    /// What it stands on.
    item: Range<usize>,
}

struct Attribute {
    range: Range<usize>,
    /// Without `#`, brackets or blanks.
    meaning: String,
    is_inner: bool,
}

impl Attribute {
    fn is_for_tests(&self) -> bool {
        self.meaning == "cfg(test)" || self.meaning.starts_with("cfg(all(test,")
    }

    fn is_file_for_tests(&self) -> bool {
        self.is_inner && self.is_for_tests()
    }
}

fn attributes(file: &SourceFile) -> impl Iterator<Item = Attribute> {
    let code = file.code().filter(|_| file.is_rust()).unwrap_or("");
    code.match_indices('#').filter_map(move |(start, _)| {
        let is_inner = code[start..].starts_with("#![");
        let open = start + if is_inner { 2 } else { 1 };
        code[open..].starts_with('[').then(|| {
            let end = closing(code, open);
            let inside = code[open + 1..end].trim_end_matches(']');
            let meaning = inside.split_whitespace().collect();
            Attribute { range: start..end, meaning, is_inner }
        })
    })
}

fn test_items(file: &SourceFile) -> Vec<TestItem> {
    let code = file.code().unwrap_or("");
    let mut items: Vec<TestItem> = Vec::new();
    for attribute in attributes(file).filter(|attribute| !attribute.is_inner && attribute.is_for_tests()) {
        let covered = items.last().is_some_and(|item| item.whole.contains(&attribute.range.start));
        if !covered {
            let end = item_end(code, attribute.range.end);
            let item = attribute.range.end..end;
            items.push(TestItem { whole: attribute.range.start..end, item });
        }
    }
    items
}

/// The end of the item that begins at or after `from`: its `;`, or the brace that closes it.
fn item_end(code: &str, from: usize) -> usize {
    let bytes = code.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b';' => return at + 1,
            b'{' => return closing(code, at),
            b'(' | b'[' => at = closing(code, at),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of the bracket that opens at `open`, its closing byte included.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Where the modules live that `file` declares for tests only, without `.rs`.
fn declared_test_modules(file: &SourceFile) -> Vec<String> {
    let code = file.code().unwrap_or("");
    let home = match file.stem() {
        "lib" | "main" | "mod" => file.folder().to_owned(),
        stem => format!("{}/{stem}", file.folder()),
    };
    test_items(file)
        .into_iter()
        .filter(|item| code[item.item.clone()].ends_with(';'))
        .filter_map(|item| declared_module(&code[item.item]).map(|name| format!("{home}/{name}")))
        .collect()
}

fn declared_module(item: &str) -> Option<&str> {
    let words = identifiers_in(item);
    let at = words.iter().position(|identifier| identifier.word == "mod")?;
    let before_is_visibility = words[..at].iter().all(|word| matches!(word.word, "pub" | "crate" | "super"));
    before_is_visibility.then(|| words.get(at + 1).map(|identifier| identifier.word))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOOT: &str = "//! A.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\"; }\n}\n";

    fn open(files: &[(&str, &str)]) -> (Repository, TestCode) {
        let repository = Repository::sample(files);
        let tests = TestCode::of(&repository);
        (repository, tests)
    }

    #[test]
    fn the_test_module_at_the_foot_is_found() {
        let (repository, tests) = open(&[("crates/a/src/lib.rs", FOOT)]);
        let foot = tests.foot(&repository.files()[0]).expect("the sample ends in tests");
        assert!(FOOT[foot].starts_with("#[cfg(test)]"));
    }

    #[test]
    fn tests_with_code_after_them_are_not_at_the_foot() {
        let text = format!("{FOOT}fn c() {{}}\n");
        let (repository, tests) = open(&[("crates/a/src/lib.rs", &text)]);
        assert_eq!(tests.foot(&repository.files()[0]), None);
    }

    #[test]
    fn a_single_item_under_the_attribute_is_test_code_and_its_neighbour_is_not() {
        let text = "#[cfg(test)]\nfn a(b: [u8; 2]) { c() }\nfn d() {}\n";
        let (repository, tests) = open(&[("crates/a/src/lib.rs", text)]);
        let ranges = tests.ranges(&repository.files()[0]);
        assert_eq!(ranges.len(), 1);
        assert!(text[ranges[0].clone()].ends_with("{ c() }"));
    }

    #[test]
    fn a_module_declared_for_tests_is_test_code_with_all_below_it() {
        let (repository, tests) = open(&[
            ("crates/a/src/lanes.rs", "#[cfg(test)]\npub(crate) mod fake;\nmod real;\n"),
            ("crates/a/src/lanes/fake.rs", ""),
            ("crates/a/src/lanes/fake/clock.rs", ""),
            ("crates/a/src/lanes/real.rs", ""),
        ]);
        let apart: Vec<bool> = repository.files().iter().map(|file| tests.stands_apart(file)).collect();
        assert_eq!(apart, [false, true, true, false]);
    }

    #[test]
    fn tests_folders_e2e_and_conformance_suites_are_test_code() {
        let (repository, tests) = open(&[
            ("crates/a/tests/b.rs", ""),
            ("e2e/src/lib.rs", ""),
            ("crates/store/src/conformance/messages.rs", ""),
            ("crates/store/src/conformance.rs", ""),
            ("crates/a/src/b.rs", "#![cfg(test)]\n"),
            ("crates/a/src/latest.rs", "#[cfg(not(test))]\nfn a() {}\n"),
        ]);
        let found: Vec<bool> = repository.files().iter().map(|file| tests.is_test_file(file)).collect();
        assert_eq!(found, [true, true, true, true, true, false]);
    }
}
