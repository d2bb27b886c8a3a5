//! What a signed token claims, read without believing its shape.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use wirepost_model::timestamp::Timestamp;

/// Clocks may differ by this much before a token counts as not yet begun.
const EARLY: Duration = Duration::from_secs(30);

/// The claims of a token whose signature is good.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Claims(Map<String, Value>);

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

impl Claims {
    /// Whether there is such a claim, whatever it holds.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// A text; dots in the name lead into objects, unless a claim has them in its name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Words: a list of texts, or one text with blanks or commas between them.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        match self.find(name) {
            Some(Value::Array(items)) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(Value::String(text)) => {
                let words = text.split([' ', ',']).filter(|word| !word.is_empty());
                words.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// When the token ends; one that does not say has ended.
    pub(super) fn ends_at(&self) -> Timestamp {
        self.instant("exp").unwrap_or_default()
    }

    /// Whether the token has begun and not ended. An instant that cannot be read is one that was not kept.
    pub(super) fn are_in_force(&self, now: Timestamp) -> bool {
        let begun = match self.0.get("nbf") {
            None => true,
            Some(_) => self.instant("nbf").is_some_and(|begin| begin <= now.plus(EARLY)),
        };
        begun && now < self.ends_at()
    }

    fn find(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(name) {
            return Some(value);
        }
        let mut parts = name.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// Seconds since 1970, fractions allowed (RFC 7519, section 2).
    fn instant(&self, name: &str) -> Option<Timestamp> {
        let seconds = self.0.get(name)?.as_f64()?;
        let duration = Duration::try_from_secs_f64(seconds).ok()?;
        Some(Timestamp::default().plus(duration))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_the_way_to_it() {
        let claims = claims(json!({"a.b": "flat", "realm": {"roles": ["x", 7, "y"]}, "scope": "p q,r"}));
        assert_eq!(claims.text("a.b"), Some("flat"));
        assert_eq!(claims.words("realm.roles"), ["x", "y"]);
        assert_eq!(claims.words("scope"), ["p", "q", "r"]);
        assert!(claims.words("realm.none").is_empty() && claims.text("realm").is_none());
    }

    #[test]
    fn a_token_is_in_force_from_its_beginning_to_its_end() {
        let now = Timestamp::from_millis(1_000_000);
        for (value, in_force) in [
            (json!({"exp": 1_001}), true),
            (json!({"exp": 1_000.5}), true),
            (json!({"exp": 1_000}), false),
            (json!({}), false),
            (json!({"exp": "1001"}), false),
            (json!({"exp": -1}), false),
            (json!({"exp": 1_001, "nbf": 1_030}), true),
            (json!({"exp": 9_001, "nbf": 1_031}), false),
            (json!({"exp": 9_001, "nbf": "now"}), false),
        ] {
            assert_eq!(claims(value.clone()).are_in_force(now), in_force, "{value}");
        }
    }
}
