//! What people type to search a list that is in memory: every word must be there, in any order.

/// Most words that count. Each is looked for in every row, so that nobody can keep us busy by a long text.
const WORDS_MOST: usize = 16;

/// The words of a search, in small letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// The words of what was typed, each once.
    pub(crate) fn of(typed: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        for word in typed.split_whitespace().take(WORDS_MOST).map(str::to_lowercase) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Self(words)
    }

    /// Whether a row with this text is meant.
    pub(crate) fn fit(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_there_in_any_order() {
        let words = Words::of(" DELETED  asset asset ");
        assert!(words.fit("asset.created asset.Deleted"));
        assert!(!words.fit("asset.created"));
        assert!(Words::of(" ").fit("anything"));
    }

    #[test]
    fn a_text_of_many_words_is_searched_by_the_first_of_them() {
        let typed: Vec<String> = (0..10_000).map(|number| format!("w{number}")).collect();
        let words = Words::of(&typed.join(" "));
        assert_eq!(words.0.len(), WORDS_MOST);
        assert!(words.fit(&typed[..WORDS_MOST].join(" ")));
    }
}
