//! What every store must show of the messages of one endpoint.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::message::{Payload, StoredMessage};
use wirepost_model::names::Channel;

use super::Trial;
use super::trial::event_type;
use crate::endpoint_messages::{EndpointMessage, EndpointMessageFilter};
use crate::messages::{MessageFilter, NewMessage};
use crate::page::{Order, PageQuery};

/// Messages of other kinds a minute apart, one for each state; the states beside them.
async fn one_of_each(
    trial: &mut Trial,
) -> (wirepost_model::ids::EndpointId, Vec<(NewMessage, DeliveryState)>) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let later = DeliveryState::Pending { due_at: trial.now().plus(Duration::from_secs(3_600)) };
    let mut made = Vec::new();
    for (state, name, channel, tag) in [
        (DeliveryState::Delivered, "a.one", "eu", "x"),
        (DeliveryState::Failed, "a.two", "eu", "y"),
        (DeliveryState::Canceled, "a.two", "us", "x"),
        (DeliveryState::Skipped, "a.three", "us", "y"),
        (later, "a.one", "us", "x"),
    ] {
        let mut message = trial.message(&app, [&endpoint, &other]);
        message.message.event_type = event_type(name);
        message.message.channels = vec![Channel::parse(channel).expect("a good name")];
        message.message.tags = vec![tag.to_owned()];
        if matches!(state, DeliveryState::Skipped) {
            message.deliveries[0].1 = state;
        }
        trial.accept(message.clone()).await;
        let due = trial.arrived().await;
        if let Some(due) = due.iter().find(|due| due.key.endpoint == endpoint.id) {
            trial.record_now(due, state).await;
        }
        made.push((message, state));
        trial.pass(Duration::from_secs(60));
    }
    trial.accept(trial.message(&app, [&other])).await;
    (endpoint.id, made)
}

fn expected(made: &[(NewMessage, DeliveryState)], at: usize, with_content: bool) -> EndpointMessage {
    let (message, state) = &made[at];
    let payload = if with_content { Payload::Present(message.payload.clone()) } else { Payload::Omitted };
    EndpointMessage { stored: StoredMessage { message: message.message.clone(), payload }, state: *state }
}

pub(super) async fn an_endpoint_shows_its_messages_and_how_they_stand(mut trial: Trial) {
    let (endpoint, made) = one_of_each(&mut trial).await;
    let app = made[0].0.message.app;
    let statuses = |statuses: &[DeliveryStatus]| EndpointMessageFilter {
        statuses: statuses.to_vec(),
        message: MessageFilter::default(),
    };
    let labels = |message: MessageFilter| EndpointMessageFilter { statuses: Vec::new(), message };
    let at = |position: usize| Some(made[position].0.message.created_at);
    let blank = MessageFilter::default;
    for (filter, found) in [
        (EndpointMessageFilter::default(), vec![0, 1, 2, 3, 4]),
        (labels(MessageFilter { with_content: true, ..blank() }), vec![0, 1, 2, 3, 4]),
        (statuses(&[DeliveryStatus::Delivered]), vec![0]),
        (statuses(&[DeliveryStatus::Failed]), vec![1]),
        (statuses(&[DeliveryStatus::Canceled, DeliveryStatus::Skipped]), vec![2, 3]),
        (statuses(&[DeliveryStatus::Pending]), vec![4]),
        (labels(MessageFilter { event_types: vec![event_type("a.two")], ..blank() }), vec![1, 2]),
        (labels(MessageFilter { channel: Channel::parse("us").ok(), ..blank() }), vec![2, 3, 4]),
        (labels(MessageFilter { tag: Some("y".to_owned()), ..blank() }), vec![1, 3]),
        (labels(MessageFilter { before: at(2), ..blank() }), vec![0, 1]),
        (labels(MessageFilter { after: at(2), ..blank() }), vec![3, 4]),
    ] {
        let with_content = filter.message.with_content;
        let mut rows: Vec<_> = found.into_iter().map(|at| expected(&made, at, with_content)).collect();
        for order in [Order::Ascending, Order::Descending] {
            let page = PageQuery::first(10, order);
            let found = trial.store.list_messages_of_endpoint(app, endpoint, filter.clone(), page).await;
            let found = found.expect("a page");
            assert_eq!((found.rows, found.done), (rows.clone(), true), "{filter:?}");
            rows.reverse();
        }
    }
    trial.store.delete_endpoint(app, endpoint, trial.now()).await.expect("it is there");
    let page = PageQuery::first(10, Order::Ascending);
    let after = trial.store.list_messages_of_endpoint(app, endpoint, EndpointMessageFilter::default(), page);
    assert_eq!(after.await.expect("a page").rows.len(), 5, "what was sent there stays on record");
}
