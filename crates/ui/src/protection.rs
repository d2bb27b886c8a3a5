//! What browsers are told about every page, and which forms are refused before anything looks at them.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::fault::Fault;
use crate::state::UiState;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What the paths of the organisation's own pages begin with.
const OF_ORGANISATION: [&str; 4] = ["apps", "catalog", "tokens", "server"];

/// Puts on every answer what keeps a page from being misused.
pub(crate) async fn protect(State(state): State<UiState>, request: Request, next: Next) -> Response {
    // A page around them could have an operator press what ends an app or a token; customers need none of them.
    let is_framed = state.settings.is_embedded() && !is_of_organisation(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let origins = if is_framed { state.settings.frame_ancestors.join(" ") } else { "'none'".to_owned() };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {origins}"
    );
    let policy = HeaderValue::try_from(policy).expect("the settings were checked for what a header may hold");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS,
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"),
    );
    headers.insert(OPENER, HeaderValue::from_static("same-origin"));
    if !is_framed {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    // Pages show customers' affairs; what never changes says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_of_organisation(path: &str) -> bool {
    path.split('/').nth(1).is_some_and(|first| OF_ORGANISATION.contains(&first))
}

/// Lets nothing be changed from another site's page, signed in or not.
pub(crate) async fn refuse_foreign_posts(request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_foreign(request.headers()) {
        return Fault::forbidden("This form was sent from another site's page.").into_response();
    }
    next.run(request).await
}

/// Browsers say where a request comes from in one header or the other; programs that say nothing have no cookies
/// that were not given to them.
fn is_foreign(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| origin.split_once("://").map(|(_, rest)| rest) != host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn pages_of_the_organisation_are_known_by_their_paths() {
        for path in ["/apps", "/apps/app_1/delete", "/tokens/new", "/server", "/catalog/-new"] {
            assert!(is_of_organisation(path), "{path}");
        }
        for path in ["/", "/login", "/app-portal/login", "/app/app_1/catalog", "/app/tokens", "/ui/logo"] {
            assert!(!is_of_organisation(path), "{path}");
        }
    }

    #[test]
    fn what_another_site_sends_is_foreign() {
        assert!(is_foreign(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_foreign(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(is_foreign(&headers(&[("host", "a.example"), ("origin", "https://b.example")])));
        assert!(is_foreign(&headers(&[("host", "a.example"), ("origin", "null")])));
        assert!(!is_foreign(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_foreign(&headers(&[("host", "a.example"), ("origin", "https://a.example")])));
        assert!(!is_foreign(&headers(&[("host", "a.example")])));
    }
}
