//! One file of the repository as the rules see it: its text, and for code the same text without
//! comments or quotes, every byte in its place. Knows no rule.

use crate::lexer::{Part, keep_only, parts_of, syntax_of};

/// A text file with its path from the repository's root.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: String,
    text: String,
    code: Option<String>,
    remarks: Option<String>,
}

/// A word of code that could be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// The word itself.
    pub word: &'a str,
    /// Where it begins, in bytes from the file's start.
    pub offset: usize,
}

impl SourceFile {
    /// Takes a file in; `path` runs from the repository's root with `/` between its parts.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let parts = syntax_of(extension_of(&path)).map(|syntax| parts_of(&text, syntax));
        let kept = |kinds: &[Part]| parts.as_ref().map(|parts| keep_only(&text, parts, kinds));
        let (code, remarks) = (kept(&[Part::Code]), kept(&[Part::Code, Part::Comment]));
        Self { path, text, code, remarks }
    }

    /// The path from the repository's root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text as it is.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The code without comments and quoted text; `None` for what is no code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Code and comments without quoted text; the whole text for what is no code.
    pub fn remarks(&self) -> &str {
        self.remarks.as_deref().unwrap_or(&self.text)
    }

    /// What stands after the last dot of the file's name; empty without one.
    pub fn extension(&self) -> &str {
        extension_of(&self.path)
    }

    /// The folder, without a closing `/`; empty at the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The file's name without its folder.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The file's name without folder and extension.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether this is Rust.
    pub fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// The line of a byte, counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        1 + self.text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count()
    }

    /// The words of the code in their order; none for what is no code.
    pub fn identifiers(&self) -> Vec<Identifier<'_>> {
        self.code().map(identifiers_in).unwrap_or_default()
    }
}

/// The words of `code` in their order; numbers are none.
pub fn identifiers_in(code: &str) -> Vec<Identifier<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    let bytes = code.as_bytes();
    for (at, byte) in bytes.iter().copied().chain([b' ']).enumerate() {
        let in_word = byte == b'_' || byte.is_ascii_alphanumeric();
        match (start, in_word) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                if !bytes[from].is_ascii_digit() {
                    found.push(Identifier { word: &code[from..at], offset: from });
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn extension_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_apart_into_folder_stem_and_extension() {
        let file = SourceFile::new("crates/model/src/ids.rs", "");
        assert_eq!((file.folder(), file.stem(), file.extension()), ("crates/model/src", "ids", "rs"));
        let file = SourceFile::new("Makefile", "");
        assert_eq!((file.folder(), file.stem(), file.extension()), ("", "Makefile", ""));
    }

    #[test]
    fn lines_count_from_one() {
        let file = SourceFile::new("a.rs", "one\ntwo\n");
        assert_eq!((file.line_of(0), file.line_of(3), file.line_of(4)), (1, 1, 2));
    }

    #[test]
    fn identifiers_are_words_of_code_and_never_numbers() {
        let file = SourceFile::new("a.rs", "let a_1 = 10u8; // b\nc(\"d\")");
        let words: Vec<&str> = file.identifiers().iter().map(|identifier| identifier.word).collect();
        assert_eq!(words, ["let", "a_1", "c"]);
    }
}
