//! The rules, one file each: a pure function from the repository to its breaches. A rule is proven
//! at the foot of its file on a sample that breaks it.

pub mod characters;
pub mod dependencies;
pub mod file_length;
pub mod file_opening;
pub mod imports;
mod manifest;
pub mod migrations;
pub mod names;
mod naming;
pub mod papers;
pub mod self_alone;
pub mod unfinished;
pub mod waiting;

use crate::Breach;
use crate::exceptions::{self, EXCEPTIONS};
use crate::repository::Repository;

/// A house rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The name that an exception uses.
    pub name: &'static str,
    /// Finds the places that break it.
    pub check: fn(&Repository) -> Vec<Breach>,
}

/// Every rule.
pub const ALL: &[Rule] = &[
    characters::RULE,
    dependencies::RULE,
    file_length::RULE,
    file_opening::RULE,
    imports::RULE,
    migrations::RULE,
    names::RULE,
    papers::RULE,
    self_alone::RULE,
    unfinished::RULE,
    waiting::RULE,
];

impl Rule {
    /// The breaches that no exception lets pass.
    pub fn breaches(&self, repository: &Repository) -> Vec<Breach> {
        exceptions::apply(self.name, (self.check)(repository), EXCEPTIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_names_a_rule() {
        for exception in EXCEPTIONS {
            let known = ALL.iter().any(|rule| rule.name == exception.rule);
            assert!(known, "no rule is called `{}`", exception.rule);
        }
    }
}
