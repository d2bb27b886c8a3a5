//! Lists whose filter fits no index look at so many rows for one page, say where they ended, and miss nothing when
//! they are gone on from there.

use std::collections::BTreeSet;

use wirepost_model::ids::MessageId;
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_store::attempts::{AttemptFilter, Attempts};
use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::{MessageFilter, Messages};
use wirepost_store::page::{From, Look, Order, PageQuery};

use super::workload::Workload;
use crate::Settings;

const MESSAGES: usize = 23;
const LOOK_ROWS: usize = 4;

fn rare() -> EventTypeName {
    EventTypeName::parse("asset.rare").expect("a good name")
}

/// Messages on one channel and an attempt of each; every seventh is of a rare type.
async fn begin() -> (Workload, BTreeSet<MessageId>) {
    let work = Workload::begin(Settings {
        look_rows_most: LOOK_ROWS,
        look_apart_most: LOOK_ROWS,
        ..Settings::default()
    })
    .await;
    let mut rare_ones = BTreeSet::new();
    for number in 0..MESSAGES {
        let mut message = work.message(1);
        message.message.channels = vec![Channel::parse("eu").expect("a good name")];
        if number % 7 == 0 {
            message.message.event_type = rare();
            rare_ones.insert(message.message.id);
        }
        let success = work.success(&message);
        work.store.accept_messages(vec![message]).await.expect("it is accepted");
        work.store.record_attempts(vec![success], Vec::new()).await.expect("it is recorded");
    }
    (work, rare_ones)
}

/// Walks the list to its end: what was found, and how often the look ended early.
async fn walk<T>(
    order: Order,
    list: impl AsyncFn(PageQuery<i64>) -> Look<T>,
    (message, key): (impl Fn(&T) -> MessageId, impl Fn(&T) -> i64),
) -> (Vec<MessageId>, usize) {
    let (mut found, mut ends, mut from) = (Vec::new(), 0, From::Start);
    loop {
        let Look { page, reached } = list(PageQuery { limit: 2, order, from }).await;
        assert!(page.rows.len() <= 2);
        found.extend(page.rows.iter().map(&message));
        let last = page.rows.last().map(&key);
        if reached.is_some() {
            assert!(!page.done);
            ends += 1;
        }
        match (page.done, reached.or(last)) {
            (true, _) => return (found, ends),
            (false, on) => from = From::After(on.expect("there is a way on")),
        }
    }
}

#[tokio::test]
async fn a_rare_type_among_attempts_is_found_look_by_look() {
    let (work, rare_ones) = begin().await;
    let filter = AttemptFilter { event_types: vec![rare()], ..AttemptFilter::default() };
    for order in [Order::Ascending, Order::Descending] {
        let list = async |page| {
            let look =
                work.store.list_attempts_of_endpoint(work.app.id, work.endpoint.id, filter.clone(), page);
            look.await.expect("the store reads")
        };
        let known = (
            |stored: &wirepost_store::attempts::StoredAttempt| stored.attempt.delivery.message,
            |stored: &wirepost_store::attempts::StoredAttempt| stored.attempt.id.key(),
        );
        let (mut found, ends) = walk(order, list, known).await;
        if order == Order::Descending {
            found.reverse();
        }
        assert_eq!(found, rare_ones.iter().copied().collect::<Vec<_>>());
        assert!(ends >= 4, "{ends}");
    }
}

#[tokio::test]
async fn a_rare_type_on_a_channel_is_found_look_by_look() {
    let (work, rare_ones) = begin().await;
    let channel = Channel::parse("eu").ok();
    for (event_types, count, early) in [(vec![rare()], rare_ones.len(), true), (vec![], MESSAGES, false)] {
        let filter = MessageFilter { event_types, channel: channel.clone(), ..MessageFilter::default() };
        let list = async |page| {
            work.store.list_messages(work.app.id, filter.clone(), page).await.expect("the store reads")
        };
        let known = (
            |stored: &wirepost_model::message::StoredMessage| stored.message.id,
            |stored: &wirepost_model::message::StoredMessage| stored.message.id.key(),
        );
        let (found, ends) = walk(Order::Descending, list, known).await;
        assert_eq!((found.len(), ends > 0), (count, early));
    }
}
