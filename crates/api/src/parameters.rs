//! The query of a request. What cannot be read is a bad request; what can be read but is out of bounds is a
//! refused value. Unknown parameters are ignored.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use http::request::Parts;
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::timestamp::Timestamp;

use crate::error::{ApiError, ApiResult};
use crate::settings::ApiState;

/// Which page of a list is wanted.
pub(crate) const ITERATOR: &str = "iterator";

/// Names and values, in order.
pub(crate) struct Parameters(Vec<(String, String)>);

impl FromRequestParts<ApiState> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> ApiResult<Self> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Parameters {
    /// Reads a query. A parameter without a name or a value is a mistake of who wrote it, but for those that clients
    /// send empty where they have nothing to say.
    pub(crate) fn parse(query: &str) -> ApiResult<Self> {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        match pairs.iter().find(|(name, value)| name.is_empty() || (value.is_empty() && !may_be_empty(name)))
        {
            None => Ok(Self(pairs)),
            Some((name, _)) if name.is_empty() => {
                Err(ApiError::unreadable_query("a parameter must have a name"))
            }
            Some((name, _)) => Err(ApiError::unreadable_parameter(name, "must not be empty")),
        }
    }

    /// A text, as it was written.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str, otherwise: bool) -> ApiResult<bool> {
        match self.text(name) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(ApiError::unreadable_parameter(name, "must be true or false")),
        }
    }

    pub(crate) fn number(&self, name: &str) -> ApiResult<Option<u64>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let unreadable = |_| ApiError::unreadable_parameter(name, "must be a whole number");
        text.parse().map(Some).map_err(unreadable)
    }

    pub(crate) fn instant(&self, name: &str) -> ApiResult<Option<Timestamp>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        // A plus sign that nobody escaped arrives as a blank.
        let text = if text.contains(' ') { Cow::from(text.replace(' ', "+")) } else { Cow::from(text) };
        let unreadable =
            |invalid: wirepost_model::invalid::Invalid| ApiError::unreadable_parameter(name, &invalid.reason);
        Timestamp::parse(&text).map(Some).map_err(unreadable)
    }

    pub(crate) fn channel(&self) -> ApiResult<Option<Channel>> {
        let refused = |invalid| refusal("channel", &invalid);
        self.text("channel").map(Channel::parse).transpose().map_err(refused)
    }

    /// `event_types=a,b`, `event_types[]=a`, `event_types[0]=a`, each as often as wanted.
    pub(crate) fn event_types(&self) -> ApiResult<Vec<EventTypeName>> {
        let lists = self.0.iter().filter(|(name, _)| is_list(name));
        let mut names = lists
            .filter(|(_, value)| !value.is_empty())
            .flat_map(|(_, value)| value.split(','))
            .map(EventTypeName::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|invalid| refusal("event_types", &invalid))?;
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Whether this names a list of event types.
fn is_list(name: &str) -> bool {
    let rest = name.strip_prefix("event_types");
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']')))
}

/// Clients write a list without anything in it as an empty value, and the iterator of a first page too.
fn may_be_empty(name: &str) -> bool {
    name == ITERATOR || is_list(name)
}

fn refusal(name: &str, invalid: &wirepost_model::invalid::Invalid) -> ApiError {
    ApiError::refused_parameter(name, invalid.reason.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Parameters {
        Parameters::parse(query).expect("a good query")
    }

    #[test]
    fn event_types_come_in_every_spelling() {
        for query in [
            "event_types=a,b",
            "event_types=b&event_types=a",
            "event_types[]=a&event_types[]=b",
            "event_types%5B0%5D=a&event_types%5B1%5D=b",
            "event_types=a%2Cb",
        ] {
            let names = read(query).event_types().expect("good names");
            assert_eq!(names.iter().map(EventTypeName::as_str).collect::<Vec<_>>(), ["a", "b"], "{query}");
        }
        for none in ["event_typesx=a", "event_types=", "event_types[]="] {
            assert!(read(none).event_types().expect("no names").is_empty(), "{none}");
        }
        for bad in ["event_types=a%20b", "event_types=a,", "event_types=,"] {
            assert!(read(bad).event_types().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_offset_may_have_lost_its_plus_sign() {
        let expected = Timestamp::parse("2026-01-31T12:00:00+01:00").ok();
        for query in ["t=2026-01-31T12:00:00+01:00", "t=2026-01-31T12:00:00%2B01:00"] {
            assert_eq!(read(query).instant("t").expect("a good instant"), expected);
        }
        assert!(read("t=yesterday").instant("t").is_err());
    }

    #[test]
    fn what_has_no_name_or_no_value_is_a_bad_request() {
        for query in ["limit=", "limit", "unknown=", "=5", "limit=5&=", "event_typesx="] {
            assert!(Parameters::parse(query).is_err(), "{query}");
        }
        for query in ["", "&", "limit=5&", "unknown=%20", "iterator=", "event_types[0]="] {
            assert!(Parameters::parse(query).is_ok(), "{query}");
        }
    }
}
