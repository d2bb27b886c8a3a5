//! The one cookie: what a person's browser shows. RFC 6265bis.

use http::{HeaderMap, HeaderValue, header};

use crate::settings::UiSettings;

/// Over TLS the name itself forbids other hosts and paths to set it.
const SECURE_NAME: &str = "__Host-wirepost";
const PLAIN_NAME: &str = "wirepost";

/// The secret in the cookie that came with a request.
pub(crate) fn shown_secret(headers: &HeaderMap, settings: &UiSettings) -> Option<String> {
    let wanted = name(settings);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// Sets the cookie for so many seconds.
pub(crate) fn with_secret(secret: &str, seconds: u64, settings: &UiSettings) -> HeaderValue {
    cookie(secret, seconds, settings)
}

/// Takes the cookie back.
pub(crate) fn without_secret(settings: &UiSettings) -> HeaderValue {
    cookie("", 0, settings)
}

fn cookie(secret: &str, seconds: u64, settings: &UiSettings) -> HeaderValue {
    // Inside a page of another origin the cookie must be allowed to come along; it then belongs to that page alone.
    let place = match (settings.over_tls(), settings.is_embedded()) {
        (true, true) => "Secure; SameSite=None; Partitioned",
        (true, false) => "Secure; SameSite=Lax",
        (false, _) => "SameSite=Lax",
    };
    let text = format!("{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; {place}", name(settings));
    HeaderValue::try_from(text).expect("secrets are made of hexadecimal digits")
}

fn name(settings: &UiSettings) -> &'static str {
    if settings.over_tls() { SECURE_NAME } else { PLAIN_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public_url: &str, frame_ancestors: &[&str]) -> UiSettings {
        UiSettings {
            public_url: public_url.to_owned(),
            frame_ancestors: frame_ancestors.iter().map(|&origin| origin.to_owned()).collect(),
            ..UiSettings::default()
        }
    }

    #[test]
    fn over_tls_the_cookie_is_secure_and_bound_to_the_host() {
        let set = with_secret("abc", 60, &settings("https://hooks.example.com", &[]));
        assert_eq!(set, "__Host-wirepost=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax");
        let embedded =
            with_secret("abc", 60, &settings("https://hooks.example.com", &["https://dam.example.com"]));
        assert!(embedded.to_str().is_ok_and(|text| text.ends_with("Secure; SameSite=None; Partitioned")));
    }

    #[test]
    fn it_is_found_among_others() {
        let settings = settings("http://127.0.0.1", &[]);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; wirepost=abc; b=2"));
        assert_eq!(shown_secret(&headers, &settings).as_deref(), Some("abc"));
        headers.insert(header::COOKIE, HeaderValue::from_static("wirepost="));
        assert_eq!(shown_secret(&headers, &settings), None);
    }
}
