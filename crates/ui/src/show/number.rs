//! Numbers with their words: thousands apart, one or many, shares in percent.

/// A whole number with its thousands apart: `1,204,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of a thing: `1 endpoint`, `2,000 endpoints`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", grouped(number))
}

/// A share in percent: `99.4 %`. Only a whole is 100, and only nothing is 0.
pub(crate) fn percent(part: u64, whole: u64) -> Option<String> {
    let tenths = part.saturating_mul(1_000).checked_div(whole)?;
    Some(match (part, tenths) {
        (part, _) if part == whole => "100 %".to_owned(),
        (0, _) => "0 %".to_owned(),
        (_, tenths) => format!("{}.{} %", tenths.max(1) / 10, tenths.max(1) % 10),
    })
}

/// So many bytes, in the unit that fits: `812 bytes`, `8.1 KB`, `1.2 MB`. A KB is 1,000 bytes.
pub(crate) fn sized(bytes: u64) -> String {
    if bytes < 1_000 {
        return counted(bytes, "byte");
    }
    let units = ["KB", "MB", "GB", "TB", "PB", "EB"];
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        (tenths, unit) = (tenths / 1_000, unit + 1);
    }
    format!("{}.{} {}", grouped(tenths / 10), tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!((counted(1, "message"), counted(0, "message")), ("1 message".into(), "0 messages".into()));
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        let told = [0, 1, 999, 1_000, 8_192, 1_048_576, 5_000_000_000].map(sized);
        assert_eq!(told, ["0 bytes", "1 byte", "999 bytes", "1.0 KB", "8.1 KB", "1.0 MB", "5.0 GB"]);
        assert_eq!(sized(u64::MAX), "18.4 EB");
    }

    #[test]
    fn a_share_is_whole_only_when_nothing_is_missing() {
        assert_eq!(percent(999_999, 1_000_000).as_deref(), Some("99.9 %"));
        assert_eq!(percent(1, 1_000_000).as_deref(), Some("0.1 %"));
        assert_eq!(percent(5, 5).as_deref(), Some("100 %"));
        assert_eq!(percent(0, 5).as_deref(), Some("0 %"));
        assert_eq!(percent(0, 0), None);
    }
}
