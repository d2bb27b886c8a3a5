//! Takes names apart into words, and says which words no name may hold. Pure; knows no file.

/// Nouns that fit everything and so tell nothing: no file, folder, module or type has one.
const EMPTY_NOUNS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "core", "base", "manager", "impl", "data", "info",
];

/// Verbs that fit everything, when a noun follows.
const EMPTY_VERBS: &[&str] = &["process", "handle", "do", "new"];

/// Abbreviations, and the word to write.
const ABBREVIATIONS: &[(&str, &str)] =
    &[("mq", "queue"), ("cfg", "config"), ("ctx", "context"), ("svc", "service"), ("dest", "destination")];

/// Names of other people's things that end in a 2.
const PROPER_NAMES: &[&str] = &["http2", "h2", "oauth2", "argon2", "sha2", "v2"];

/// The words of a name in any case, in lower case.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let after_small = at > 0 && (letters[at - 1].is_lowercase() || letters[at - 1].is_ascii_digit());
        let ends_capitals = at > 0
            && letters[at - 1].is_uppercase()
            && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let opens_word = letter.is_uppercase() && (after_small || ends_capitals);
        if opens_word || !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The word of a noun's name that tells nothing.
pub(super) fn empty_noun(name: &str) -> Option<String> {
    words(name).into_iter().find(|word| EMPTY_NOUNS.contains(&word.as_str()))
}

/// The verb of a function's name that tells nothing.
pub(super) fn empty_verb(name: &str) -> Option<String> {
    let mut words = words(name).into_iter();
    let verb = words.next().filter(|verb| EMPTY_VERBS.contains(&verb.as_str()))?;
    words.next().map(|_| verb)
}

/// The abbreviation in a name, and what to write instead.
pub(super) fn abbreviation(name: &str) -> Option<(&'static str, &'static str)> {
    let words = words(name);
    ABBREVIATIONS.iter().find(|(short, _)| words.iter().any(|word| word == short)).copied()
}

/// Whether a name tells itself from another by a 2 alone.
pub(super) fn is_second_of_its_name(name: &str) -> bool {
    words(name).last().is_some_and(|word| {
        let without = word.strip_suffix('2').unwrap_or_default();
        without.ends_with(|letter: char| letter.is_alphabetic()) && !PROPER_NAMES.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_in_every_case() {
        assert_eq!(words("retry_schedule"), ["retry", "schedule"]);
        assert_eq!(words("RetrySchedule"), ["retry", "schedule"]);
        assert_eq!(words("HTTPClient"), ["http", "client"]);
        assert_eq!(words("sendExample"), ["send", "example"]);
        assert_eq!(words("Base64Key"), ["base64", "key"]);
        assert_eq!(words("store-sqlite.test"), ["store", "sqlite", "test"]);
    }

    #[test]
    fn a_banned_word_counts_only_as_a_whole_word() {
        assert_eq!(empty_noun("EndpointInfo").as_deref(), Some("info"));
        assert_eq!(empty_noun("Base64"), None);
        assert_eq!(empty_noun("database"), None);
        assert_eq!(abbreviation("dest_url"), Some(("dest", "destination")));
        assert_eq!(abbreviation("destination"), None);
    }

    #[test]
    fn an_empty_verb_needs_a_noun_after_it() {
        assert_eq!(empty_verb("process_message").as_deref(), Some("process"));
        assert_eq!(empty_verb("handleClick").as_deref(), Some("handle"));
        assert_eq!(empty_verb("new"), None);
        assert_eq!(empty_verb("done"), None);
    }

    #[test]
    fn a_two_at_the_end_needs_a_reason() {
        assert!(is_second_of_its_name("send2"));
        assert!(is_second_of_its_name("Sender2"));
        assert!(!is_second_of_its_name("serve_http2"));
        assert!(!is_second_of_its_name("attempt_2"));
    }
}
