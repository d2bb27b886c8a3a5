//! A payload that comes as text: published clients' helpers for raw payloads put it into `transformationsParams` and
//! leave the payload empty. The text is what is stored, signed and sent, byte for byte.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::shapes::MessageIn;
use crate::error::{ApiError, ApiResult};

/// The one media type of payloads.
const JSON: &str = "application/json";

/// What clients say of how a payload is to be changed. Nothing is: only a raw payload counts.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransformationsParams {
    /// The payload as text, a JSON object; `payload` has to be `{}` beside it.
    raw_payload: Option<String>,
    /// Only `content-type: application/json` may be said.
    headers: Option<BTreeMap<String, String>>,
}

impl MessageIn<'_> {
    /// The raw payload, where there is one.
    ///
    /// # Errors
    /// Where it is not the text of a JSON object, or something else is asked for beside it.
    pub(crate) fn raw_payload(&self) -> ApiResult<Option<&RawValue>> {
        let Some(params) = &self.transformations_params else {
            return Ok(None);
        };
        let is_json = |(name, value): (&String, &String)| {
            name.eq_ignore_ascii_case("content-type") && value.eq_ignore_ascii_case(JSON)
        };
        if !params.headers.iter().flatten().all(is_json) {
            return Err(refused("headers", "must be none but content-type: application/json"));
        }
        let Some(text) = &params.raw_payload else {
            return Ok(None);
        };
        let written = self.payload.get().bytes().filter(|byte| !byte.is_ascii_whitespace());
        if !written.eq(*b"{}") {
            let loc = vec!["body".to_owned(), "payload".to_owned()];
            return Err(ApiError::refused(loc, "must be {} beside a rawPayload", "value_error"));
        }
        let payload: &RawValue = serde_json::from_str(text)
            .map_err(|error| refused("rawPayload", &format!("must be the text of a JSON object: {error}")))?;
        if !payload.get().starts_with('{') {
            return Err(refused("rawPayload", "must be the text of a JSON object"));
        }
        Ok(Some(payload))
    }
}

fn refused(field: &str, sentence: &str) -> ApiError {
    let loc = ["body", "transformationsParams", field].map(str::to_owned).to_vec();
    ApiError::refused(loc, sentence, "value_error")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: &str) -> Result<String, String> {
        let message = format!(r#"{{"eventType":"a.b","payload":{{}},"transformationsParams":{params}}}"#);
        let message: MessageIn<'_> = serde_json::from_str(&message).expect("a good message");
        let raw = message.raw_payload().map_err(|error| error.as_line().1)?;
        Ok(raw.map(|raw| raw.get().to_owned()).unwrap_or_default())
    }

    #[test]
    fn the_text_of_an_object_is_taken_as_it_is() {
        for params in ["null", "{}", r#"{"rawPayload":null}"#, r#"{"anything":1}"#] {
            assert_eq!(read(params), Ok(String::new()), "{params}");
        }
        assert_eq!(read(r#"{"rawPayload":" {\"a\" : 1.50}\n"}"#), Ok(r#"{"a" : 1.50}"#.to_owned()));
        let with_type = r#"{"rawPayload":"{}","headers":{"Content-Type":"application/json"}}"#;
        assert_eq!(read(with_type), Ok("{}".to_owned()));
    }

    #[test]
    fn all_else_is_refused_with_the_reason() {
        for (params, word) in [
            (r#"{"rawPayload":"[]"}"#, "JSON object"),
            (r#"{"rawPayload":""}"#, "EOF"),
            (r#"{"rawPayload":"{} {}"}"#, "trailing"),
            (r#"{"rawPayload":"<a/>","headers":{"content-type":"text/xml"}}"#, "content-type"),
            (r#"{"rawPayload":"{}","headers":{"x-own":"1"}}"#, "content-type"),
            (r#"{"headers":{"content-type":"text/xml"}}"#, "content-type"),
        ] {
            let told = read(params).expect_err("it is refused");
            assert!(told.contains(word), "{params}: {told}");
        }
    }
}
