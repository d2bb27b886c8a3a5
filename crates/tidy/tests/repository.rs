//! Holds this repository to the house rules, one test for each, so that a run names the rule that
//! is broken. Every rule of `rules::ALL` has its test here.

use wirepost_tidy::repository::Repository;
use wirepost_tidy::rules::{self, Rule};

fn assert_holds(rule: Rule) {
    let repository = Repository::open().expect("the tests run in a checkout");
    let breaches = rule.breaches(&repository);
    let list: String = breaches.iter().map(|breach| format!("\n{breach}")).collect();
    assert!(breaches.is_empty(), "{} breaches of `{}`:{list}\n", breaches.len(), rule.name);
}

macro_rules! held_rules {
    ($($test:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $test() {
                assert_holds(rules::$rule::RULE);
            }
        )*

        #[test]
        fn every_rule_is_held_to() {
            let held = [$(rules::$rule::RULE.name),*];
            let all: Vec<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
            assert_eq!(all, held);
        }
    };
}

held_rules! {
    text_is_plain: characters,
    dependencies_come_from_the_workspace: dependencies,
    no_file_is_too_long: file_length,
    each_file_says_what_it_is_for: file_opening,
    crates_import_what_the_table_allows: imports,
    migrations_are_numbered_without_gaps: migrations,
    names_say_what_things_are: names,
    papers_exist_and_are_short: papers,
    the_project_speaks_of_itself_alone: self_alone,
    nothing_is_unfinished: unfinished,
    tests_never_sleep: waiting,
}
