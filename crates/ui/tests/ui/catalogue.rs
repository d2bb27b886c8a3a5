//! The event catalogue, looked at in an app and edited for the organisation.

use serde_json::{Value, json};

use crate::house::House;

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "eventType": {"const": "asset.created"},
            "asset": {"$ref": "#/$defs/asset"},
            "tags": {"type": "array", "items": {"enum": ["new", "old"]}},
        },
        "required": ["asset"],
        "$defs": {"asset": {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}},
        "examples": [{"eventType": "asset.created", "asset": {"id": "a1"}}],
    })
}

async fn described(house: &House) {
    let event_type = json!({
        "name": "asset.created", "description": "An asset <b>came</b>", "groupName": "Assets",
        "schemas": {"1": schema()},
    });
    house.make("/event-type", event_type).await;
}

#[tokio::test]
async fn an_app_sees_the_catalogue_by_group_and_who_hears_of_each() {
    let house = House::open().await;
    described(&house).await;
    house.event_type("user.updated").await;
    let app = house.app("acme").await;
    house.endpoint(&app, "https://all.example.com/hooks").await;
    let one = json!({"url": "https://one.example.com/hooks", "eventTypes": ["user.updated"]});
    house.make(&format!("/app/{app}/endpoint"), one).await;
    let visitor = house.as_visitor(&app, &[]).await;
    let text = visitor.page(&format!("/app/{app}/catalog")).await;
    assert!(text.contains("<h2>Assets</h2>") && text.contains("<h2>user</h2>"), "{text}");
    assert!(text.contains("An asset &#60;b&#62;came&#60;/b&#62;"), "{text}");
    assert!(text.contains("1 endpoint</td>") && text.contains("2 endpoints</td>"), "{text}");
    assert!(!text.contains("/-new") && !text.contains("/-import"), "{text}");
    let found = visitor.page(&format!("/app/{app}/catalog?find=USER+upd")).await;
    assert!(found.contains("user.updated") && !found.contains("asset.created"), "{found}");
    let none = visitor.page(&format!("/app/{app}/catalog?find=nobody")).await;
    assert!(none.contains("Nothing found"), "{none}");
    let heard = visitor.page(&format!("/app/{app}/catalog/asset.created")).await;
    assert!(heard.contains("https://all.example.com/hooks"), "{heard}");
    assert!(!heard.contains("https://one.example.com/hooks"), "{heard}");
}

#[tokio::test]
async fn an_event_type_shows_structure_example_code_and_files() {
    let house = House::open().await;
    described(&house).await;
    let app = house.app("acme").await;
    let visitor = house.as_visitor(&app, &["ViewBase"]).await;
    let path = format!("/app/{app}/catalog/asset.created");
    let text = visitor.page(&path).await;
    for wanted in ["string (uuid)", "array of string", "always asset.created", "one of new, old", "required"]
    {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(text.matches("<details class=\"fold\" name=\"language\"").count(), 8, "{text}");
    let schema = visitor.get(&format!("{path}/schema.json")).await;
    assert_eq!(schema.header("content-disposition"), "attachment; filename=\"asset.created.schema.json\"");
    let read: Value = serde_json::from_str(&schema.text).expect("it is JSON");
    assert_eq!(read["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for file in ["/openapi.json".to_owned(), String::new()] {
        let path = if file.is_empty() {
            format!("/app/{app}/catalog/-openapi.json")
        } else {
            format!("{path}{file}")
        };
        let openapi = visitor.get(&path).await;
        assert!(openapi.header("content-disposition").starts_with("attachment"), "{openapi:?}");
        let read: Value = serde_json::from_str(&openapi.text).expect("it is JSON");
        assert_eq!(read["openapi"], "3.1.0");
        assert!(read["webhooks"]["asset.created"].is_object(), "{read}");
    }
    assert_eq!(visitor.get(&format!("/app/{app}/catalog/nobody.knows")).await.status, 404);
}

#[tokio::test]
async fn what_is_behind_a_flag_does_not_exist_for_others() {
    let house = House::open().await;
    house
        .make("/event-type", json!({"name": "asset.secret", "description": "x", "featureFlag": "beta"}))
        .await;
    let app = house.app("acme").await;
    let access = json!({"featureFlags": ["other"]});
    let link = house.api("POST", &format!("/auth/app-portal-access/{app}"), access).await;
    let visitor = house.with_token(link["token"].as_str().expect("a token")).await;
    let list = visitor.page(&format!("/app/{app}/catalog")).await;
    assert!(!list.contains("asset.secret"), "{list}");
    for end in ["", "/schema.json", "/openapi.json"] {
        let shown = visitor.get(&format!("/app/{app}/catalog/asset.secret{end}")).await;
        assert_eq!(shown.status, 404, "{end}");
    }
    let whole = visitor.get(&format!("/app/{app}/catalog/-openapi.json")).await;
    assert!(!whole.text.contains("asset.secret"), "{whole:?}");
}

#[tokio::test]
async fn the_organisation_makes_edits_archives_and_deletes() {
    let house = House::open().await;
    let browser = house.as_organisation().await;
    let fields = [
        ("name", "asset.created"),
        ("description", "An asset came"),
        ("group_name", "Assets"),
        ("schema", "{\"type\": \"object\"}"),
        ("example", "{\"n\": 7}"),
        ("payload_validation", "warn"),
    ];
    let made = browser.post("/catalog/-new", &fields).await;
    assert_eq!(made.led_to().as_deref(), Some("/catalog/asset.created?done=event-type-created"), "{made:?}");
    let kept = house.api("GET", "/event-type/asset.created", Value::Null).await;
    assert_eq!(kept["schemas"], json!({"1": {"type": "object", "examples": [{"n": 7}]}}));
    assert_eq!((&kept["groupName"], &kept["payloadValidation"]), (&json!("Assets"), &json!("warn")));

    let form = browser.page("/catalog/asset.created/edit").await;
    assert!(form.contains("store this one as version 2"), "{form}");
    let changed = [
        ("description", "It came"),
        ("schema", "{\"required\": [\"n\"]}"),
        ("as_new_version", "on"),
        ("deprecated", "on"),
    ];
    let saved = browser.post("/catalog/asset.created/edit", &changed).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let kept = house.api("GET", "/event-type/asset.created", Value::Null).await;
    assert_eq!(kept["schemas"]["2"], json!({"required": ["n"]}));
    assert_eq!((&kept["deprecated"], &kept["groupName"]), (&json!(true), &Value::Null));

    browser.post("/catalog/asset.created/archived", &[("archived", "yes")]).await;
    assert!(browser.page("/catalog").await.contains("Archived"));
    browser.post("/catalog/asset.created/archived", &[("archived", "no")]).await;
    assert!(!browser.page("/catalog").await.contains("Archived"));
    let deleted = browser.post("/catalog/asset.created/deleted", &[]).await;
    assert_eq!(deleted.led_to().as_deref(), Some("/catalog?done=event-type-deleted"));
    assert_eq!(browser.get("/catalog/asset.created").await.status, 404);
}

#[tokio::test]
async fn a_refusal_says_what_and_where_and_keeps_what_was_typed() {
    let house = House::open().await;
    described(&house).await;
    let browser = house.as_organisation().await;
    for (fields, wanted) in [
        (vec![("schema", "{\n \"a\": }")], "line 2 column 7"),
        (
            vec![("schema", "{\"properties\": {\"a\": {\"type\": \"nonsense\"}}}")],
            "In the schema, at properties.a.type",
        ),
        (vec![("example", "[1]")], "The example must be a JSON object"),
        (vec![("group_name", "a/b")], "The group "),
    ] {
        let mut all = vec![("name", "asset.shared"), ("description", "kept as typed")];
        all.extend(fields);
        let shown = browser.post("/catalog/-new", &all).await;
        assert_eq!(shown.status, 422, "{wanted}: {shown:?}");
        assert!(shown.text.contains(wanted), "{wanted}: {}", shown.text);
        assert!(shown.text.contains("value=\"kept as typed\""), "{}", shown.text);
        assert!(shown.text.contains("aria-invalid=\"true\""), "{}", shown.text);
    }
    let taken = browser.post("/catalog/-new", &[("name", "asset.created")]).await;
    assert!(taken.status == 422 && taken.text.contains("already exists"), "{taken:?}");
    let misfit = [("schema", "{\"type\": \"object\", \"required\": [\"n\"]}"), ("example", "{}")];
    browser.post("/catalog/asset.created/edit", &misfit).await;
    assert!(browser.page("/catalog/asset.created").await.contains("The example does not fit the schema"));
}

#[tokio::test]
async fn an_import_is_seen_before_it_happens() {
    let house = House::open().await;
    described(&house).await;
    house.event_type("user.updated").await;
    let browser = house.as_organisation().await;
    let mut changed = schema();
    changed["properties"]["size"] = json!({"type": "integer"});
    let document = json!([
        {"name": "asset.created", "description": "An asset came", "schemas": {"1": changed}},
        {"name": "asset.shared", "description": "Shared"},
    ]);
    let document = document.to_string();
    let fields = [("document", document.as_str()), ("replace_all", "on")];
    let preview = browser.post("/catalog/-import", &fields).await;
    assert_eq!(preview.status, 200, "{preview:?}");
    for wanted in [
        "1 event type to be added",
        "1 event type to be changed",
        "1 event type to be archived",
        "size comes",
        "another description",
    ] {
        assert!(preview.text.contains(wanted), "{wanted}: {}", preview.text);
    }
    let shared = browser.get("/catalog/asset.shared").await;
    assert_eq!(shared.status, 404, "a preview changes nothing");

    let (_, rest) = preview.text.split_once("name=\"previewed\" value=\"").expect("the preview has a mark");
    let (mark, _) = rest.split_once('"').expect("the attribute ends");
    let other = [("document", document.as_str()), ("previewed", mark)];
    let again = browser.post("/catalog/-import", &other).await;
    assert_eq!(again.status, 200, "what was not seen is shown first: {again:?}");
    let imported = browser.post("/catalog/-import", &[fields[0], fields[1], ("previewed", mark)]).await;
    assert_eq!(imported.led_to().as_deref(), Some("/catalog?done=imported"), "{imported:?}");
    assert!(browser.page("/catalog/asset.created").await.contains("size"));
    assert!(browser.page("/catalog/user.updated").await.contains("This event type is archived"));

    for (document, wanted) in [("{", "line 1"), ("[]", "no event type"), ("openapi: 2.0.0", "version 3")] {
        let shown = browser.post("/catalog/-import", &[("document", document)]).await;
        assert!(shown.status == 422 && shown.text.contains(wanted), "{document}: {shown:?}");
    }
}

#[tokio::test]
async fn nobody_else_edits() {
    let house = House::open().await;
    described(&house).await;
    let app = house.app("acme").await;
    let token =
        house.api("POST", "/admin/token", json!({"name": "looks", "capabilities": ["ViewBase"]})).await;
    let viewer = house.with_token(token["token"].as_str().expect("a token")).await;
    let visitor = house.as_visitor(&app, &[]).await;
    let seen = viewer.page("/catalog/asset.created").await;
    assert!(!seen.contains("/edit") && !seen.contains("/archived"), "{seen}");
    let document = ("document", "[{\"name\": \"a.b\", \"description\": \"\"}]");
    for browser in [&viewer, &visitor] {
        for (path, field) in [
            ("/catalog/-new", ("name", "asset.shared")),
            ("/catalog/-import", document),
            ("/catalog/asset.created/edit", ("description", "mine")),
            ("/catalog/asset.created/archived", ("archived", "yes")),
            ("/catalog/asset.created/deleted", ("x", "y")),
        ] {
            assert_eq!(browser.post(path, &[field]).await.status, 403, "{path}");
        }
    }
    for path in ["/catalog/-new", "/catalog/-import", "/catalog/asset.created/edit"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
    }
    assert_eq!(visitor.get("/catalog").await.status, 403);
    let kept = house.api("GET", "/event-type/asset.created", Value::Null).await;
    assert_eq!((&kept["archived"], &kept["description"]), (&json!(false), &json!("An asset <b>came</b>")));
}
