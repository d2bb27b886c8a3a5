//! The last request of a delivery as a command that repeats it. Credentials are never told: a placeholder stands for
//! each, whoever asks.

use wirepost_egress::BareUrl;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::message::Payload;
use wirepost_store::attempts::StoredAttempt;

use crate::attempt_headers::{AttemptHeaders, is_as_it_was};
use crate::basic_auth::AUTHORIZATION;
use crate::curl_command::WrittenRequest;

/// Most bytes of a payload in a command that stands among others.
const PAYLOAD_BYTES_AMONG_OTHERS: usize = 16 << 10;

/// How a request can be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// A command for a POSIX shell; `None` where there is nothing to repeat.
    pub curl: Option<String>,
    /// What to know of the command, or why there is none.
    pub note: String,
}

/// The command that repeats an attempt. `alone` where no other stands beside it, so that it may be large.
pub(crate) fn repeat_of(
    last: Option<&StoredAttempt>,
    endpoint: Option<&Endpoint>,
    wants_token: bool,
    payload: &Payload,
    alone: bool,
) -> Repeat {
    let Some(stored) = last else {
        return Repeat::none("No request was made yet.");
    };
    let Payload::Present(payload) = payload else {
        return Repeat::none("The payload is no longer kept, so that the request cannot be repeated.");
    };
    if !alone && payload.len() > PAYLOAD_BYTES_AMONG_OTHERS {
        return Repeat::none(
            "The payload is large: ask for this endpoint alone, by endpoint_id, to be told.",
        );
    }
    let signature = stored.content.as_ref().map_or("", |content| content.signature.as_str());
    if signature.is_empty() {
        return Repeat::none("The signature is no longer kept, so that the request cannot be repeated.");
    }
    let (Ok(url), Ok(body)) = (BareUrl::of(&stored.attempt.url), std::str::from_utf8(payload)) else {
        return Repeat::none("The request cannot be written down as text.");
    };
    let mut shown = AttemptHeaders::of(stored, endpoint);
    let mut headers: Vec<(String, String)> = std::mem::take(&mut shown.sent).into_iter().collect();
    let has_credentials = wants_token || url.authorization.is_some() || !shown.sensitive.is_empty();
    headers.extend(placeholders(&shown.sensitive, wants_token, url.authorization.is_some()));
    let curl = WrittenRequest { url: &url.sent, headers: &headers, body }.as_curl();
    let is_changed = !endpoint.is_some_and(|endpoint| is_as_it_was(endpoint, stored));
    Repeat { curl: Some(curl), note: note(has_credentials, is_changed) }
}

impl Repeat {
    fn none(note: &str) -> Self {
        Self { curl: None, note: note.to_owned() }
    }
}

/// What stands for the credentials.
fn placeholders(
    sensitive: &[String],
    wants_token: bool,
    url_has_user: bool,
) -> impl Iterator<Item = (String, String)> {
    let own = sensitive.iter().filter(move |name| !(wants_token && name.as_str() == AUTHORIZATION));
    let own = own.map(|name| (name.clone(), format!("<{name}>")));
    let token = wants_token.then(|| (AUTHORIZATION.to_owned(), "Bearer <token>".to_owned()));
    let of_url = !wants_token && url_has_user && !sensitive.iter().any(|name| name == AUTHORIZATION);
    let of_url = of_url.then(|| (AUTHORIZATION.to_owned(), "Basic <user name and password>".to_owned()));
    own.chain(token).chain(of_url)
}

fn note(has_credentials: bool, is_changed: bool) -> String {
    let mut note =
        "This repeats the request as it was: with its signature, which receivers take only for some minutes after \
         its timestamp."
            .to_owned();
    if has_credentials {
        note.push_str(" Put the credentials in the place of what stands in angle brackets.");
    }
    if is_changed {
        note.push_str(" The endpoint was changed since, so that its own headers are left out.");
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sensitive: &[&str], wants_token: bool, url_has_user: bool) -> Vec<String> {
        let sensitive: Vec<String> = sensitive.iter().map(|name| (*name).to_owned()).collect();
        let found = placeholders(&sensitive, wants_token, url_has_user);
        found.map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn one_placeholder_stands_for_each_credential() {
        assert_eq!(names(&["x-api-key"], false, false), ["x-api-key: <x-api-key>"]);
        assert_eq!(names(&["authorization"], false, true), ["authorization: <authorization>"]);
        assert_eq!(names(&["authorization"], true, true), ["authorization: Bearer <token>"]);
        assert_eq!(names(&[], false, true), ["authorization: Basic <user name and password>"]);
        assert!(names(&[], false, false).is_empty());
    }

    #[test]
    fn without_a_request_or_its_payload_there_is_nothing_to_repeat() {
        let repeat = repeat_of(None, None, false, &Payload::Expired, true);
        assert_eq!((repeat.curl, repeat.note.as_str()), (None, "No request was made yet."));
    }
}
