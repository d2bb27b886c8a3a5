//! Tells code from comments and from text in quotes, byte by byte, well enough for house rules:
//! a word in a comment or a string is not a call. It must never fail on a file that it does not
//! understand: what it cannot tell it calls code.

/// What a byte of a source file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the compiler or interpreter acts on.
    Code,
    /// A remark for people, markers included.
    Comment,
    /// The inside of a string or character literal, quotes included.
    Text,
}

/// How a language writes comments and text.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    blocks_nest: bool,
    quotes: &'static [&'static str],
    is_rust: bool,
}

const RUST: Syntax = Syntax {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    blocks_nest: true,
    quotes: &["\""],
    is_rust: true,
};
const PYTHON: Syntax = Syntax {
    line_comments: &["#"],
    block_comment: None,
    blocks_nest: false,
    quotes: &["\"\"\"", "'''", "\"", "'"],
    is_rust: false,
};
const SCRIPT: Syntax = Syntax {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    blocks_nest: false,
    quotes: &["\"", "'", "`"],
    is_rust: false,
};
const SQL: Syntax = Syntax {
    line_comments: &["--"],
    block_comment: Some(("/*", "*/")),
    blocks_nest: false,
    quotes: &["'"],
    is_rust: false,
};
const STYLE_SHEET: Syntax = Syntax {
    line_comments: &[],
    block_comment: Some(("/*", "*/")),
    blocks_nest: false,
    quotes: &["\"", "'"],
    is_rust: false,
};

/// The syntax of a file by its extension; `None` where we know none.
pub fn syntax_of(extension: &str) -> Option<Syntax> {
    match extension {
        "rs" => Some(RUST),
        "py" => Some(PYTHON),
        "js" => Some(SCRIPT),
        "sql" => Some(SQL),
        "css" => Some(STYLE_SHEET),
        _ => None,
    }
}

/// Says of every byte of `source` what it belongs to.
pub fn parts_of(source: &str, syntax: Syntax) -> Vec<Part> {
    let mut parts = Vec::with_capacity(source.len());
    while parts.len() < source.len() {
        let (part, length) = next_piece(source, parts.len(), syntax);
        parts.resize(parts.len() + length, part);
    }
    parts
}

/// A copy of `source` of the same length and lines, with all that is not in `kept` made blank.
pub fn keep_only(source: &str, parts: &[Part], kept: &[Part]) -> String {
    source
        .bytes()
        .zip(parts)
        .map(|(byte, part)| match byte {
            b'\n' => '\n',
            _ if kept.contains(part) && byte.is_ascii() => char::from(byte),
            _ => ' ',
        })
        .collect()
}

fn next_piece(source: &str, at: usize, syntax: Syntax) -> (Part, usize) {
    let rest = &source.as_bytes()[at..];
    if syntax.line_comments.iter().any(|mark| rest.starts_with(mark.as_bytes())) {
        return (Part::Comment, length_until(rest, b'\n'));
    }
    if let Some((open, close)) = syntax.block_comment
        && rest.starts_with(open.as_bytes())
    {
        return (Part::Comment, block_length(rest, open, close, syntax.blocks_nest));
    }
    if syntax.is_rust
        && let Some(length) = rust_literal_length(source.as_bytes(), at)
    {
        return (Part::Text, length);
    }
    match syntax.quotes.iter().find(|quote| rest.starts_with(quote.as_bytes())) {
        Some(quote) => (Part::Text, quoted_length(rest, quote)),
        None => (Part::Code, 1),
    }
}

fn length_until(rest: &[u8], end: u8) -> usize {
    rest.iter().position(|&byte| byte == end).unwrap_or(rest.len())
}

fn block_length(rest: &[u8], open: &str, close: &str, nests: bool) -> usize {
    let mut depth = 1;
    let mut at = open.len();
    while at < rest.len() && depth > 0 {
        if rest[at..].starts_with(close.as_bytes()) {
            depth -= 1;
            at += close.len();
        } else if nests && rest[at..].starts_with(open.as_bytes()) {
            depth += 1;
            at += open.len();
        } else {
            at += 1;
        }
    }
    at
}

/// Length with both quotes; a backslash hides the byte after it.
fn quoted_length(rest: &[u8], quote: &str) -> usize {
    let mut at = quote.len();
    while at < rest.len() {
        if rest[at] == b'\\' {
            at += 2;
        } else if rest[at..].starts_with(quote.as_bytes()) {
            return at + quote.len();
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Raw strings and characters: what `"` alone does not tell in Rust.
fn rust_literal_length(source: &[u8], at: usize) -> Option<usize> {
    let rest = &source[at..];
    let inside_word = at > 0 && is_word(source[at - 1]);
    match rest {
        [b'r', ..] if !inside_word => raw_string_length(rest, 1),
        [b'b' | b'c', b'r', ..] if !inside_word => raw_string_length(rest, 2),
        [b'\'', b'\\', ..] => Some((3 + length_until(rest.get(3..)?, b'\'') + 1).min(rest.len())),
        // A lifetime has no closing quote after its first character.
        [b'\'', first, ..] => {
            let end = 1 + utf8_length(*first);
            (rest.get(end) == Some(&b'\'')).then_some(end + 1)
        }
        _ => None,
    }
}

fn raw_string_length(rest: &[u8], prefix: usize) -> Option<usize> {
    let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let opening = prefix + hashes + 1;
    if rest.get(opening - 1) != Some(&b'"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let inside = rest[opening..].windows(close.len()).position(|window| window == close.as_bytes());
    Some(inside.map_or(rest.len(), |length| opening + length + close.len()))
}

fn utf8_length(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str, extension: &str) -> String {
        let syntax = syntax_of(extension).expect("the samples are of known languages");
        let kept = keep_only(source, &parts_of(source, syntax), &[Part::Code]);
        assert_eq!(kept.len(), source.len(), "every byte keeps its place");
        kept.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_of_rust_are_not_code_and_may_nest() {
        assert_eq!(code("a // sleep\nb /* x /* y */ z */ c", "rs"), "a b c");
    }

    #[test]
    fn strings_of_rust_are_not_code_whatever_their_fence() {
        assert_eq!(
            code(r####"a("x\"y", r"\", r#"q"q"#, br##"z"##, b"w", 'k', '\'', '\u{7f}', 'é') b"####, "rs"),
            { "a( , , , , b , , , , ) b" }
        );
    }

    #[test]
    fn a_lifetime_does_not_open_a_string() {
        assert_eq!(code("fn a<'a>(b: &'a str, c: &'static str) {}", "rs"), {
            "fn a<'a>(b: &'a str, c: &'static str) {}"
        });
    }

    #[test]
    fn a_name_that_ends_in_r_does_not_open_a_raw_string() {
        assert_eq!(code("for\"x\" y", "rs"), "for y");
    }

    #[test]
    fn an_open_end_reaches_the_end_of_the_file() {
        assert_eq!(code("a r#\"never closed", "rs"), "a");
        assert_eq!(code("a /* never closed", "rs"), "a");
        assert_eq!(code("a \"never closed \\", "rs"), "a");
        assert_eq!(code("a '\\", "rs"), "a '\\");
    }

    #[test]
    fn the_other_languages_know_their_own_comments() {
        assert_eq!(code("a = '#' # b\n\"\"\"c\n d\"\"\"\ne", "py"), "a = e");
        assert_eq!(code("a = `b`; // c\n/* d */ e", "js"), "a = ; e");
        assert_eq!(code("SELECT 'it''s' -- b\nFROM c", "sql"), "SELECT FROM c");
        assert_eq!(code("a { b: \"c\" } /* d */", "css"), "a { b: }");
    }
}
