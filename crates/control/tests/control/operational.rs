//! What an operator is told of what people do to endpoints.

use serde_json::{Value, json};
use wirepost_control::caller::{AppAccess, Caller};
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::{EndpointChanges, EndpointDraft};
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::{ControlError, ControlSettings, MessageFilter};
use wirepost_model::message::Payload;
use wirepost_model::names::Uid;
use wirepost_model::operational::OperationalType;
use wirepost_model::token::Scope;

use crate::rig::{Rig, endpoint_draft};

/// Operations with an operational app that has one endpoint.
async fn rig() -> (Rig, AppAccess) {
    let operational_app = Uid::parse("operations").ok();
    let rig = Rig::start_with(ControlSettings { operational_app, ..ControlSettings::default() });
    rig.control.ensure_operational_app().await.expect("it can be made");
    let operators = rig.control.enter(rig.caller(), "operations").await.expect("it was just made");
    rig.endpoint(&operators, "ours").await;
    let operators = rig.control.enter(rig.caller(), "operations").await.expect("it is there");
    (rig, operators)
}

/// What they were told so far, the first first.
async fn told(rig: &Rig, operators: &AppAccess) -> Vec<Value> {
    let filter = MessageFilter { with_content: true, ..MessageFilter::default() };
    let page = PageQuery::first(250, Order::Ascending);
    let messages = rig.control.list_messages(operators, filter, page).await.expect("they are kept").page.rows;
    let body = |stored: wirepost_model::message::StoredMessage| match stored.payload {
        Payload::Present(bytes) => serde_json::from_slice(&bytes).expect("a notice is JSON"),
        other => panic!("a notice has a payload: {other:?}"),
    };
    messages.into_iter().map(body).collect()
}

async fn types(rig: &Rig, operators: &AppAccess) -> Vec<String> {
    let told = told(rig, operators).await;
    told.iter().map(|body| body["type"].as_str().expect("a type").to_owned()).collect()
}

fn disabled(disabled: bool) -> EndpointChanges {
    EndpointChanges { disabled: Change::Set(disabled), ..EndpointChanges::default() }
}

#[tokio::test]
async fn every_change_of_an_endpoint_is_told() {
    let (rig, operators) = rig().await;
    let access = rig.app("acme").await;
    let endpoint = rig.endpoint(&access, "main").await;
    let change = |changes| rig.control.change_endpoint(&access, "main", changes);
    let described =
        EndpointChanges { description: Change::Set("ours".to_owned()), ..EndpointChanges::default() };
    change(described.clone()).await.expect("a good change");
    change(described).await.expect("the same again");
    change(disabled(true)).await.expect("a good change");
    change(disabled(true)).await.expect("the same again");
    change(disabled(false)).await.expect("a good change");
    let headers = [("x-team".to_owned(), "a".to_owned())].into();
    rig.control.put_endpoint_headers(&access, "main", headers).await.expect("good headers");
    rig.control.delete_endpoint(&access, "main").await.expect("it is there");
    let expected = [
        "endpoint.created",
        "endpoint.updated",
        "endpoint.disabled",
        "endpoint.enabled",
        "endpoint.updated",
        "endpoint.deleted",
    ];
    assert_eq!(types(&rig, &operators).await, expected);
    let told = told(&rig, &operators).await;
    let place = json!({
        "appId": access.id(), "appUid": "acme", "endpointId": endpoint.id, "endpointUid": "main",
    });
    assert_eq!(told[0]["data"], place);
    let data = &told[2]["data"];
    assert_eq!((&data["trigger"], &data["reason"]), (&json!("manual"), &json!("by_hand")));
}

#[tokio::test]
async fn many_endpoints_made_at_once_are_each_told_of_and_refused_ones_are_not() {
    let (rig, operators) = rig().await;
    let access = rig.app("acme").await;
    let twice = vec![endpoint_draft("one"), endpoint_draft("one")];
    rig.control.create_endpoints(&access, twice).await.expect_err("the uid is taken");
    assert_eq!(types(&rig, &operators).await, [""; 0]);
    let drafts = vec![endpoint_draft("one"), endpoint_draft("two")];
    rig.control.create_endpoints(&access, drafts).await.expect("good endpoints");
    assert_eq!(types(&rig, &operators).await, ["endpoint.created"; 2]);
}

#[tokio::test]
async fn what_happens_in_the_operational_app_is_told_to_nobody() {
    let (rig, operators) = rig().await;
    rig.control.change_endpoint(&operators, "ours", disabled(true)).await.expect("a good change");
    rig.control.delete_endpoint(&operators, "ours").await.expect("it is there");
    assert_eq!(types(&rig, &operators).await, [""; 0]);
}

#[tokio::test]
async fn an_endpoint_hears_what_it_subscribed_to() {
    let (rig, operators) = rig().await;
    let subscribed = |name: OperationalType| EndpointChanges {
        event_types: Change::Set(Some(vec![name.as_str().to_owned()])),
        ..EndpointChanges::default()
    };
    let change = subscribed(OperationalType::EndpointDeleted);
    rig.control.change_endpoint(&operators, "ours", change).await.expect("it is one of ours");
    let access = rig.app("acme").await;
    let endpoint = rig.endpoint(&access, "main").await;
    let pending = || async {
        let endpoint = rig.control.find_endpoint(&operators, "ours").await.expect("it is there");
        wirepost_store::stats::Stats::count_pending(&*rig.store, endpoint.id).await.expect("it is counted")
    };
    assert_eq!(pending().await, 0);
    rig.control.delete_endpoint(&access, &endpoint.id.to_string()).await.expect("it is there");
    assert_eq!(pending().await, 1);
}

#[tokio::test]
async fn customers_can_neither_subscribe_to_it_nor_see_it() {
    let (rig, operators) = rig().await;
    let access = rig.app("acme").await;
    let names = Some(vec!["endpoint.disabled".to_owned()]);
    let draft = EndpointDraft { event_types: names, ..endpoint_draft("nosy") };
    let refused = rig.control.create_endpoint(&access, draft).await.expect_err("it is not in the catalogue");
    assert!(refused.to_string().contains("not in the catalogue"), "{refused}");
    let list = |scope| rig.control.list_operational_types(Caller::new(scope));
    assert_eq!(list(Scope::App(access.id())).await, Err(ControlError::Forbidden));
    assert_eq!(list(Scope::App(operators.id())).await, Ok(OperationalType::ALL));
    assert_eq!(list(Scope::Organisation).await, Ok(OperationalType::ALL));
}

#[tokio::test]
async fn while_the_operational_app_is_gone_nobody_is_told() {
    let (rig, operators) = rig().await;
    let access = rig.app("acme").await;
    rig.control.delete_app(rig.caller(), "operations").await.expect("it is there");
    rig.endpoint(&access, "one").await;
    rig.control.ensure_operational_app().await.expect("it can be made again");
    rig.control.ensure_operational_app().await.expect("it is there already");
    let again = rig.control.enter(rig.caller(), "operations").await.expect("it was just made");
    assert_ne!(again.id(), operators.id());
    rig.endpoint(&access, "two").await;
    assert_eq!(types(&rig, &again).await, ["endpoint.created"]);
}

#[tokio::test]
async fn without_an_operational_app_changes_are_just_made() {
    let rig = Rig::start();
    rig.control.ensure_operational_app().await.expect("there is nothing to make");
    let access = rig.app("acme").await;
    let bystander = rig.app("operations").await;
    rig.endpoint(&access, "main").await;
    assert_eq!(types(&rig, &bystander).await, [""; 0]);
}
