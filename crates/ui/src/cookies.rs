//! The two cookies: what a person's browser shows to be known, and, while it signs in elsewhere, what it shows when
//! it comes back. RFC 6265bis.

use http::{HeaderMap, HeaderValue, header};

use crate::settings::UiSettings;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be known.
    Session,
    /// To come back from another sign-in.
    WayBack,
}

/// The secret of a person's session that came with a request.
pub(crate) fn shown_secret(headers: &HeaderMap, settings: &UiSettings) -> Option<String> {
    shown(headers, Purpose::Session, settings)
}

/// What came with a request in the cookie for this.
pub(crate) fn shown(headers: &HeaderMap, purpose: Purpose, settings: &UiSettings) -> Option<String> {
    let wanted = name(purpose, settings);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// Sets a cookie for so many seconds. The value is made of letters, digits, `_`, `-` and `.`.
pub(crate) fn set(purpose: Purpose, value: &str, seconds: u64, settings: &UiSettings) -> HeaderValue {
    // Inside a page of another origin the cookie must be allowed to come along; it then belongs to that page alone.
    let place = match (settings.over_tls(), settings.is_embedded()) {
        (true, true) => "Secure; SameSite=None; Partitioned",
        (true, false) => "Secure; SameSite=Lax",
        (false, _) => "SameSite=Lax",
    };
    let name = name(purpose, settings);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; {place}");
    HeaderValue::try_from(text).expect("values are made of visible ASCII")
}

/// Takes a cookie back.
pub(crate) fn take_back(purpose: Purpose, settings: &UiSettings) -> HeaderValue {
    set(purpose, "", 0, settings)
}

/// Over TLS the name itself forbids other hosts and paths to set it.
fn name(purpose: Purpose, settings: &UiSettings) -> &'static str {
    match (purpose, settings.over_tls()) {
        (Purpose::Session, true) => "__Host-wirepost",
        (Purpose::Session, false) => "wirepost",
        (Purpose::WayBack, true) => "__Host-wirepost-way-back",
        (Purpose::WayBack, false) => "wirepost-way-back",
    }
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
        let alone = set(Purpose::Session, "abc", 60, &settings("https://hooks.example.com", &[]));
        assert_eq!(alone, "__Host-wirepost=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax");
        let inside = settings("https://hooks.example.com", &["https://dam.example.com"]);
        let embedded = set(Purpose::Session, "abc", 60, &inside);
        assert!(embedded.to_str().is_ok_and(|text| text.ends_with("Secure; SameSite=None; Partitioned")));
    }

    #[test]
    fn without_tls_it_is_kept_from_other_sites_all_the_same() {
        let plain = settings("http://127.0.0.1:8071", &["http://127.0.0.1:9000"]);
        let set = take_back(Purpose::WayBack, &plain);
        assert_eq!(set, "wirepost-way-back=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn it_is_found_among_others() {
        let settings = settings("http://127.0.0.1", &[]);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; wirepost=abc; b=2"));
        assert_eq!(shown_secret(&headers, &settings).as_deref(), Some("abc"));
        assert_eq!(shown(&headers, Purpose::WayBack, &settings), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("wirepost="));
        assert_eq!(shown_secret(&headers, &settings), None);
    }
}
