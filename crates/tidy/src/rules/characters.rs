//! Text is plain: no tabs, carriage returns or characters that nobody sees, no blanks at a line's
//! end, and one line end at the file's end.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;

/// Plain text, without what the eye does not see.
pub const RULE: Rule = Rule { name: "characters", check };

fn check(repository: &Repository) -> Vec<Breach> {
    repository.files().iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Breach> {
    let lines = file.text().split('\n').enumerate();
    let mut found: Vec<Breach> = lines
        .filter_map(|(index, line)| {
            let message = objection(line, needs_tabs(file))?;
            Some(Breach::new(file.path(), index + 1, message))
        })
        .collect();
    let text = file.text();
    let end = text.lines().count().max(1);
    if !text.is_empty() && !text.ends_with('\n') {
        found.push(Breach::new(file.path(), end, "the last line does not end: add a line end"));
    }
    if text.ends_with("\n\n") {
        found.push(Breach::new(file.path(), end, "blank lines at the end: remove them"));
    }
    found
}

fn objection(line: &str, tabs_allowed: bool) -> Option<String> {
    if line.ends_with([' ', '\t']) {
        return Some("blanks at the line's end: remove them".to_owned());
    }
    let unseen =
        line.chars().find(|&character| is_unseen(character) && !(character == '\t' && tabs_allowed))?;
    Some(format!("U+{:04X} cannot be seen: remove it, or write it as an escape", u32::from(unseen)))
}

/// Control characters, blanks of other widths, joiners, marks of direction and the byte order mark.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00A0}' | '\u{00AD}' | '\u{2000}'..='\u{200F}' | '\u{2028}'..='\u{202F}'
            | '\u{205F}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// make wants tabs before its commands.
fn needs_tabs(file: &SourceFile) -> bool {
    file.file_name() == "Makefile" || file.extension() == "mk"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Repository::sample(&[(path, text)])).iter().map(|breach| breach.line).collect()
    }

    #[test]
    fn plain_text_in_any_script_passes() {
        assert!(lines("a.md", "Zürich → 東京 — “ok”\n").is_empty());
        assert!(lines("py.typed", "").is_empty());
    }

    #[test]
    fn what_cannot_be_seen_fails() {
        for unseen in ["\t", "\r", "\u{A0}", "\u{200B}", "\u{202E}", "\u{FEFF}", "\u{7F}"] {
            assert_eq!(lines("a.md", &format!("a\nb{unseen}c\n")), [2], "{unseen:?}");
        }
    }

    #[test]
    fn a_makefile_may_use_tabs() {
        assert!(lines("Makefile", "run:\n\tcargo run\n").is_empty());
    }

    #[test]
    fn blanks_at_a_lines_end_fail() {
        assert_eq!(lines("a.md", "a\nb \n"), [2]);
    }

    #[test]
    fn a_file_ends_with_one_line_end() {
        assert_eq!(lines("a.md", "a\nb"), [2]);
        assert_eq!(lines("a.md", "a\n\n"), [2]);
    }
}
