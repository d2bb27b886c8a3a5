//! What stands behind the `?` of an address; a name may stand there several times.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// The question of a request.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let read = serde_html_form::from_str(parts.uri.query().unwrap_or_default());
        let refusal = |error| Fault::bad_request(format!("This address is not one of ours: {error}."));
        read.map(Self).map_err(refusal)
    }
}

/// The address of a page with a question behind it.
pub(crate) fn address(here: &str, pairs: &[(&'static str, &str)]) -> String {
    match serde_html_form::to_string(pairs) {
        Ok(question) if !question.is_empty() => format!("{here}?{question}"),
        _ => here.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_it_was_given() {
        assert_eq!(address("/a", &[("type", "a.b"), ("find", "x&y")]), "/a?type=a.b&find=x%26y");
        assert_eq!(address("/a", &[]), "/a");
    }
}
