//! A name says what a thing is. Words that fit everything, verbs that fit everything and
//! abbreviations are refused for files, folders, types, modules, functions and variables.

use super::Rule;
use super::naming::{abbreviation, empty_noun, empty_verb, is_second_of_its_name};
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::{Identifier, SourceFile};
use crate::test_code::TestCode;

/// No name that tells nothing.
pub const RULE: Rule = Rule { name: "names", check };

/// What a word declares when it stands before a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declares {
    Noun,
    Verb,
}

fn check(repository: &Repository) -> Vec<Breach> {
    let tests = TestCode::of(repository);
    repository
        .files()
        .iter()
        .flat_map(|file| {
            let mut found = check_path(file);
            found.extend(check_declarations(file, &tests));
            found.extend(check_abbreviations(file));
            found
        })
        .collect()
}

fn check_path(file: &SourceFile) -> Vec<Breach> {
    let parts = file.path().split('/').filter(|part| !part.starts_with('.'));
    parts
        .filter_map(|part| empty_noun(part).or_else(|| abbreviation(part).map(|(short, _)| short.to_owned())))
        .map(|word| {
            let message =
                format!("the path holds `{word}`, which fits everything: name what the file is about");
            Breach::new(file.path(), 1, message)
        })
        .collect()
}

fn check_declarations(file: &SourceFile, tests: &TestCode) -> Vec<Breach> {
    let code = file.code().unwrap_or_default();
    let identifiers = file.identifiers();
    let ranges = tests.ranges(file);
    identifiers
        .windows(2)
        .filter(|pair| code[pair[0].offset + pair[0].word.len()..pair[1].offset].trim().is_empty())
        .filter_map(|pair| {
            let declares = declared_by(file, pair[0])?;
            let in_tests = ranges.iter().any(|range| range.contains(&pair[1].offset));
            let message = objection(declares, pair[1].word, in_tests)?;
            Some(Breach::new(file.path(), file.line_of(pair[1].offset), message))
        })
        .collect()
}

fn declared_by(file: &SourceFile, keyword: Identifier<'_>) -> Option<Declares> {
    let line_start = file.text()[..keyword.offset].rfind('\n').map_or(0, |at| at + 1);
    match (file.extension(), keyword.word) {
        ("rs", "struct" | "enum" | "union" | "trait" | "mod") | ("py" | "js", "class") => {
            Some(Declares::Noun)
        }
        // Indented, it is another crate's trait that gives the associated type its name.
        ("rs", "type") if !file.text()[line_start..].starts_with([' ', '\t']) => Some(Declares::Noun),
        ("rs", "fn") | ("py", "def") | ("js", "function") => Some(Declares::Verb),
        _ => None,
    }
}

/// What is wrong with a declared name. Tests are named by sentences, which may begin with any word.
fn objection(declares: Declares, name: &str, in_tests: bool) -> Option<String> {
    if is_second_of_its_name(name) && !in_tests {
        return Some(format!("`{name}` is the second of its name: say what sets it apart"));
    }
    match declares {
        Declares::Noun => {
            let word = empty_noun(name)?;
            Some(format!("`{name}` holds `{word}`, which fits everything: name what it is"))
        }
        Declares::Verb if in_tests => None,
        Declares::Verb => {
            let verb = empty_verb(name)?;
            Some(format!("`{name}` begins with `{verb}`, which fits everything: name what it does"))
        }
    }
}

fn check_abbreviations(file: &SourceFile) -> Vec<Breach> {
    let code = file.code().unwrap_or_default();
    file.identifiers()
        .into_iter()
        .filter(|identifier| !is_conditional_compilation(code, *identifier))
        .filter_map(|identifier| {
            let (short, long) = abbreviation(identifier.word)?;
            let message = format!("`{}` abbreviates: write `{long}` for `{short}`", identifier.word);
            Some(Breach::new(file.path(), file.line_of(identifier.offset), message))
        })
        .collect()
}

/// `cfg` is the language's own word in `#[cfg(…)]`, `#[cfg_attr(…)]` and `cfg!(…)`.
fn is_conditional_compilation(code: &str, identifier: Identifier<'_>) -> bool {
    let before = code[..identifier.offset].trim_end();
    let after = &code[identifier.offset + identifier.word.len()..];
    let in_attribute = before.ends_with('[') && after.starts_with('(');
    matches!(identifier.word, "cfg" | "cfg_attr") && (in_attribute || after.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, text: &str) -> Vec<String> {
        check(&Repository::sample(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    fn in_rust(text: &str) -> Vec<String> {
        breaches("crates/model/src/ids.rs", text)
    }

    #[test]
    fn a_file_or_folder_that_fits_everything_fails() {
        assert_eq!(breaches("crates/model/src/utils.rs", "").len(), 1);
        assert_eq!(breaches("crates/model/src/common/ids.rs", "").len(), 1);
        assert_eq!(breaches("crates/ui/templates/base.html", "").len(), 1);
        assert_eq!(breaches("crates/model/src/retry_schedule.rs", "").len(), 0);
    }

    #[test]
    fn a_type_or_module_that_fits_everything_fails_with_its_line() {
        let found = in_rust("pub struct Lane;\npub struct LaneManager;\n");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/model/src/ids.rs:2: `LaneManager` holds `manager`"),
            "{found:?}"
        );
        assert_eq!(in_rust("pub mod helpers;").len(), 1);
        assert_eq!(in_rust("type UserData = ();").len(), 1);
        assert_eq!(breaches("e2e/python/a.py", "class EndpointInfo:\n").len(), 1);
    }

    #[test]
    fn an_associated_type_keeps_the_name_that_its_trait_gave_it() {
        assert!(in_rust("impl Body for A {\n    type Data = Bytes;\n}\n").is_empty());
    }

    #[test]
    fn a_function_that_does_everything_fails() {
        assert_eq!(in_rust("fn process_message() {}").len(), 1);
        assert_eq!(in_rust("pub async fn handle_it() {}").len(), 1);
        assert_eq!(in_rust("fn new_endpoint() {}").len(), 1);
        assert_eq!(in_rust("fn send2() {}").len(), 1);
        assert_eq!(breaches("crates/ui/assets/page.js", "function handleClick() {}").len(), 1);
        assert!(in_rust("fn new() {}\nfn send() {}").is_empty());
    }

    #[test]
    fn a_test_may_be_called_by_any_sentence() {
        assert!(in_rust("#[cfg(test)]\nmod tests {\n fn new_endpoints_are_enabled() {}\n}\n").is_empty());
        assert!(breaches("crates/api/tests/a.rs", "fn new_endpoints_are_enabled() {}").is_empty());
    }

    #[test]
    fn an_abbreviation_fails_wherever_it_stands() {
        assert_eq!(in_rust("let ctx = 1;").len(), 1);
        assert_eq!(in_rust("fn a(dest_url: &str) {}").len(), 1);
        assert_eq!(in_rust("struct A { cfg: u8 }").len(), 1);
        assert_eq!(breaches("crates/store-sqlite/migrations/0001_a.sql", "CREATE TABLE mq (id)").len(), 1);
    }

    #[test]
    fn the_languages_own_words_and_text_in_quotes_pass() {
        assert!(
            in_rust("#[cfg(unix)]\n#![cfg_attr(a, b)]\nfn a() { if cfg!(unix) { b(\"ctx\") } }").is_empty()
        );
    }
}
