//! Texts of others, as far as a line has room for them.

/// The text, or so many characters of it and a sign that there is more.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_and_no_character_is_cut() {
        assert_eq!(shortened("åäö", 3), "åäö");
        assert_eq!(shortened("åäö", 2), "åä…");
        assert_eq!(shortened("", 0), "");
    }
}
