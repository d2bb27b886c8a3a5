//! A test waits for what happens, never for time to pass: a sleep is too long on every good day and
//! too short on a bad one. Sleeping in code that ships is none of this rule's business.

use super::Rule;
use crate::Breach;
use crate::repository::Repository;
use crate::source_file::SourceFile;
use crate::test_code::TestCode;

/// No sleep in test code.
pub const RULE: Rule = Rule { name: "waiting", check };

/// Any mention counts, an import under another name included; a paused clock's `advance`, a
/// time-out around an event and a ticking interval are not among them.
const SLEEPS: &[(&str, &[&str])] = &[
    ("rs", &["sleep", "sleep_until", "sleep_ms", "park_timeout"]),
    ("py", &["sleep"]),
    ("js", &["setTimeout", "waitForTimeout", "sleep"]),
];

fn check(repository: &Repository) -> Vec<Breach> {
    let tests = TestCode::of(repository);
    repository.files().iter().flat_map(|file| check_file(file, &tests)).collect()
}

fn check_file(file: &SourceFile, tests: &TestCode) -> Vec<Breach> {
    let Some((_, sleeps)) = SLEEPS.iter().find(|(extension, _)| *extension == file.extension()) else {
        return Vec::new();
    };
    let ranges = tests.ranges(file);
    file.identifiers()
        .into_iter()
        .filter(|identifier| sleeps.contains(&identifier.word))
        .filter(|identifier| ranges.iter().any(|range| range.contains(&identifier.offset)))
        .map(|identifier| {
            let message = format!(
                "`{}` in a test: wait for the event itself (a channel, a line, an answer) within a time-out, \
                 or advance a paused clock; a peer that must be slow ticks by an interval",
                identifier.word
            );
            Breach::new(file.path(), file.line_of(identifier.offset), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPS: &str = "async fn a() {\n    tokio::time::sleep(b).await;\n}\n";

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Repository::sample(&[(path, text)])).iter().map(|breach| breach.line).collect()
    }

    #[test]
    fn code_that_ships_may_sleep() {
        assert!(lines("crates/engine/src/pruner.rs", SHIPS).is_empty());
    }

    #[test]
    fn a_test_at_the_foot_may_not_sleep_under_any_name() {
        let text = format!("{SHIPS}#[cfg(test)]\nmod tests {{\n    use std::thread::sleep as pause;\n}}\n");
        assert_eq!(lines("crates/engine/src/pruner.rs", &text), [6]);
    }

    #[test]
    fn a_test_in_a_folder_of_tests_may_not_sleep() {
        assert_eq!(lines("crates/engine/tests/a.rs", SHIPS), [2]);
        assert_eq!(lines("e2e/src/lib.rs", "std::thread::sleep(a);"), [1]);
        assert_eq!(lines("e2e/python/test_a.py", "import time\ntime.sleep(1)\n"), [2]);
        assert_eq!(lines("e2e/browser/a.js", "setTimeout(a, 1);\n"), [1]);
    }

    #[test]
    fn a_paused_clock_and_a_time_out_around_an_event_pass() {
        let text = "tokio::time::advance(a).await;\ntokio::time::timeout(a, b).await; // no sleep\n";
        assert!(lines("crates/engine/tests/a.rs", text).is_empty());
    }
}
