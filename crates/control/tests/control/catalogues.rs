//! Catalogues that come in as documents and go out as one.

use serde_json::{Value, json};
use wirepost_control::catalogue::{Catalogue, ImportMode, ImportReport};
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_store::event_types::EventTypes;

use crate::rig::Rig;

async fn import(rig: &Rig, document: &Value, mode: ImportMode) -> ImportReport {
    let catalogue = Catalogue::from_document(document).expect("a good document");
    rig.control.import_catalogue(rig.caller(), catalogue, mode).await.expect("the organisation may")
}

async fn stored(rig: &Rig, name: &str) -> EventType {
    let name = EventTypeName::parse(name).expect("a good name");
    rig.store.find_event_type(&name).await.expect("it is stored")
}

fn names(event_types: &[EventType]) -> Vec<&str> {
    event_types.iter().map(|event_type| event_type.name.as_str()).collect()
}

fn webhook(schema: &Value) -> Value {
    let body = json!({"content": {"application/json": {"schema": schema}}});
    json!({"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}})
}

fn openapi(webhooks: &Value) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": webhooks})
}

#[tokio::test]
async fn the_dam_catalogue_goes_out_and_comes_in_again_without_a_change() {
    let rig = Rig::start();
    let catalogue = Catalogue::dam().expect("the data is good");
    let first = rig.control.import_catalogue(rig.caller(), catalogue.clone(), ImportMode::default()).await;
    assert_eq!(first.map(|report| report.added.len()), Ok(64));
    let again = rig.control.import_catalogue(rig.caller(), catalogue.clone(), ImportMode::default()).await;
    assert_eq!(again.map(|report| report.unchanged.len()), Ok(64));

    let exported = rig.control.export_catalogue(rig.caller()).await.expect("the store is well");
    assert_eq!(exported, catalogue.to_openapi());
    let mode = ImportMode { replace_all: true, ..ImportMode::default() };
    let report = import(&rig, &exported, mode).await;
    assert_eq!((report.written().len(), report.unchanged.len()), (0, 64));
    let described = stored(&rig, "asset.created").await;
    assert_eq!(described.group_name.as_deref(), Some("Assets"));
}

#[tokio::test]
async fn whatever_an_event_type_has_survives_the_way_out_and_in() {
    let rig = Rig::start();
    let tree = json!({"type": "object", "properties": {"child": {"$ref": "#"}, "leaf": {"$ref": "#/$defs/leaf"}},
        "$defs": {"leaf": {"const": {"$ref": "#"}}}});
    let list = json!([
        {"name": "a.full", "description": "", "deprecated": true, "featureFlag": "beta", "groupName": "Two words",
         "payloadValidation": "enforce", "schemas": {"1": {"type": "object"}, "12": tree, "3": true}},
        {"name": "a.recursive", "description": "A \"tree\"", "schemas": {"1": tree}},
        {"name": "a.bare"},
        {"name": "a.addressed", "schemas": {"1": {"$id": "urn:own", "$ref": "#/$defs/x", "$defs": {"x": {}}}}},
        {"name": "a.empty", "schemas": {}},
    ]);
    assert_eq!(import(&rig, &list, ImportMode::default()).await.added.len(), 5);
    let exported = rig.control.export_catalogue(rig.caller()).await.expect("the store is well");
    let at = "/webhooks/a.recursive/post/requestBody/content/application~1json/schema";
    let child = exported.pointer(&format!("{at}/properties/child/$ref"));
    assert_eq!(child, Some(&json!(format!("#{at}"))), "in a document it points from the root");
    let report = import(&rig, &exported, ImportMode::default()).await;
    assert_eq!((names(&report.changed), report.unchanged.len()), (vec![], 5));

    let other = Rig::start();
    import(&other, &exported, ImportMode::default()).await;
    for name in ["a.full", "a.recursive", "a.bare", "a.addressed", "a.empty"] {
        assert_eq!(stored(&other, name).await, stored(&rig, name).await, "{name}");
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_says_what_would_be() {
    let rig = Rig::start();
    let first = json!([{"name": "a.same"}, {"name": "a.other"}, {"name": "a.left"}, {"name": "a.hidden"}]);
    import(&rig, &first, ImportMode::default()).await;
    import(&rig, &json!([{"name": "a.hidden", "archived": true}]), ImportMode::default()).await;
    let second =
        json!({"data": [{"name": "a.same"}, {"name": "a.other", "description": "x"}, {"name": "a.new"}]});
    let mode = ImportMode { dry_run: true, replace_all: true };
    let would = import(&rig, &second, mode).await;
    assert_eq!(names(&would.added), ["a.new"]);
    assert_eq!((names(&would.changed), names(&would.archived)), (vec!["a.other"], vec!["a.left"]));
    assert_eq!(would.unchanged.iter().map(EventTypeName::as_str).collect::<Vec<_>>(), ["a.same"]);
    assert!(!stored(&rig, "a.left").await.archived);

    let does = import(&rig, &second, ImportMode { dry_run: false, ..mode }).await;
    assert_eq!(does, would);
    assert!(stored(&rig, "a.left").await.archived);
    assert_eq!(stored(&rig, "a.other").await.description, "x");
    let back = import(&rig, &json!([{"name": "a.left"}]), ImportMode::default()).await;
    assert_eq!(names(&back.changed), ["a.left"], "what was archived comes back");
}

#[tokio::test]
async fn a_schema_brings_along_what_it_refers_to() {
    let rig = Rig::start();
    let mut document = openapi(&json!({"pet.new": {"$ref": "#/components/pathItems/pet"}}));
    document["components"] = json!({
        "pathItems": {"pet": webhook(&json!({"$ref": "#/components/schemas/Pet"}))},
        "schemas": {
            "Pet": {"required": ["owner"], "properties": {"owner": {"$ref": "#/components/schemas/Owner"}}},
            "Owner": {"properties": {"pets": {"items": {"$ref": "#/components/schemas/Pet"}}, "name": {"type": "string"}}},
            "Unused": {},
        },
    });
    import(&rig, &document, ImportMode::default()).await;
    let schema = stored(&rig, "pet.new").await.newest_schema().cloned().expect("it has one");
    assert_eq!(schema["$ref"], "#/$defs/Pet");
    let brought: Vec<_> = schema["$defs"].as_object().expect("there are some").keys().cloned().collect();
    assert_eq!(brought, ["Owner", "Pet"]);
    let exported = rig.control.export_catalogue(rig.caller()).await.expect("the store is well");
    assert_eq!(import(&rig, &exported, ImportMode::default()).await.unchanged.len(), 1);
}

#[tokio::test]
async fn what_a_document_does_not_say_stays() {
    let rig = Rig::start();
    let full = json!([{"name": "a.b", "description": "kept", "groupName": "G", "payloadValidation": "warn",
        "featureFlag": "beta", "schemas": {"1": {"examples": [{}]}}}]);
    import(&rig, &full, ImportMode::default()).await;
    let bare = openapi(&json!({"a.b": {"post": {"tags": ["Pets & co"], "responses": {}}}}));
    let report = import(&rig, &bare, ImportMode::default()).await;
    assert_eq!(report.unchanged.len(), 1);
    assert_eq!(stored(&rig, "a.b").await.payload_validation, PayloadValidation::Warn);
}

#[tokio::test]
async fn yaml_is_read_and_examples_beside_a_schema_are_kept() {
    let rig = Rig::start();
    let text = "openapi: 3.1.0\nx-webhooks:\n  pet.new:\n    post:\n      summary: A pet\n      requestBody:\n        \
                content:\n          application/json:\n            schema: {type: object}\n            example: {id: 7}\n";
    let catalogue = Catalogue::parse(text).expect("good YAML");
    rig.control.import_catalogue(rig.caller(), catalogue, ImportMode::default()).await.expect("it is taken");
    let event_type = stored(&rig, "pet.new").await;
    assert_eq!((event_type.description.as_str(), event_type.example()), ("A pet", Some(&json!({"id": 7}))));
}

#[test]
fn a_yaml_document_cannot_grow_without_bound() {
    let mut text = "openapi: 3.1.0\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let item = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![item; 9].join(", "));
    }
    assert!(Catalogue::parse(&text).is_err());
    assert!(Catalogue::parse(&"[".repeat(100_000)).is_err());
    assert!(Catalogue::parse(&format!("a: {}", "[".repeat(100_000))).is_err());
}

#[test]
fn bad_documents_are_refused_at_their_place() {
    let schema_at = "post.requestBody";
    for (document, place) in [
        (json!({}), ""),
        (json!("text"), ""),
        (json!({"data": {}}), "data"),
        (json!([{"description": "x"}]), "0"),
        (json!({"data": [{"name": "a.b"}, {"name": "a b"}]}), "data.1.name"),
        (json!([{"name": "a.b"}, {"name": "a.b"}]), "1"),
        (json!([{"name": "a.b", "schemas": {"1": {"type": "text"}}}]), "0.schemas.1.type"),
        (json!([{"name": "a.b", "payloadValidation": "sometimes"}]), "0"),
        (json!({"swagger": "2.0"}), "openapi"),
        (json!({"openapi": "3.1.0"}), "webhooks"),
        (json!({"openapi": "3.1.0", "x-webhooks": []}), "x-webhooks"),
        (openapi(&json!({"a b": webhook(&json!({}))})), "webhooks.a b.name"),
        (openapi(&json!({"a.b": {}})), "webhooks.a.b.post"),
        (openapi(&json!({"a.b": {"$ref": "#/components/pathItems/x"}})), "webhooks.a.b.$ref"),
        (openapi(&json!({"a.b": {"$ref": "#/webhooks/a.b"}})), "webhooks.a.b.$ref"),
        (openapi(&json!({"a.b": webhook(&json!({"type": "text"}))})), "webhooks.a.b.schemas.1.type"),
        (
            openapi(&json!({"a.b": webhook(&json!({"$ref": "https://example.com/x"}))})),
            "webhooks.a.b.schemas.1",
        ),
        (
            openapi(&json!({"a.b": webhook(&json!({"$ref": "#/components/schemas/x"}))})),
            "webhooks.a.b.post.#/components/schemas/x",
        ),
        (
            openapi(&json!({"a.b": {"post": {"x-payload-validation": "no"}}})),
            "webhooks.a.b.post.x-payload-validation",
        ),
    ] {
        let fault = Catalogue::from_document(&document).expect_err(schema_at);
        assert_eq!(fault.place.join("."), place, "{document}: {fault}");
    }
}
