//! What one operation is: its place, what it reads, what it answers. Written beside the handler, in its file; the
//! shapes come from the types that the handler reads and writes.

use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::query::QueryParameter;
use crate::error::{ErrorOut, RefusalOut};

/// Gives the schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One operation of the API.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) needs_token: bool,
    /// Every refusal is `{code, detail}`, and a refused value is a bad request.
    pub(crate) plain_words: bool,
    pub(crate) query: Vec<QueryParameter>,
    pub(crate) request: Option<RequestShape>,
    pub(crate) answers: Vec<AnswerShape>,
}

/// The body that an operation reads.
pub(crate) struct RequestShape {
    pub(crate) media_type: &'static str,
    pub(crate) schema: SchemaOf,
    pub(crate) example: Value,
    /// Fields that only this operation cannot do without.
    pub(crate) required: &'static [&'static str],
    /// Whether it may be left out as a whole.
    pub(crate) is_optional: bool,
}

/// One answer that an operation gives.
pub(crate) struct AnswerShape {
    pub(crate) status: StatusCode,
    pub(crate) description: &'static str,
    pub(crate) media_type: &'static str,
    /// None for an answer without a body.
    pub(crate) schema: Option<SchemaOf>,
}

/// The media type of all bodies but batches.
pub(crate) const JSON: &str = "application/json";

impl Operation {
    pub(crate) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(Method::GET, path, id, summary)
    }

    pub(crate) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(Method::POST, path, id, summary)
    }

    pub(crate) fn put(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(Method::PUT, path, id, summary)
    }

    pub(crate) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(Method::PATCH, path, id, summary)
    }

    pub(crate) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(Method::DELETE, path, id, summary)
    }

    fn new(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Self {
        let (query, answers) = (Vec::new(), Vec::new());
        Self {
            method,
            path,
            id,
            summary,
            needs_token: true,
            plain_words: false,
            query,
            request: None,
            answers,
        }
    }

    /// It answers everyone.
    pub(crate) fn without_token(mut self) -> Self {
        self.needs_token = false;
        self
    }

    /// It refuses in the plain words of the face for a digital asset manager's customers.
    pub(crate) fn in_plain_words(mut self) -> Self {
        self.plain_words = true;
        self
    }

    /// It reads this parameter.
    pub(crate) fn query(mut self, parameter: QueryParameter) -> Self {
        self.query.push(parameter);
        self
    }

    /// It reads these parameters.
    pub(crate) fn queries(mut self, parameters: impl IntoIterator<Item = QueryParameter>) -> Self {
        self.query.extend(parameters);
        self
    }

    /// It reads a JSON body of this shape, such as the example.
    pub(crate) fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_as::<T>(JSON, example)
    }

    /// It reads a body of another media type; the shape is that of one of its lines.
    pub(crate) fn takes_as<T: JsonSchema>(mut self, media_type: &'static str, example: Value) -> Self {
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        self.request = Some(RequestShape { media_type, schema, example, required: &[], is_optional: false });
        self
    }

    /// Of the body that it reads, it cannot do without these fields, though other operations can.
    pub(crate) fn requires(mut self, fields: &'static [&'static str]) -> Self {
        self.request = self.request.map(|request| RequestShape { required: fields, ..request });
        self
    }

    /// The body may be left out as a whole.
    pub(crate) fn body_is_optional(mut self) -> Self {
        self.request = self.request.map(|request| RequestShape { is_optional: true, ..request });
        self
    }

    /// It answers with this status and a JSON body of this shape.
    pub(crate) fn answers<T: JsonSchema>(self, status: StatusCode, description: &'static str) -> Self {
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        self.answer(status, description, JSON, Some(schema))
    }

    /// It answers with this status and nothing else.
    pub(crate) fn answers_nothing(self, status: StatusCode, description: &'static str) -> Self {
        self.answer(status, description, JSON, None)
    }

    /// It refuses with this status for this reason, beside what every operation may refuse for.
    pub(crate) fn refuses(self, status: StatusCode, description: &'static str) -> Self {
        self.answers::<ErrorOut>(status, description)
    }

    /// With the answers that follow from what it is.
    pub(crate) fn with_common_answers(mut self) -> Self {
        for (status, description) in self.common_refusals() {
            if self.answers.iter().any(|answer| answer.status == status) {
                continue;
            }
            self = if status == StatusCode::UNPROCESSABLE_ENTITY {
                self.answers::<RefusalOut>(status, description)
            } else {
                self.refuses(status, description)
            };
        }
        self.answers.sort_by_key(|answer| answer.status);
        self
    }

    fn common_refusals(&self) -> Vec<(StatusCode, &'static str)> {
        let mut refusals = vec![
            (StatusCode::INTERNAL_SERVER_ERROR, "A fault of the server"),
            (StatusCode::URI_TOO_LONG, "Path and parameters are longer than they may be"),
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are longer than they may be"),
        ];
        if self.needs_token {
            refusals.extend([
                (StatusCode::UNAUTHORIZED, "The token is missing, unknown or no longer good"),
                (StatusCode::FORBIDDEN, "The token may not do this"),
                (StatusCode::TOO_MANY_REQUESTS, "Too many requests; Retry-After says when it is enough"),
                (StatusCode::SERVICE_UNAVAILABLE, "The database is away; ask again"),
            ]);
        }
        if self.path.contains('{') {
            refusals.push((StatusCode::NOT_FOUND, "No such thing, or none that the token may see"));
        }
        let (reads_body, reads_query) = (self.request.is_some(), !self.query.is_empty());
        if reads_body || reads_query {
            refusals
                .push((StatusCode::BAD_REQUEST, "The request cannot be read, or not be done as it stands"));
        }
        if reads_body {
            refusals.push((StatusCode::REQUEST_TIMEOUT, "The body did not come in time"));
        }
        if self.plain_words {
            return refusals;
        }
        if reads_body {
            refusals.push((StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than it may be"));
        }
        if self.method == Method::POST {
            refusals.push((StatusCode::CONFLICT, "The idempotency key came with another request before"));
        }
        if reads_body || reads_query || self.method == Method::POST {
            refusals.push((StatusCode::UNPROCESSABLE_ENTITY, "A value was refused; it says which"));
        }
        refusals
    }

    fn answer(
        mut self,
        status: StatusCode,
        description: &'static str,
        media_type: &'static str,
        schema: Option<SchemaOf>,
    ) -> Self {
        self.answers.push(AnswerShape { status, description, media_type, schema });
        self
    }
}
