//! The request for a token, as RFC 6749 has it: a form, with the client's name and secret in a
//! header or among the fields.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::basic::{basic_authorization, sensitive};
use crate::oauth::{ClientCredentials, ClientProof};

/// The headers; ours win over extra ones of the same name.
pub(crate) fn headers_of(credentials: &ClientCredentials) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &credentials.extra_headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if credentials.proof == ClientProof::Basic {
        headers.insert(AUTHORIZATION, sensitive(basic(credentials)));
    }
    headers
}

/// The form; ours come first.
pub(crate) fn body_of(credentials: &ClientCredentials) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !credentials.scopes.is_empty() {
        form.append_pair("scope", &credentials.scopes.join(" "));
    }
    if credentials.proof == ClientProof::Post {
        form.append_pair("client_id", &credentials.client_id);
        form.append_pair("client_secret", &credentials.client_secret);
    }
    form.extend_pairs(&credentials.extra_params);
    form.finish()
}

/// All forms in which the secret goes out, the longest first. A server may repeat any of them.
pub(crate) fn secrets_of(credentials: &ClientCredentials) -> [String; 3] {
    let header = basic(credentials);
    let bare = header.trim_start_matches("Basic ").to_owned();
    [bare, encoded(&credentials.client_secret), credentials.client_secret.clone()]
}

/// Name and secret are form-encoded first (RFC 6749, section 2.3.1).
fn basic(credentials: &ClientCredentials) -> String {
    let (name, secret) = (encoded(&credentials.client_id), encoded(&credentials.client_secret));
    basic_authorization(name.as_bytes(), secret.as_bytes())
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn credentials(proof: ClientProof) -> ClientCredentials {
        ClientCredentials {
            token_url: "https://auth.example/token".into(),
            client_id: "a:b".into(),
            client_secret: "c d&é".into(),
            proof,
            scopes: vec!["read".into(), "write".into()],
            extra_params: BTreeMap::from([("audience".into(), "https://x.example/?a=b".into())]),
            extra_headers: BTreeMap::from([
                ("x-tenant".into(), "7".into()),
                ("accept".into(), "text/html".into()),
            ]),
        }
    }

    #[test]
    fn basic_stands_in_a_header_encoded_twice() {
        let headers = headers_of(&credentials(ClientProof::Basic));
        let expected = format!("Basic {}", STANDARD.encode("a%3Ab:c+d%26%C3%A9"));
        assert_eq!(headers[AUTHORIZATION], expected);
        assert!(headers[AUTHORIZATION].is_sensitive());
        let body = body_of(&credentials(ClientProof::Basic));
        let audience = "audience=https%3A%2F%2Fx.example%2F%3Fa%3Db";
        assert_eq!(body, format!("grant_type=client_credentials&scope=read+write&{audience}"));
    }

    #[test]
    fn the_secret_is_known_in_every_form_in_which_it_goes_out() {
        let credentials = credentials(ClientProof::Basic);
        let (header, body) = (
            headers_of(&credentials),
            body_of(&ClientCredentials { proof: ClientProof::Post, ..credentials.clone() }),
        );
        let [in_header, in_body, plain] = secrets_of(&credentials);
        let header = header[AUTHORIZATION].to_str().expect("base64 is ASCII");
        assert_eq!(header.strip_prefix("Basic "), Some(in_header.as_str()));
        assert!(body.contains(&in_body));
        assert_eq!(plain, "c d&é");
    }

    #[test]
    fn post_stands_in_the_body_alone() {
        let credentials = ClientCredentials { scopes: Vec::new(), ..credentials(ClientProof::Post) };
        assert!(!headers_of(&credentials).contains_key(AUTHORIZATION));
        let body = body_of(&credentials);
        let expected = "grant_type=client_credentials&client_id=a%3Ab&client_secret=c+d%26%C3%A9&audience=";
        assert!(body.starts_with(expected), "{body}");
    }

    #[test]
    fn extra_headers_never_win_over_ours() {
        let headers = headers_of(&credentials(ClientProof::Basic));
        assert_eq!(
            (&headers["x-tenant"], &headers[ACCEPT]),
            (&"7".parse().expect("a value"), &"application/json".parse().expect("a value"))
        );
    }
}
