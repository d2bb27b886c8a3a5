//! Event types on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wirepost_control::ControlError;
use wirepost_control::change::Change;
use wirepost_control::event_types::EventTypeChanges;
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::timestamp::Timestamp;

use crate::error::{ApiError, ApiResult};

/// An event type as it is sent to us; a path may name it instead.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventTypeIn {
    /// `topic.event`.
    #[schemars(with = "Option<EventTypeName>")]
    name: Option<String>,
    /// Shown to people.
    description: String,
    /// Whether it is no longer offered.
    archived: Option<bool>,
    /// Whether it is better not used.
    deprecated: Option<bool>,
    /// JSON Schemas by version.
    #[schemars(with = "Option<Map<String, Value>>")]
    schemas: Option<Value>,
    /// Hidden from tokens of the app portal that lack this flag.
    feature_flag: Option<String>,
    /// The same as a list of one.
    #[schemars(length(max = 1))]
    feature_flags: Option<Vec<String>>,
    /// What it is listed under.
    group_name: Option<String>,
    /// Whether payloads must fit its newest schema; kept by a replacement that does not speak of it.
    #[serde(default)]
    payload_validation: Change<PayloadValidation>,
}

/// Changes of an event type as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EventTypePatch {
    /// Shown to people.
    description: Change<String>,
    /// Whether it is no longer offered.
    archived: Change<bool>,
    /// Whether it is better not used.
    deprecated: Change<bool>,
    /// JSON Schemas by version.
    #[schemars(with = "Option<Map<String, Value>>")]
    schemas: Change<Option<Value>>,
    /// Hidden from tokens of the app portal that lack this flag.
    feature_flag: Change<Option<String>>,
    /// The same as a list of one.
    #[schemars(length(max = 1))]
    feature_flags: Change<Option<Vec<String>>>,
    /// What it is listed under.
    group_name: Change<Option<String>>,
    /// Whether payloads must fit its newest schema.
    payload_validation: Change<PayloadValidation>,
}

/// An event type as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventTypeOut {
    name: EventTypeName,
    description: String,
    archived: bool,
    deprecated: bool,
    schemas: Option<Value>,
    feature_flag: Option<String>,
    feature_flags: Option<[String; 1]>,
    group_name: Option<String>,
    /// Whether payloads must fit its newest schema; the app may ask for more.
    payload_validation: PayloadValidation,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl EventTypeIn {
    /// The name in the body.
    pub(crate) fn name(&self) -> ApiResult<String> {
        self.name.clone().ok_or_else(|| ApiError::missing_field("name"))
    }

    /// Refuses a body that names another event type than the path does.
    pub(crate) fn must_be(&self, name: &str) -> ApiResult<()> {
        if self.name.as_deref().is_none_or(|own| own == name) {
            return Ok(());
        }
        let loc = vec!["body".to_owned(), "name".to_owned()];
        Err(ApiError::refused(loc, "must be the name in the path", "value_error"))
    }

    pub(crate) fn into_changes(self) -> ApiResult<EventTypeChanges> {
        let flag = self.feature_flag.map(Some).map_or(Change::Keep, Change::Set);
        let feature_flag = flag_of(flag, Change::Set(self.feature_flags))?;
        Ok(EventTypeChanges {
            description: Change::Set(self.description),
            archived: Change::Set(self.archived.unwrap_or_default()),
            deprecated: Change::Set(self.deprecated.unwrap_or_default()),
            schemas: Change::Set(self.schemas),
            feature_flag,
            group_name: Change::Set(self.group_name),
            payload_validation: self.payload_validation,
        })
    }
}

impl EventTypePatch {
    pub(crate) fn into_changes(self) -> ApiResult<EventTypeChanges> {
        Ok(EventTypeChanges {
            feature_flag: flag_of(self.feature_flag, self.feature_flags)?,
            description: self.description,
            archived: self.archived,
            deprecated: self.deprecated,
            schemas: self.schemas,
            group_name: self.group_name,
            payload_validation: self.payload_validation,
        })
    }
}

impl EventTypeOut {
    pub(crate) fn without_schemas(event_type: EventType) -> Self {
        Self { schemas: None, ..Self::from(event_type) }
    }
}

impl From<EventType> for EventTypeOut {
    fn from(event_type: EventType) -> Self {
        Self {
            name: event_type.name,
            description: event_type.description,
            archived: event_type.archived,
            deprecated: event_type.deprecated,
            schemas: event_type.schemas,
            feature_flags: event_type.feature_flag.clone().map(|flag| [flag]),
            feature_flag: event_type.feature_flag,
            group_name: event_type.group_name,
            payload_validation: event_type.payload_validation,
            created_at: event_type.created_at,
            updated_at: event_type.updated_at,
        }
    }
}

/// The one flag, by either of its names.
fn flag_of(
    one: Change<Option<String>>,
    list: Change<Option<Vec<String>>>,
) -> ApiResult<Change<Option<String>>> {
    let only = |list: Option<Vec<String>>| {
        let mut flags = list.unwrap_or_default().into_iter();
        match (flags.next(), flags.next()) {
            (flag, None) => Ok(flag),
            _ => Err(ControlError::body("featureFlags", "must be one flag at most")),
        }
    };
    Ok(one.or(list.try_map(only)?))
}
