//! Pulses: who may set them up and raise them, and what holds when several do at once.

use serde_json::value::RawValue;
use wirepost_control::caller::{AppAccess, Caller};
use wirepost_control::change::Change;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::pulse_draft::PulseChanges;
use wirepost_control::raises::{RaiseDraft, Raised};
use wirepost_control::{ControlError, ControlResult};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::pulse::{Pulse, Raisers};
use wirepost_store::Store;

use crate::rig::{ORGANISATION, Rig};

fn only(capabilities: impl IntoIterator<Item = Capability>) -> Caller {
    Caller::new(ORGANISATION).with_capabilities(capabilities.into_iter().collect::<Capabilities>())
}

fn named(name: &str) -> PulseChanges {
    PulseChanges { name: Change::Set(name.to_owned()), ..PulseChanges::default() }
}

async fn pulse(rig: &Rig, access: &AppAccess) -> Pulse {
    rig.control.create_pulse(access, named("Recall")).await.expect("a good pulse")
}

async fn raise(rig: &Rig, caller: Caller, pulse: &Pulse) -> ControlResult<Raised> {
    let objects: &RawValue = serde_json::from_str(r#"[{"id":"a1","type":"asset"}]"#).expect("good JSON");
    let draft = RaiseDraft { objects, fields: None, user: None, note: None };
    rig.control.raise_pulse(caller, "acme", &pulse.id.to_string(), draft).await
}

#[tokio::test]
async fn setting_up_and_raising_need_a_capability_each() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let pulse = pulse(&rig, &access).await;
    let id = pulse.id.to_string();
    let raiser = only([Capability::ViewBase, Capability::CreateAttempts]);
    let refused = ControlError::MissingCapability(Capability::ManageEndpoint);
    let looking = rig.control.enter(raiser.clone(), "acme").await.expect("it may look");
    assert_eq!(rig.control.create_pulse(&looking, named("x")).await, Err(refused.clone()));
    assert_eq!(rig.control.change_pulse(&looking, &id, named("x")).await, Err(refused.clone()));
    assert_eq!(rig.control.archive_pulse(&looking, &id).await, Err(refused));
    assert_eq!(rig.control.find_pulse(&looking, &id).await, Ok(pulse.clone()));
    assert!(raise(&rig, raiser, &pulse).await.is_ok());

    let manager = only([Capability::ViewBase, Capability::ManageEndpoint]);
    let refused = ControlError::MissingCapability(Capability::CreateAttempts);
    assert_eq!(raise(&rig, manager, &pulse).await, Err(refused));
    let log = rig.control.list_raises(&access, None, PageQuery::first(10, Order::Ascending)).await;
    assert_eq!(log.expect("a page").rows.len(), 1, "what was refused is not in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_different_fields_at_the_same_time_are_all_kept() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let id = pulse(&rig, &access).await.id.to_string();
    let listed = PulseChanges { raisers: Change::Set(Some(vec!["u1".into()])), ..PulseChanges::default() };
    let bounded = PulseChanges { objects_most: Change::Set(7), ..PulseChanges::default() };
    let (one, two, three) = tokio::join!(
        rig.control.change_pulse(&access, &id, named("Withdraw")),
        rig.control.change_pulse(&access, &id, listed),
        rig.control.change_pulse(&access, &id, bounded),
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
    let pulse = rig.control.find_pulse(&access, &id).await.expect("it is there");
    assert_eq!((pulse.name.as_str(), pulse.objects.most), ("Withdraw", 7));
    assert_eq!(pulse.raisers, Raisers::Users(vec!["u1".to_owned()]));
}

#[tokio::test]
async fn a_raise_that_the_store_did_not_take_is_not_answered() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let pulse = pulse(&rig, &access).await;
    rig.store.close().await;
    let raised = raise(&rig, rig.caller(), &pulse).await;
    assert!(matches!(raised, Err(ControlError::Unavailable(_))), "{raised:?}");
}
