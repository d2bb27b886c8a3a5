//! A request written down as a command for a POSIX shell. Whatever stands in a URL, a header or a body stays data:
//! the shell sees single quotes around it, and curl is given nothing that it would take for a file or a pattern.

use std::fmt::Write as _;

/// Most bytes of one argument of a program, with some room; Linux takes 128 KiB.
const ARGUMENT_BYTES_MOST: usize = 100_000;

/// A request to be written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenRequest<'a> {
    pub(crate) url: &'a str,
    /// Names and values, in order.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a str,
}

impl WrittenRequest<'_> {
    /// The command that makes this request. A large body goes through a pipe, and so does one that would be taken
    /// for the name of a file.
    pub(crate) fn as_curl(&self) -> String {
        let body = quoted(self.body);
        let is_piped = body.len() > ARGUMENT_BYTES_MOST || self.body.starts_with('@');
        let mut command = String::with_capacity(body.len() + 1_024);
        if is_piped {
            push(&mut command, format_args!("printf %s {body} | \\\n"));
        }
        // Without --globoff, brackets and braces in the URL would be patterns.
        push(&mut command, format_args!("curl --globoff --include --url {}", quoted(self.url)));
        for (name, value) in self.headers {
            push(&mut command, format_args!(" \\\n  --header {}", quoted(&header(name, value))));
        }
        let body = if is_piped { "@-" } else { body.as_str() };
        push(&mut command, format_args!(" \\\n  --data-binary {body}"));
        command
    }
}

/// A header as curl reads it: behind a colon alone it would take the header away.
fn header(name: &str, value: &str) -> String {
    if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") }
}

/// Text as one word of a POSIX shell (IEEE Std 1003.1, section 2.2.2): between single quotes all is itself but the
/// single quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn push(command: &mut String, part: std::fmt::Arguments<'_>) {
    command.write_fmt(part).expect("a String takes what is written");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(url: &str, headers: &[(&str, &str)], body: &str) -> String {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<_> = headers.iter().map(own).collect();
        WrittenRequest { url, headers: &headers, body }.as_curl()
    }

    #[test]
    fn a_request_becomes_one_command() {
        let command =
            written("https://example.com/in", &[("webhook-id", "msg_1"), ("x-empty", "")], r#"{"a":1}"#);
        let expected = "curl --globoff --include --url 'https://example.com/in' \\\n  \
                        --header 'webhook-id: msg_1' \\\n  --header 'x-empty;' \\\n  --data-binary '{\"a\":1}'";
        assert_eq!(command, expected);
    }

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        assert_eq!(quoted("'; rm x; '"), r"''\''; rm x; '\'''");
        assert_eq!(quoted("$(id) `id` \\ \" \n !"), "'$(id) `id` \\ \" \n !'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn what_is_too_long_for_an_argument_goes_through_a_pipe() {
        let body = format!("\"{}\"", "'".repeat(30_000));
        let command = written("https://example.com/", &[], &body);
        assert!(command.starts_with(r#"printf %s '"'\''"#), "{}", &command[..40]);
        assert!(command.ends_with("'https://example.com/' \\\n  --data-binary @-"));
        let of_file = written("https://example.com/", &[], "@/etc/passwd");
        assert!(of_file.starts_with("printf %s '@/etc/passwd' | ") && of_file.ends_with("--data-binary @-"));
    }

    #[test]
    fn the_shell_reads_what_was_written() {
        let odd = "a'b\"c$(touch x)`touch x`\\\n\t;|&<>*?[x]{y,z}~#! ü '' end'";
        let words = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s.%s' {} {}", quoted(odd), quoted("-"))])
            .output()
            .expect("a POSIX shell is there");
        assert_eq!(String::from_utf8(words.stdout).expect("it is text"), format!("{odd}.-"));
    }
}
