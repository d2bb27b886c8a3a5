//! JSON laid out for people. The text is taken apart at its own marks and nothing is read as a value, so that every
//! number and every escape stays as the producer wrote it.

/// Text, and whether there is more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) text: String,
    pub(crate) is_cut: bool,
}

/// JSON with one value a line, indented by its depth, up to about so many bytes.
pub(crate) fn pretty(json: &str, bytes_most: usize) -> Cut {
    let mut sheet = Sheet { text: String::new(), depth: 0 };
    let mut rest = json.trim_ascii_start();
    while !rest.is_empty() {
        if sheet.text.len() >= bytes_most {
            return Cut { is_cut: true, ..cut(&sheet.text, bytes_most) };
        }
        let (token, behind) = rest.split_at(token_bytes(rest));
        rest = behind.trim_ascii_start();
        sheet.put(token, rest);
    }
    cut(&sheet.text, bytes_most)
}

/// Text up to about so many bytes.
pub(crate) fn cut(text: &str, bytes_most: usize) -> Cut {
    let end = text.floor_char_boundary(bytes_most);
    Cut { text: text[..end].to_owned(), is_cut: end < text.len() }
}

struct Sheet {
    text: String,
    depth: usize,
}

impl Sheet {
    /// Puts a token down; what stands behind it tells whether an object or array is empty.
    fn put(&mut self, token: &str, behind: &str) {
        match token {
            "{" | "[" => {
                self.text.push_str(token);
                self.depth += 1;
                if !behind.starts_with(['}', ']']) {
                    self.break_line();
                }
            }
            "}" | "]" => {
                self.depth = self.depth.saturating_sub(1);
                if !self.text.ends_with(['{', '[']) {
                    self.break_line();
                }
                self.text.push_str(token);
            }
            "," => {
                self.text.push_str(token);
                self.break_line();
            }
            ":" => self.text.push_str(": "),
            value => self.text.push_str(value),
        }
    }

    fn break_line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }
}

/// How long the first token of a text is that is not empty: a mark, a string with its quotes, or a run of all else.
fn token_bytes(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => string_bytes(bytes),
        _ => {
            let is_end = |byte: &u8| {
                byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"')
            };
            bytes.iter().position(is_end).unwrap_or(bytes.len())
        }
    }
}

fn string_bytes(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(json: &str) -> String {
        pretty(json, 10_000).text
    }

    #[test]
    fn every_value_has_its_line() {
        let expected = "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(laid_out(r#"{"a":1,"b":[true,null],"c":{},"d":[ ]}"#), expected);
        assert_eq!(laid_out(expected), expected);
    }

    #[test]
    fn numbers_and_strings_stay_as_they_were_written() {
        for value in ["9007199254740993", "1.50", "1E400", "-0.0", r#""a \" : , { \\""#, r#""é\u00e9""#] {
            assert_eq!(laid_out(&format!(r#"{{"v":{value}}}"#)), format!("{{\n  \"v\": {value}\n}}"));
        }
    }

    #[test]
    fn what_is_no_json_is_shown_and_ends() {
        for text in ["", "   ", "\"open", "\"open\\", "}}}", "<b>é</b>"] {
            let shown = laid_out(text);
            assert_eq!(shown.replace(['\n', ' '], ""), text.replace(' ', ""), "{text}");
        }
    }

    #[test]
    fn what_is_long_or_deep_is_cut() {
        let deep = "[".repeat(100_000);
        let shown = pretty(&deep, 1_000);
        assert!(shown.is_cut && shown.text.len() <= 1_000);
        let long = format!("\"{}\"", "é".repeat(1_000));
        let shown = pretty(&long, 100);
        assert_eq!((shown.is_cut, shown.text.len()), (true, 99));
        assert!(!pretty("[1]", 100).is_cut);
    }
}
