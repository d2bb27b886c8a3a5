//! Event types through the published client.

use serde_json::json;
use svix::api::{EventTypeDeleteOptions, EventTypeListOptions};
use svix::models::{EventTypeImportOpenApiIn, EventTypeIn, EventTypeUpsertIn};

use super::{Setting, part, status_of};

const NAME: &str = "asset.created";

#[tokio::test]
async fn an_event_type_is_made_found_and_changed() {
    let setting = Setting::start().await;
    let event_types = setting.svix.event_type();
    let schemas = json!({"1": {"type": "object", "examples": [{"id": 1}]}});
    let wanted = EventTypeIn {
        schemas: Some(schemas.clone()),
        group_name: Some("asset".to_owned()),
        ..EventTypeIn::new(NAME.to_owned(), "An asset was created".to_owned())
    };
    let made = event_types.create(wanted.clone(), None).await.expect("created");
    assert_eq!((made.schemas, made.group_name.as_deref()), (Some(schemas), Some("asset")));
    assert_eq!(status_of(event_types.create(wanted, None).await), 409);
    let patch = part(json!({"description": "Patched"}));
    let patched = event_types.patch(NAME.to_owned(), patch).await.expect("patched");
    assert_eq!((patched.description.as_str(), patched.schemas.is_some()), ("Patched", true));
    let put = EventTypeUpsertIn { deprecated: Some(true), ..EventTypeUpsertIn::new("Put".to_owned()) };
    event_types.upsert("asset.deleted".to_owned(), put).await.expect("put");
    let found = event_types.get("asset.deleted".to_owned()).await.expect("found");
    assert_eq!((found.description.as_str(), found.deprecated), ("Put", true));
    assert_eq!(status_of(event_types.get("nobody.knows".to_owned()).await), 404);
}

#[tokio::test]
async fn a_deleted_event_type_is_archived_and_an_expunged_one_is_gone() {
    let setting = Setting::start().await;
    setting.event_type(NAME, json!({"1": {"type": "object"}})).await;
    let event_types = setting.svix.event_type();
    let is_listed = async |include_archived| {
        let options = EventTypeListOptions {
            include_archived: Some(include_archived),
            with_content: Some(true),
            ..EventTypeListOptions::default()
        };
        let listed = event_types.list(Some(options)).await.expect("a list");
        listed.data.iter().any(|one| one.name == NAME && one.schemas.is_some())
    };
    assert!(is_listed(false).await);
    event_types.delete(NAME.to_owned(), None).await.expect("archived");
    assert!(!is_listed(false).await && is_listed(true).await);
    let expunge = EventTypeDeleteOptions { expunge: Some(true) };
    event_types.delete(NAME.to_owned(), Some(expunge)).await.expect("removed");
    assert!(!is_listed(true).await);
}

#[tokio::test]
async fn event_types_are_imported_after_a_look_at_what_would_change() {
    let setting = Setting::start().await;
    let event_types = setting.svix.event_type();
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let body = json!({"required": true, "content": {"application/json": {"schema": schema.clone()}}});
    let answers = json!({"2XX": {"description": "taken"}});
    let spec = json!({
        "openapi": "3.1.0",
        "info": {"title": "Events", "version": "1"},
        "webhooks": {NAME: {"post": {"summary": "of this test", "requestBody": body, "responses": answers}}},
    });
    let import = async |dry_run| {
        let wanted = EventTypeImportOpenApiIn {
            dry_run: Some(dry_run),
            spec: Some(spec.clone()),
            ..EventTypeImportOpenApiIn::default()
        };
        event_types.import_openapi(wanted, None).await.expect("imported").data
    };
    let planned = import(true).await.to_modify.expect("a dry run says what would change");
    assert_eq!((planned.len(), planned[0].name.as_str()), (1, NAME));
    assert_eq!(status_of(event_types.get(NAME.to_owned()).await), 404);
    assert_eq!(import(false).await.modified, [NAME]);
    let found = event_types.get(NAME.to_owned()).await.expect("found").schemas.expect("a schema");
    assert_eq!(found["1"]["properties"], schema["properties"]);
}
