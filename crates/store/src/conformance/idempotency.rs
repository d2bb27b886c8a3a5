//! What every store must do with answers that are given again.

use std::time::Duration;

use bytes::Bytes;
use wirepost_model::names::Uid;

use super::Trial;
use crate::StoreError;
use crate::error::Conflict;
use crate::idempotency::{KEPT_FOR, KeptAnswer, NewAnswer, RequestHash};

const TAKEN: StoreError = StoreError::Conflict(Conflict::Idempotency);
const MINUTE: Duration = Duration::from_secs(60);

fn answer(key: u8, text: &'static str) -> NewAnswer {
    NewAnswer { key: [key; 32], request: [9; 32], answer: Bytes::from_static(text.as_bytes()) }
}

async fn found(trial: &Trial, key: u8) -> Option<Bytes> {
    let key: RequestHash = [key; 32];
    match trial.store.find_answer(key, trial.now()).await {
        Ok(KeptAnswer { request, answer }) => {
            assert_eq!(request, [9; 32]);
            Some(answer)
        }
        Err(StoreError::NotFound) => None,
        Err(other) => panic!("{other}"),
    }
}

pub(super) async fn the_first_answer_under_a_key_stays(trial: Trial) {
    assert_eq!(found(&trial, 1).await, None);
    assert_eq!(trial.store.keep_answer(answer(1, "first")).await, Ok(()));
    assert_eq!(trial.store.keep_answer(answer(1, "second")).await, Err(TAKEN));
    assert_eq!(trial.store.keep_answer(answer(2, "")).await, Ok(()));
    let trial = trial.reopened(8).await;
    assert_eq!(found(&trial, 1).await, Some("first".into()));
    assert_eq!(found(&trial, 2).await, Some("".into()));
}

pub(super) async fn a_key_is_taken_for_twelve_hours_wherever_it_falls(trial: Trial) {
    // From every part of a day, so that each crosses whatever boundary the store draws at another place.
    for start in 0_u8..24 {
        assert_eq!(trial.store.keep_answer(answer(start, "kept")).await, Ok(()), "hour {start}");
        for later in 0_u8..start.min(12) {
            let key = start - later;
            assert_eq!(trial.store.keep_answer(answer(key, "again")).await, Err(TAKEN), "{later} h later");
            assert_eq!(found(&trial, key).await, Some("kept".into()), "{later} h later");
        }
        trial.pass(MINUTE * 59);
        assert_eq!(trial.store.keep_answer(answer(start, "again")).await, Err(TAKEN), "hour {start}");
        trial.pass(MINUTE);
    }
}

pub(super) async fn a_key_is_free_once_its_time_is_over(trial: Trial) {
    for start in 0_u8..12 {
        assert_eq!(trial.store.keep_answer(answer(start, "kept")).await, Ok(()));
        trial.pass(KEPT_FOR);
        assert_eq!(found(&trial, start).await, None, "round {start}");
        assert_eq!(trial.store.keep_answer(answer(start, "again")).await, Ok(()), "round {start}");
        assert_eq!(found(&trial, start).await, Some("again".into()), "round {start}");
        trial.pass(MINUTE * 61);
    }
}

pub(super) async fn a_clock_that_goes_back_frees_no_key(trial: Trial) {
    for hour in 0_u8..7 {
        assert_eq!(trial.store.keep_answer(answer(hour, "kept")).await, Ok(()));
        let now = trial.now();
        trial.clock.set(now.minus(MINUTE * 60));
        assert_eq!(trial.store.keep_answer(answer(hour, "again")).await, Err(TAKEN), "hour {hour}");
        assert_eq!(found(&trial, hour).await, Some("kept".into()), "hour {hour}");
        trial.clock.set(now.plus(MINUTE * 60));
    }
}

pub(super) async fn messages_and_their_answer_are_kept_together(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let message = trial.message(&app, [&endpoint]);
    let accepted = trial.store.accept_messages_once(vec![message.clone()], answer(1, "first")).await;
    assert_eq!(accepted, Ok(vec![Ok(())]));
    assert_eq!(trial.arrived().await[0].key.message, message.message.id);
    let again = trial.message(&app, [&endpoint]);
    let refused = trial.store.accept_messages_once(vec![again.clone()], answer(1, "second")).await;
    assert_eq!(refused, Err(TAKEN));
    let ids = vec![message.message.id, again.message.id];
    let there = trial.store.find_messages(app.id, ids, false).await.expect("the store reads");
    assert_eq!(there.len(), 1, "the second one was not accepted");
    assert_eq!(found(&trial, 1).await, Some("first".into()));
}

pub(super) async fn of_many_at_once_under_one_key_one_is_accepted(trial: Trial) {
    let app = trial.app().await;
    let mut asking = tokio::task::JoinSet::new();
    let mut ids = Vec::new();
    for _ in 0..64 {
        let (store, message) = (trial.store.clone(), trial.message(&app, []));
        ids.push(message.message.id);
        asking.spawn(async move { store.accept_messages_once(vec![message], answer(1, "kept")).await });
    }
    let outcomes = asking.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(vec![Ok(())])).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(TAKEN)).count(), 63);
    let there = trial.store.find_messages(app.id, ids, false).await.expect("the store reads");
    assert_eq!(there.len(), 1);
}

pub(super) async fn where_all_are_refused_no_answer_is_kept(trial: Trial) {
    let app = trial.app().await;
    let named = |trial: &Trial| {
        let mut message = trial.message(&app, []);
        message.message.event_id = Some(Uid::parse("once").expect("a good uid"));
        message
    };
    trial.accept(named(&trial)).await;
    let taken = Err(StoreError::Conflict(Conflict::EventId));
    let refused = trial.store.accept_messages_once(vec![named(&trial)], answer(1, "refused")).await;
    assert_eq!(refused, Ok(vec![taken.clone()]));
    assert_eq!(found(&trial, 1).await, None);
    let messages = vec![named(&trial), trial.message(&app, [])];
    let mixed = trial.store.accept_messages_once(messages, answer(1, "mixed")).await;
    assert_eq!(mixed, Ok(vec![taken, Ok(())]));
    assert_eq!(found(&trial, 1).await, Some("mixed".into()));
}

pub(super) async fn old_answers_are_forgotten_step_by_step(trial: Trial) {
    for key in 0..5 {
        assert_eq!(trial.store.keep_answer(answer(key, "old")).await, Ok(()));
    }
    assert_eq!(trial.store.forget_answers(trial.now(), 2).await, Ok(0), "they are live");
    trial.pass(KEPT_FOR * 2);
    assert_eq!(trial.store.keep_answer(answer(7, "live")).await, Ok(()));
    for expected in [2, 2, 1, 0] {
        assert_eq!(trial.store.forget_answers(trial.now(), 2).await, Ok(expected));
    }
    assert_eq!(found(&trial, 7).await, Some("live".into()));
}
