//! Fields that have to be JSON objects: serde would take a list of the right length for one, its fields in order.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

struct ObjectVisitor<T>(PhantomData<T>);

/// Reads an object, or `null`. To be used with `#[serde(default)]`, so that the field may be absent.
///
/// # Errors
/// For all else.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<M: MapAccess<'de>>(self, fields: M) -> Result<Self::Value, M::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        a: Option<u8>,
        b: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(default, deserialize_with = "object")]
        inner: Option<Inner>,
    }

    #[test]
    fn a_list_is_no_object() {
        let read = |json: &str| serde_json::from_str::<Outer>(json).map(|outer| outer.inner);
        for none in ["{}", r#"{"inner":null}"#] {
            assert_eq!(read(none).expect("none is fine"), None);
        }
        let inner = read(r#"{"inner":{"b":1}}"#).expect("an object is fine");
        assert_eq!(inner, Some(Inner { a: None, b: Some(1) }));
        for other in ["[null,1]", "[]", "1", r#""a""#, "true"] {
            let refusal = read(&format!(r#"{{"inner":{other}}}"#)).expect_err("it is no object");
            assert!(refusal.to_string().contains("expected an object"), "{other}: {refusal}");
        }
    }
}
