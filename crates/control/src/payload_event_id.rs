//! The `event.id` inside a payload, by which people look for a message. Read on the path that every message walks:
//! a payload without such an object costs one search, one with it is skipped through once, and nothing is built.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;

/// Longer ids are not kept.
const BYTES_MOST: usize = 256;
/// The name of the object that the id stands in.
static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NAME_TEXT));
const NAME_TEXT: &[u8] = b"\"event\"";

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    event: Inner<'a>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// The text at `event.id` of a JSON object, if there is one that is not empty and no longer than 256 bytes.
pub(crate) fn payload_event_id(payload: &[u8]) -> Option<String> {
    if !NAME.find_iter(payload).any(|at| names_an_object(&payload[at + NAME_TEXT.len()..])) {
        return None;
    }
    let outer: Outer<'_> = serde_json::from_slice(payload).ok()?;
    let id = outer.event.id;
    (!id.is_empty() && id.len() <= BYTES_MOST).then(|| id.into_owned())
}

/// Whether what stands behind a name is an object.
fn names_an_object(behind: &[u8]) -> bool {
    let value = behind.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
    value.is_some_and(|value| value.starts_with(b"{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_event_is_found_wherever_it_stands() {
        for payload in [
            r#"{"event":{"id":"e-1"}}"#,
            r#"{"a":{"event":{"id":"no"}},"event" : { "type":"x", "id" : "e-1", "id2":[{}] },"b":1.50}"#,
            r#"{"event":{"id":"e\u002d1"}}"#,
        ] {
            assert_eq!(payload_event_id(payload.as_bytes()).as_deref(), Some("e-1"), "{payload}");
        }
    }

    #[test]
    fn whatever_else_is_there_is_no_id() {
        let longest = "x".repeat(BYTES_MOST);
        let payload_of = |id: &str| format!(r#"{{"event":{{"id":"{id}"}}}}"#);
        assert_eq!(payload_event_id(payload_of(&longest).as_bytes()), Some(longest.clone()));
        for payload in [
            "{}",
            r#"{"id":"e-1"}"#,
            r#"{"event":"e-1"}"#,
            r#"{"event":null}"#,
            r#"{"event":{"id":7}}"#,
            r#"{"event":{"id":""}}"#,
            r#"{"data":{"event":{"id":"e-1"}}}"#,
            r#"{"text":"\"event\""}"#,
            &payload_of(&format!("{longest}x")),
        ] {
            assert_eq!(payload_event_id(payload.as_bytes()), None, "{payload}");
        }
    }
}
