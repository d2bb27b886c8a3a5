//! EventPulse: set up, raised, logged.

use serde_json::{Value, json};

use crate::house::{Browser, House};

const ALL: [(&str, &str); 5] = [
    ("event_type", "eventpulse.triggered"),
    ("least", "1"),
    ("most", "3"),
    ("who", "all"),
    ("description", ""),
];

async fn pulse(house: &House, app: &str, more: Value) -> String {
    let mut wanted = json!({
        "name": "Send to storefront",
        "fields": {
            "type": "object", "required": ["shop"], "additionalProperties": false,
            "properties": {"shop": {"type": "string", "enum": ["Oslo", "Lima"]}, "count": {"type": "integer"}},
        },
    });
    for (name, value) in more.as_object().expect("an object") {
        wanted[name] = value.clone();
    }
    house.make(&format!("/app/{app}/pulse"), wanted).await
}

async fn once(browser: &Browser<'_>, path: &str) -> String {
    let text = browser.page(path).await;
    let (_, rest) = text.split_once("name=\"once\" value=\"").expect("the form is there");
    rest.split_once('"').expect("the attribute ends").0.to_owned()
}

#[tokio::test]
async fn a_person_raises_a_pulse_and_the_log_says_who() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.endpoint(&app, "https://example.com/hooks").await;
    let pulse = pulse(&house, &app, json!({"objects": {"max": 2}})).await;
    let access = json!({"sessionId": "ada@example.com"});
    let access = house.api("POST", &format!("/auth/app-portal-access/{app}"), access).await;
    let ada = house.with_token(access["token"].as_str().expect("a token")).await;
    let path = format!("/app/{app}/pulses/{pulse}");
    let once = once(&ada, &path).await;
    let fields = [
        ("once", once.as_str()),
        ("objects", "4711\n\n 4712 "),
        ("object_type", "asset"),
        ("field.shop", "Oslo"),
        ("field.count", "3"),
        ("note", "by phone"),
    ];
    let raised = ada.post(&path, &fields).await;
    let led = raised.led_to().expect("it leads back");
    let (_, message) = led.split_once("?raised=").expect("the address names the message");
    let page = ada.page(&led).await;
    assert!(page.contains(&format!("/app/{app}/logs/{message}")), "{page}");
    for wanted in ["ada@example.com", "2 objects", "Oslo", "by phone"] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    let sent = house.handed_over().await;
    let payload: Value =
        serde_json::from_slice(sent[0].payload.as_ref().expect("it comes along")).expect("it is JSON");
    assert_eq!(payload["objects"], json!([{"id": "4711", "type": "asset"}, {"id": "4712", "type": "asset"}]));
    assert_eq!(payload["fields"], json!({"shop": "Oslo", "count": 3}));
    assert_eq!(payload["event"]["user"], json!({"id": "ada@example.com"}));

    let again = ada.post(&path, &fields).await;
    assert_eq!(again.led_to().as_deref(), Some(led.as_str()), "the same form raises once");
    let mut other = fields;
    other[3] = ("field.shop", "Lima");
    assert_ne!(ada.post(&path, &other).await.led_to().as_deref(), Some(led.as_str()));
    assert_eq!(house.handed_over().await.len(), 1, "another form is another raise");
    assert!(ada.page(&format!("/app/{app}/pulses")).await.contains("Lima"));
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_its_field_and_stays() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let pulse = pulse(&house, &app, json!({})).await;
    let visitor = house.as_visitor(&app, &[]).await;
    let path = format!("/app/{app}/pulses/{pulse}");
    for (fields, wanted) in [
        ([("objects", ""), ("field.shop", "Oslo")], "must be 1 to 1000 objects"),
        ([("objects", "1"), ("field.shop", "Rome")], "field.shop"),
        ([("objects", "1"), ("field.count", "many")], "many"),
        ([("objects", "1"), ("field.shop", "")], "required"),
    ] {
        let mut all = vec![("object_type", "story"), ("note", "kept"), ("once", "x")];
        all.extend(fields);
        let shown = visitor.post(&path, &all).await;
        assert_eq!(shown.status, 422, "{wanted}: {shown:?}");
        assert!(
            shown.text.contains(wanted) && shown.text.contains("aria-invalid=\"true\"")
                || wanted == "required",
            "{wanted}: {}",
            shown.text
        );
        assert!(
            shown.text.contains("value=\"kept\"") && shown.text.contains("value=\"story\""),
            "{}",
            shown.text
        );
        assert!(shown.text.contains("role=\"alert\""), "{}", shown.text);
    }
    let raises = house.api("GET", &format!("/app/{app}/raise"), Value::Null).await;
    assert_eq!(raises["data"], json!([]));
}

#[tokio::test]
async fn objects_of_a_kind_of_their_own_are_written_as_json() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.endpoint(&app, "https://example.com/hooks").await;
    let schema = json!({"type": "object", "required": ["sku"], "properties": {"sku": {"type": "integer"}}});
    let pulse = pulse(&house, &app, json!({"fields": null, "objects": {"schema": schema}})).await;
    let visitor = house.as_visitor(&app, &[]).await;
    let path = format!("/app/{app}/pulses/{pulse}");
    for (objects, wanted) in [("[{\"sku\": \"x\"}]", "0.sku"), ("[{", "is not JSON"), ("", "must be 1")] {
        let shown = visitor.post(&path, &[("objects", objects), ("once", "a")]).await;
        assert!(shown.status == 422 && shown.text.contains(wanted), "{objects}: {shown:?}");
    }
    let raised = visitor.post(&path, &[("objects", "[{\"sku\": 7}]"), ("once", "a")]).await;
    assert_eq!(raised.status, 303, "{raised:?}");
    let sent = house.handed_over().await;
    let payload = sent[0].payload.as_ref().expect("it comes along");
    let payload: Value = serde_json::from_slice(payload).expect("it is JSON");
    assert_eq!(payload["objects"], json!([{"sku": 7}]));
}

#[tokio::test]
async fn an_administrator_sets_a_pulse_up_and_changes_it() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let visitor = house.as_visitor(&app, &[]).await;
    let mut fields = ALL.to_vec();
    fields.extend([
        ("name", "Take back"),
        ("name.0", "shop"),
        ("label.0", "Shop"),
        ("kind.0", "choice"),
        ("choices.0", "Oslo, Lima"),
        ("required.0", "yes"),
        ("name.1", "reason"),
        ("kind.1", "long"),
        ("required.1", "no"),
    ]);
    // The form's own name comes first, then those of the rows.
    let made = visitor.post(&format!("/app/{app}/pulses/new"), &fields).await;
    let led = made.led_to().unwrap_or_else(|| panic!("{made:?}"));
    let path = led.split_once('?').expect("it tells").0.to_owned();
    let id = path.rsplit('/').next().expect("an id");
    let kept = house.api("GET", &format!("/app/{app}/pulse/{id}"), Value::Null).await;
    assert_eq!(
        kept["fields"]["properties"]["shop"],
        json!({"type": "string", "title": "Shop", "enum": ["Oslo", "Lima"]})
    );
    assert_eq!((&kept["fields"]["required"], &kept["raisers"]), (&json!(["shop"]), &Value::Null));
    let form = visitor.page(&format!("{path}/edit")).await;
    assert!(form.contains("value=\"Oslo, Lima\""), "{form}");
    let raise = visitor.page(&path).await;
    assert!(raise.contains("<option value=\"Lima\">") && raise.contains("name=\"field.reason\""), "{raise}");

    let mut changed = ALL.to_vec();
    changed[3] = ("who", "some");
    changed.extend([
        ("name", "Take back"),
        ("raisers", "u1\nu2"),
        ("fields", "{\"type\": \"object\", \"maxProperties\": 2}"),
    ]);
    let saved = visitor.post(&format!("{path}/edit"), &changed).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let kept = house.api("GET", &format!("/app/{app}/pulse/{id}"), Value::Null).await;
    assert_eq!((&kept["raisers"], &kept["fields"]["maxProperties"]), (&json!(["u1", "u2"]), &json!(2)));
    let not_mine = visitor.page(&path).await;
    assert!(not_mine.contains("Not yours to raise") && !not_mine.contains("name=\"once\""), "{not_mine}");
    let refused = visitor.post(&path, &[("objects", "1"), ("object_type", "asset"), ("once", "x")]).await;
    assert_eq!(refused.status, 403, "{refused:?}");

    visitor.post(&format!("{path}/archived"), &[("archived", "yes")]).await;
    assert!(!visitor.page(&format!("/app/{app}/pulses")).await.contains("Take back"));
    assert!(visitor.page(&format!("/app/{app}/pulses?archived=yes")).await.contains("Take back"));
}

#[tokio::test]
async fn a_pulse_that_is_refused_says_why_and_keeps_what_was_typed() {
    let house = House::open().await;
    let app = house.app("acme").await;
    pulse(&house, &app, json!({})).await;
    let visitor = house.as_visitor(&app, &[]).await;
    for (fields, wanted) in [
        (vec![("name", "")], "The name must be"),
        (vec![("name", "Send to storefront")], "Another pulse already has this name"),
        (vec![("name", "x"), ("fields", "{")], "The fields: must be JSON"),
        (vec![("name", "x"), ("fields", "{\"type\": \"array\"}")], "The fields: must be"),
        (vec![("name", "x"), ("name.0", "a"), ("kind.0", "choice")], "needs its choices"),
    ] {
        let mut all = ALL.to_vec();
        all[4] = ("description", "as typed");
        all.extend(fields);
        let shown = visitor.post(&format!("/app/{app}/pulses/new"), &all).await;
        assert_eq!(shown.status, 422, "{wanted}: {shown:?}");
        assert!(shown.text.contains(wanted) && shown.text.contains("as typed"), "{wanted}: {}", shown.text);
    }
}

#[tokio::test]
async fn who_only_looks_raises_and_changes_nothing() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let pulse = pulse(&house, &app, json!({})).await;
    let viewer = house.as_visitor(&app, &["ViewBase"]).await;
    let path = format!("/app/{app}/pulses/{pulse}");
    let list = viewer.page(&format!("/app/{app}/pulses")).await;
    assert!(
        list.contains("Send to storefront") && !list.contains("Raise…") && !list.contains("/new"),
        "{list}"
    );
    let page = viewer.page(&path).await;
    assert!(!page.contains("/edit") && !page.contains("name=\"once\""), "{page}");
    assert_eq!(viewer.get(&format!("{path}/edit")).await.status, 403);
    for (path, field) in [
        (path.clone(), ("objects", "1")),
        (format!("{path}/edit"), ("name", "mine")),
        (format!("{path}/archived"), ("archived", "yes")),
        (format!("/app/{app}/pulses/new"), ("name", "mine")),
    ] {
        assert_eq!(viewer.post(&path, &[field]).await.status, 403, "{path}");
    }
    let other = house.app("other").await;
    let stranger = house.as_visitor(&other, &[]).await;
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.get(&format!("/app/{other}/pulses/{pulse}")).await.status, 404);
}

#[tokio::test]
async fn the_log_goes_on_over_pages() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let pulse = pulse(&house, &app, json!({"fields": null})).await;
    for number in 0..51 {
        let raise = json!({
            "objects": [{"id": "1", "type": "asset"}], "note": format!("note {number}."),
            "user": {"id": "u1", "firstName": "Ada", "lastName": "<i>Byron"},
        });
        house.api("POST", &format!("/app/{app}/pulse/{pulse}/raise"), raise).await;
    }
    let visitor = house.as_visitor(&app, &[]).await;
    for path in [format!("/app/{app}/pulses/log"), format!("/app/{app}/pulses/{pulse}")] {
        let first = visitor.page(&path).await;
        assert!(first.contains("note 50.") && !first.contains("note 0."), "{first}");
        assert!(first.contains("Ada &#60;i&#62;Byron (u1)"), "{first}");
        let (_, rest) = first.split_once(&format!("{path}?after=")).expect("it leads on");
        let after = rest.split_once('"').expect("the attribute ends").0;
        let second = visitor.page(&format!("{path}?after={after}")).await;
        assert!(second.contains("note 0.") && !second.contains("note 50."), "{second}");
    }
}
