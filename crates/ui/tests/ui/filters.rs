//! What lists are narrowed by: it stands in the address, and what cannot be read is told beside its field.

use std::time::Duration;

use serde_json::json;

use crate::house::House;

/// The ids of messages on a page, in their order.
fn rows(page: &str) -> Vec<&str> {
    let ids = page.split("data-row=\"").skip(1);
    ids.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn messages_are_narrowed_by_type_and_time() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.event_type("asset.created").await;
    let old = house.message(&app, "asset.created", json!({})).await;
    house.wait(Duration::from_secs(2 * 86_400));
    let moved = house.message(&app, "asset.moved", json!({})).await;
    let created = house.message(&app, "asset.created", json!({})).await;
    house.wait(Duration::from_secs(3_600));
    let browser = house.as_visitor("acme", &[]).await;
    for (question, expected) in [
        ("", vec![&created, &moved, &old]),
        ("?type=asset.created", vec![&created, &old]),
        ("?type=asset.created&type=asset.moved&after=", vec![&created, &moved, &old]),
        ("?after=yesterday", vec![&created, &moved]),
        ("?after=week&type=asset.created", vec![&created, &old]),
        ("?before=yesterday", vec![&old]),
        ("?before=5h", vec![&old]),
        ("?after=custom&after_at=2026-01-31T12:00:01", vec![&created, &moved]),
        ("?before=custom&before_at=2026-01-31 12:00:01&after_at=ignored", vec![&old]),
        ("?after=custom&after_at=2026-01-31T13:00:01%2B01:00", vec![&created, &moved]),
        ("?type=asset.deleted", vec![]),
    ] {
        let page = browser.page(&format!("/app/{app}/logs{}", question.replace(' ', "+"))).await;
        assert_eq!(rows(&page), expected, "{question}");
    }
    let page = browser.page(&format!("/app/{app}/logs?type=asset.created&after=yesterday")).await;
    assert!(page.contains("value=\"asset.created\" checked"), "{page}");
    assert!(page.contains("<option value=\"yesterday\" selected>Yesterday</option>"), "{page}");
    assert!(page.contains("Shown: asset.created, after 2026-02-01 13:00:00 UTC"), "{page}");
}

#[tokio::test]
async fn messages_are_narrowed_by_channel_and_tag() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let labelled = json!({"eventType": "asset.moved", "payload": {}, "channels": ["eu"], "tags": ["a#b"]});
    let labelled = house.make(&format!("/app/{app}/msg"), labelled).await;
    house.message(&app, "asset.moved", json!({})).await;
    let browser = house.as_visitor("acme", &[]).await;
    for (question, expected) in [
        ("channel=eu", vec![&labelled]),
        ("tag=a%23b&type=asset.moved", vec![&labelled]),
        ("tag=a%23b&type=asset.created", vec![]),
        ("tag=a%23b&channel=us", vec![]),
    ] {
        let page = browser.page(&format!("/app/{app}/logs?{question}")).await;
        assert_eq!(rows(&page), expected, "{question}");
    }
    let page = browser.page(&format!("/app/{app}/logs?channel=eu&tag=a%23b")).await;
    assert!(page.contains("value=\"a#b\"") && page.contains("Channel, tag"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_beside_its_field_and_kept() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    for (question, told, kept) in [
        ("after=custom&after_at=soon", "After Date must be a date and time in UTC", "value=\"soon\""),
        ("after=custom&type=a.b", "After Date needs a date and time, in UTC", "value=\"a.b\" checked"),
        ("after=5h&before=week", "Before Date must be later than the After Date", "value=\"week\" selected"),
        ("before=%3Cb%3E", "Before Date is none of those that can be picked", "Before Date"),
        ("channel=%3Cb%3E", "The channel ", "&#60;b&#62;"),
        ("type=%3Cb%3Ex", "is no event type", "&#60;b&#62;x"),
    ] {
        let shown = browser.get(&format!("/app/{app}/logs?{question}")).await;
        assert_eq!(shown.status, 422, "{question}");
        assert!(shown.text.contains(told), "{question}: {}", shown.text);
        assert!(shown.text.contains(kept), "{question}: {}", shown.text);
        assert!(shown.text.contains("role=\"alert\"") && !shown.text.contains("<b>"), "{question}");
    }
}

#[tokio::test]
async fn pages_lead_on_and_keep_the_filters() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let mut sent = Vec::new();
    for number in 0..60 {
        let name = if number % 10 == 9 { "asset.moved" } else { "asset.created" };
        let id = house.message(&app, name, json!({})).await;
        if name == "asset.created" {
            sent.insert(0, id);
        }
    }
    let browser = house.as_visitor("acme", &[]).await;
    let link = |page: &str, name: &str| {
        let (before, _) = page.split_once(&format!(">{name}</a>"))?;
        let (_, path) = before.rsplit_once("href=\"")?;
        Some(path.split('"').next()?.replace("&#38;", "&"))
    };
    let first = browser.page(&format!("/app/{app}/logs?type=asset.created&after=week")).await;
    assert_eq!(rows(&first), sent[..50]);
    assert_eq!(link(&first, "Newer"), None);
    let older = link(&first, "Older").expect("there are more");
    assert!(older.contains("type=asset.created&after=week&older="), "{older}");
    let second = browser.page(&older).await;
    assert_eq!(rows(&second), sent[50..]);
    assert_eq!(link(&second, "Older"), None);
    let newer = link(&second, "Newer").expect("it came from there");
    assert_eq!(rows(&browser.page(&newer).await), sent[..50]);
    let newest = link(&second, "Newest").expect("it leads back");
    assert_eq!(newest, format!("/app/{app}/logs?type=asset.created&after=week"));
}
