//! What a token server answered: a token with its lifetime (RFC 6749, section 5.1), or a sentence
//! that says why there is none (section 5.2). Nothing of a body but the words of an error is kept.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;

use crate::exchange::Response;

/// The lifetime of a token whose server names none; a receiver's 401 ends it earlier.
const LIFETIME_UNSAID: Duration = Duration::from_secs(60 * 60);
/// The longest a token is kept, whatever its server says.
const LIFETIME_MOST: Duration = Duration::from_secs(24 * 60 * 60);
/// Most characters of a server's own words that are repeated.
const WORDS_MOST: usize = 200;

/// A token that was granted.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) authorization: HeaderValue,
    /// How long it lives, where the server says so.
    pub(crate) lifetime_said: Option<Duration>,
}

/// An answer other than 200, in the server's own words as far as they may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRefusal {
    /// The HTTP status code.
    pub status: u16,
    /// `error` (RFC 6749, section 5.2), if the answer holds one.
    pub error: Option<String>,
    /// `error_description`.
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
}

/// Some servers write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
    error_description: Option<String>,
}

/// Reads the token out of a 200.
pub(crate) fn token_of(response: &Response) -> Result<Granted, String> {
    if response.truncated {
        return Err(format!("the token server's answer did not end within {} bytes", response.body.len()));
    }
    let Ok(answer) = serde_json::from_slice::<TokenAnswer>(&response.body) else {
        return Err("the token server answered 200, but not with JSON that holds an access_token".to_owned());
    };
    let kind = answer.token_type.as_deref().unwrap_or("Bearer");
    if !kind.eq_ignore_ascii_case("bearer") {
        let kind = cleaned(kind, &[]);
        return Err(format!("the token server gave a token of type {kind}; only Bearer can be used"));
    }
    // RFC 6750, section 2.1: a token is made of visible ASCII.
    let usable =
        !answer.access_token.is_empty() && answer.access_token.bytes().all(|byte| byte.is_ascii_graphic());
    if !usable {
        return Err("the token server gave a token that no header can carry".to_owned());
    }
    let mut authorization = HeaderValue::from_str(&format!("Bearer {}", answer.access_token))
        .expect("visible ASCII may stand in a header");
    authorization.set_sensitive(true);
    Ok(Granted { authorization, lifetime_said: answer.expires_in.and_then(Seconds::lifetime) })
}

/// Reads an answer other than 200. The secrets are not repeated, even where the server does.
pub(crate) fn refusal_of(response: &Response, secrets: &[String]) -> TokenRefusal {
    let status = response.status;
    let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(&response.body) else {
        return TokenRefusal { status, error: None, description: None };
    };
    let description = answer.error_description.filter(|text| !text.is_empty());
    TokenRefusal {
        status,
        error: Some(cleaned(&answer.error, secrets)),
        description: description.map(|text| cleaned(&text, secrets)),
    }
}

impl Granted {
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime_said.unwrap_or(LIFETIME_UNSAID)
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the token server answered {}", self.status)?;
        if let Some(error) = &self.error {
            write!(out, ": {error}")?;
        }
        match &self.description {
            Some(description) => write!(out, " ({description})"),
            None => Ok(()),
        }
    }
}

impl Seconds {
    fn lifetime(self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(seconds) => seconds,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        let seconds = Some(seconds).filter(|seconds: &f64| !seconds.is_nan())?;
        Some(Duration::from_secs_f64(seconds.clamp(0.0, LIFETIME_MOST.as_secs_f64())))
    }
}

/// A server's own words, fit for one line.
fn cleaned(words: &str, secrets: &[String]) -> String {
    let known = secrets.iter().filter(|secret| !secret.is_empty());
    let words = known.fold(words.to_owned(), |words, secret| words.replace(secret.as_str(), "…"));
    words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(WORDS_MOST).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn response(status: u16, body: &'static str) -> Response {
        let body = Bytes::from_static(body.as_bytes());
        Response { status, headers: HeaderMap::new(), body, truncated: false }
    }

    fn lifetime(body: &'static str) -> Duration {
        token_of(&response(200, body)).expect("a token").lifetime()
    }

    #[test]
    fn a_token_comes_with_its_lifetime() {
        let body = r#"{"access_token":"abc","token_type":"bearer","expires_in":3600}"#;
        let granted = token_of(&response(200, body)).expect("a token");
        assert_eq!(
            (granted.authorization.to_str().ok(), granted.lifetime().as_secs()),
            (Some("Bearer abc"), 3_600)
        );
        assert!(granted.authorization.is_sensitive());
        assert_eq!(lifetime(r#"{"access_token":"abc","expires_in":"90"}"#).as_secs(), 90);
        assert_eq!(lifetime(r#"{"access_token":"abc"}"#), LIFETIME_UNSAID);
        assert_eq!(lifetime(r#"{"access_token":"abc","expires_in":"soon"}"#), LIFETIME_UNSAID);
        assert_eq!(lifetime(r#"{"access_token":"abc","expires_in":-5}"#), Duration::ZERO);
        assert_eq!(lifetime(r#"{"access_token":"abc","expires_in":1e300}"#), LIFETIME_MOST);
    }

    #[test]
    fn what_is_no_bearer_token_is_refused() {
        for (body, word) in [
            ("<html>", "JSON"),
            ("{}", "JSON"),
            (r#"{"access_token":""}"#, "header"),
            (r#"{"access_token":"a b"}"#, "header"),
            (r#"{"access_token":"a\r\nx: y"}"#, "header"),
            (r#"{"access_token":"abc","token_type":"mac"}"#, "type mac"),
        ] {
            let sentence = token_of(&response(200, body)).expect_err("no token");
            assert!(sentence.contains(word), "{body}: {sentence}");
        }
        let cut = Response { truncated: true, ..response(200, r#"{"access_token":"abc"}"#) };
        assert!(token_of(&cut).is_err());
    }

    #[test]
    fn an_error_is_told_in_the_servers_words_without_the_secret() {
        let secrets = ["czNjcmV0".to_owned(), "s3cret".to_owned(), String::new()];
        let told = |status, body| refusal_of(&response(status, body), &secrets).to_string();
        let body = r#"{"error":"invalid_client","error_description":"no\nclient has the secret s3cret"}"#;
        let expected = "the token server answered 401: invalid_client (no client has the secret …)";
        assert_eq!(told(401, body), expected);
        let body = r#"{"error":"invalid_client","error_description":"Basic czNjcmV0 is wrong"}"#;
        let expected = "the token server answered 401: invalid_client (Basic … is wrong)";
        assert_eq!(told(401, body), expected);
        let bare = told(400, r#"{"error":"invalid_scope"}"#);
        assert_eq!(bare, "the token server answered 400: invalid_scope");
        assert_eq!(told(302, "moved"), "the token server answered 302");
    }
}
