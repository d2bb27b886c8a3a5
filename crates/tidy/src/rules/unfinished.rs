//! What stands in the tree is finished: no marker for later, no macro that panics for want of code,
//! no test that is switched off.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::{Identifier, SourceFile, identifiers_in};

/// No marker for later, no missing code, no test switched off.
pub const RULE: Rule = Rule { name: "unfinished", check };

const MARKERS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];
const EXTENSIONS: [&str; 10] = ["rs", "py", "js", "sql", "css", "html", "toml", "sh", "yml", "yaml"];

fn check(repository: &Repository) -> Vec<Breach> {
    repository
        .files()
        .iter()
        .filter(|file| EXTENSIONS.contains(&file.extension()) || file.extension().is_empty())
        .flat_map(|file| {
            let mut found = check_markers(file);
            found.extend(check_macros(file));
            found.extend(check_disabled_tests(file));
            found
        })
        .collect()
}

fn check_markers(file: &SourceFile) -> Vec<Breach> {
    identifiers_in(file.remarks())
        .into_iter()
        .filter(|identifier| MARKERS.contains(&identifier.word))
        .map(|marker| {
            let message = format!("`{}`: finish it, or write it down as an issue", marker.word);
            Breach::new(file.path(), file.line_of(marker.offset), message)
        })
        .collect()
}

fn check_macros(file: &SourceFile) -> Vec<Breach> {
    let code = file.code().filter(|_| file.is_rust()).unwrap_or_default();
    let is_macro = |identifier: &Identifier<'_>| {
        let after = &code[identifier.offset + identifier.word.len()..];
        after.starts_with('!') && !after.starts_with("!=")
    };
    identifiers_in(code)
        .into_iter()
        .filter(|identifier| matches!(identifier.word, "todo" | "unimplemented") && is_macro(identifier))
        .map(|missing| {
            let message = format!("`{}!` stands where code should: write it", missing.word);
            Breach::new(file.path(), file.line_of(missing.offset), message)
        })
        .collect()
}

fn check_disabled_tests(file: &SourceFile) -> Vec<Breach> {
    let code = file.code().unwrap_or_default();
    disabled_tests(file.extension(), code)
        .into_iter()
        .map(|offset| {
            let message = "a test that is switched off: mend it or remove it; what cannot run says \
                           \"skipped: …\" aloud when it is run";
            Breach::new(file.path(), file.line_of(offset), message)
        })
        .collect()
}

fn disabled_tests(extension: &str, code: &str) -> Vec<usize> {
    match extension {
        "rs" => identifiers_in(code)
            .into_iter()
            .filter(|identifier| identifier.word == "ignore" && is_in_attribute(code, identifier.offset))
            .map(|identifier| identifier.offset)
            .collect(),
        "py" => offsets(code, &["mark.skip", "mark.xfail", "unittest.skip"]),
        "js" => offsets(code, &["test.skip", "it.skip", "describe.skip", "test.fixme", "xit("]),
        _ => Vec::new(),
    }
}

/// Whether the line up to `offset` opens an attribute that is not yet closed.
fn is_in_attribute(code: &str, offset: usize) -> bool {
    let opened = code[..offset].rfind("#[").or_else(|| code[..offset].rfind("#!["));
    opened.is_some_and(|start| {
        let inside = &code[start..offset];
        inside.matches('[').count() > inside.matches(']').count()
    })
}

fn offsets(code: &str, needles: &[&str]) -> Vec<usize> {
    needles.iter().flat_map(|needle| code.match_indices(needle).map(|(offset, _)| offset)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Repository::sample(&[(path, text)])).iter().map(|breach| breach.line).collect()
    }

    #[test]
    fn a_marker_for_later_fails_in_comments_and_code() {
        assert_eq!(lines("a.rs", "fn a() {}\n// TODO: b\n"), [2]);
        assert_eq!(lines("a.sql", "-- FIXME\n"), [1]);
        assert_eq!(lines("a.py", "XXX = 1\n"), [1]);
        assert_eq!(lines("Makefile", "# TODO\n"), [1]);
    }

    #[test]
    fn a_marker_in_quotes_or_within_a_word_passes() {
        assert!(lines("a.rs", "let a = \"TODO\"; // TODOS\n").is_empty());
        assert!(lines("a.md", "TODO\n").is_empty());
    }

    #[test]
    fn missing_code_fails() {
        assert_eq!(lines("a.rs", "fn a() {\n    todo!()\n}\n"), [2]);
        assert_eq!(lines("a.rs", "fn a() { unimplemented!(\"b\") }\n"), [1]);
        assert!(lines("a.rs", "if todo != 1 {} // todo!\n").is_empty());
    }

    #[test]
    fn a_test_switched_off_fails() {
        assert_eq!(lines("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n"), [2]);
        assert_eq!(lines("a.rs", "#[cfg_attr(windows, ignore)]\nfn a() {}\n"), [1]);
        assert_eq!(lines("a.py", "@pytest.mark.skip\ndef test_a(): pass\n"), [1]);
        assert_eq!(lines("a.js", "test.skip('a', () => {});\n"), [1]);
    }

    #[test]
    fn the_word_ignore_outside_an_attribute_passes() {
        assert!(lines("a.rs", "#[test]\nfn a() { ignore(b[0]) }\n").is_empty());
    }
}
