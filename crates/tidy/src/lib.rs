//! The house rules as code: reads the repository and tells each breach with file, line and remedy.
//! A rule that no reader of a diff can be trusted to see stands here; what the compiler or clippy
//! can check stands there instead. This crate imports none of ours and must never change a file.

pub mod exceptions;
pub mod lexer;
pub mod repository;
pub mod rules;
pub mod source_file;
pub mod test_code;

use std::fmt;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Path from the repository's root, with `/` between the parts.
    pub path: String,
    /// Line, counted from 1; 1 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Breach {
    /// Names a breach; `message` says what is wrong and what to do.
    pub fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.message)
    }
}
