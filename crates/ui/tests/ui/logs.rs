//! The log of an app: its messages with what became of them, and the way to one by its name.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn messages_stand_with_what_became_of_them() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("No messages yet"), "{page}");
    house.message(&app, "asset.created", json!({})).await;
    assert!(browser.page(&format!("/app/{app}/logs")).await.contains("no endpoint"));
    house.endpoint(&app, "https://one.example/").await;
    house.endpoint(&app, "https://two.example/<b>").await;
    house.message(&app, "asset.created", json!({"event": {"id": "event <7>"}})).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("2 waiting") && page.contains("event &#60;7&#62;"), "{page}");
    let due = house.handed_over().await;
    house.attempt(&due[0], Some(200), "", "").await;
    house.attempt(&due[1], Some(500), "", "").await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("1 delivered, 1 failed"), "{page}");
    assert!(page.contains("<i class=\"good\" title=\"https://one.example/: delivered\">"), "{page}");
    assert!(page.contains("<i class=\"bad\" title=\"https://two.example/&#60;b&#62;: failed\">"), "{page}");
}

#[tokio::test]
async fn dots_are_few_and_failures_are_among_them() {
    let house = House::open().await;
    let app = house.app("acme").await;
    for number in 0..15 {
        house.endpoint(&app, &format!("https://e{number}.example/")).await;
    }
    house.message(&app, "asset.created", json!({})).await;
    let due = house.handed_over().await;
    let last = due.len() - 1;
    for (number, delivery) in due.iter().enumerate() {
        house.attempt(delivery, Some(if number == last { 500 } else { 200 }), "", "").await;
    }
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert_eq!(page.matches("<i class=\"good\"").count(), 11);
    assert_eq!(page.matches("<i class=\"bad\"").count(), 1);
    assert!(page.contains("+3") && page.contains("14 delivered, 1 failed"), "{page}");
}

#[tokio::test]
async fn a_name_leads_to_its_message() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let other = house.app("other").await;
    let named = json!({"eventType": "asset.created", "eventId": "own-1", "payload": {}});
    let own = house.make(&format!("/app/{app}/msg"), named).await;
    let payload = json!({"event": {"id": "e 1"}});
    let first = house.message(&app, "asset.created", payload.clone()).await;
    let browser = house.as_visitor("acme", &[]).await;
    let jump = async |name: &str| browser.get(&format!("/app/{app}/logs?find={name}")).await;
    for (name, id) in [(own.as_str(), &own), ("own-1", &own), ("+e+1+", &first)] {
        assert_eq!(jump(name).await.led_to(), Some(format!("/app/{app}/logs/{id}")), "{name}");
    }
    let second = house.message(&app, "asset.created", payload).await;
    let several = jump("e+1").await;
    assert_eq!(several.status, 200);
    assert!(several.text.contains("Messages called “e 1”"), "{several:?}");
    let at = |id: &str| several.text.find(&format!("data-row=\"{id}\"")).expect("it is listed");
    assert!(at(&second) < at(&first));
    let foreign = house.message(&other, "asset.created", json!({})).await;
    for name in ["%3Cb%3E", foreign.as_str()] {
        let none = jump(name).await;
        assert_eq!(none.status, 200);
        assert!(none.text.contains("There is no message with this id or event id."), "{none:?}");
        assert!(!none.text.contains("<b>"));
    }
}
