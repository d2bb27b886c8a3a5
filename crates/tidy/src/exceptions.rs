//! Where a house rule does not hold, and why. The list wants to be empty: an entry needs a reason
//! that a reader can judge, and one that is no longer needed is itself a breach.

use crate::Breach;

/// One file that one rule lets pass.
#[derive(Debug, Clone, Copy)]
pub struct Exception {
    /// The rule's name, as in `rules::ALL`.
    pub rule: &'static str,
    /// The file, as a path from the repository's root.
    pub path: &'static str,
    /// Why the rule would do harm there, in a sentence.
    pub reason: &'static str,
}

/// Every exception there is.
pub const EXCEPTIONS: &[Exception] = &[];

/// Fewest words that make a reason.
const REASON_WORDS_MIN: usize = 5;

/// Takes away what an exception of `rule` lets pass, and adds a breach for each that is stale or
/// gives no reason.
pub fn apply(rule: &str, breaches: Vec<Breach>, exceptions: &[Exception]) -> Vec<Breach> {
    let ours: Vec<&Exception> = exceptions.iter().filter(|exception| exception.rule == rule).collect();
    let mut left: Vec<Breach> = breaches
        .iter()
        .filter(|breach| !ours.iter().any(|exception| exception.path == breach.path))
        .cloned()
        .collect();
    for exception in ours {
        if !breaches.iter().any(|breach| breach.path == exception.path) {
            let message = format!("the exception from `{rule}` is no longer needed: remove it");
            left.push(Breach::new(exception.path, 1, message));
        }
        if exception.reason.split_whitespace().count() < REASON_WORDS_MIN {
            let message = format!("the exception from `{rule}` gives no reason: say in a sentence why");
            left.push(Breach::new(exception.path, 1, message));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONED: Exception =
        Exception { rule: "length", path: "a.rs", reason: "one table that reads best as a whole" };

    fn breach(path: &str) -> Breach {
        Breach::new(path, 7, "too long")
    }

    #[test]
    fn an_exception_lets_its_own_file_pass_and_no_other() {
        let left = apply("length", vec![breach("a.rs"), breach("b.rs")], &[REASONED]);
        assert_eq!(left, vec![breach("b.rs")]);
    }

    #[test]
    fn an_exception_holds_for_its_own_rule_only() {
        let left = apply("names", vec![breach("a.rs")], &[REASONED]);
        assert_eq!(left, vec![breach("a.rs")]);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_a_breach() {
        let left = apply("length", vec![], &[REASONED]);
        assert!(left[0].message.contains("no longer needed"), "{left:?}");
    }

    #[test]
    fn an_exception_without_a_reason_is_a_breach() {
        let left = apply("length", vec![breach("a.rs")], &[Exception { reason: "legacy", ..REASONED }]);
        assert!(left[0].message.contains("gives no reason"), "{left:?}");
    }
}
