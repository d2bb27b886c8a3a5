//! A field of a change: left alone, or set. Tells an absent field from one that is `null`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// What a change says of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// The same about another kind of value, made by a step that may refuse it.
    ///
    /// # Errors
    /// What `turn` refuses with.
    pub fn try_map<U, E>(self, turn: impl FnOnce(T) -> Result<U, E>) -> Result<Change<U>, E> {
        match self {
            Self::Keep => Ok(Change::Keep),
            Self::Set(value) => turn(value).map(Change::Set),
        }
    }

    /// The same about another kind of value.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Set(value) => Change::Set(turn(value)),
        }
    }

    /// This change, or `other` where this one keeps the field.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Keep => other,
            set @ Self::Set(_) => set,
        }
    }

    /// The value that is set, or what `otherwise` gives.
    pub fn unwrap_or_else(self, otherwise: impl FnOnce() -> T) -> T {
        match self {
            Self::Keep => otherwise(),
            Self::Set(value) => value,
        }
    }
}

impl<T: Clone> Change<T> {
    /// Changes the field.
    pub fn apply(&self, field: &mut T) {
        if let Self::Set(value) = self {
            field.clone_from(value);
        }
    }
}

/// To be used with `#[serde(default)]`, so that an absent field is kept.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

/// On the wire it looks like the value; that it may be absent is said where the field stands.
impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Fields {
        #[serde(default)]
        uid: Change<Option<String>>,
    }

    fn read(json: &str) -> Change<Option<String>> {
        serde_json::from_str::<Fields>(json).expect("good JSON").uid
    }

    #[test]
    fn absent_and_null_differ() {
        assert_eq!(read("{}"), Change::Keep);
        assert_eq!(read(r#"{"uid":null}"#), Change::Set(None));
        assert_eq!(read(r#"{"uid":"a"}"#), Change::Set(Some("a".into())));
    }
}
