//! The demo's app, endpoints and events.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wirepost_control::apps::AppDraft;
use wirepost_control::caller::{AppAccess, Caller};
use wirepost_control::catalogue::{Catalogue, ImportMode};
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointDraft;
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::portal::PortalDraft;
use wirepost_control::pulse_draft::PulseChanges;
use wirepost_control::{Control, ControlError, ControlResult};
use wirepost_model::event_type::EventType;
use wirepost_model::ids::PulseId;
use wirepost_model::token::Scope;

use super::receiver::{Receiver, narrate};
use crate::commands::Sentence;

/// The uid of the demo's app.
pub(super) const APP: &str = "demo";
/// The name of the pulse that a newcomer may raise.
const PULSE: &str = "Send to storefront";
/// What it is raised with.
pub(super) const RAISE: &str = r#"{"objects":[{"id":"4711","type":"asset"}],"fields":{"shop":"Oslo"},"user":{"id":"u1","firstName":"Ada"}}"#;

/// What the demo sends.
pub(super) struct Sample {
    access: AppAccess,
    event_types: Vec<EventType>,
    pulse: PulseId,
    sent: AtomicUsize,
}

impl Sample {
    /// Loads the catalogue, and makes the app and its endpoints where they are not there from before.
    pub(super) async fn set_up(control: &Control, receiver: &Receiver) -> Result<Self, Sentence> {
        let say = |error: ControlError| format!("cannot set up the demo: {error}");
        let caller = Caller::new(Scope::Organisation);
        let catalogue = Catalogue::dam().map_err(|fault| format!("cannot set up the demo: {fault}"))?;
        control.import_catalogue(caller.clone(), catalogue, ImportMode::default()).await.map_err(say)?;
        let draft = AppDraft {
            name: "Demo customer".to_owned(),
            uid: Change::Set(Some(APP.to_owned())),
            ..AppDraft::default()
        };
        control.find_or_create_app(caller.clone(), draft).await.map_err(say)?;
        let access = control.enter(caller.clone(), APP).await.map_err(say)?;
        for (uid, description, event_types) in endpoints() {
            let draft = EndpointDraft {
                url: receiver.url(uid),
                description: description.to_owned(),
                event_types: Some(event_types),
                ..EndpointDraft::default()
            };
            control.put_endpoint(&access, uid, draft).await.map_err(say)?;
            receiver.trust(uid, &control.verification_key(&access, uid).await.map_err(say)?)?;
        }
        let page = PageQuery::first(250, Order::Ascending);
        let event_types = control.list_event_types(caller.clone(), false, page).await.map_err(say)?.rows;
        let access = control.enter(caller, APP).await.map_err(say)?;
        let pulse = find_or_create_pulse(control, &access).await.map_err(say)?;
        Ok(Self { access, event_types, pulse, sent: AtomicUsize::new(0) })
    }

    /// How many event types the catalogue holds.
    pub(super) fn event_types(&self) -> usize {
        self.event_types.len()
    }

    /// The pulse that a newcomer may raise.
    pub(super) fn pulse(&self) -> PulseId {
        self.pulse
    }

    /// An address that opens the pages once, as the app's own people see them.
    pub(super) async fn portal_link(&self, control: &Control) -> Result<String, Sentence> {
        let caller = Caller::new(Scope::Organisation);
        let opened = control.open_portal(caller, APP, PortalDraft::default()).await;
        opened.map(|access| access.url).map_err(|error| format!("cannot open the demo's pages: {error}"))
    }

    /// Sends the example of the next event type.
    pub(super) async fn send_event(&self, control: &Control) {
        let turn = self.sent.fetch_add(1, Ordering::Relaxed);
        let described = self.event_types.iter().filter_map(|entry| Some((&entry.name, entry.example()?)));
        let described: Vec<_> = described.collect();
        let Some((name, example)) = described.get(turn % described.len().max(1)) else {
            return;
        };
        let draft = MessageDraft {
            event_type: name.as_str().into(),
            payload: example.to_string().into(),
            ..MessageDraft::default()
        };
        match control.create_message(&self.access, draft).await {
            Ok(accepted) => narrate(&format!("→ accepted   {:<28} {}", name.as_str(), accepted.message.id)),
            Err(error) => narrate(&format!("! refused    {:<28} {error}", name.as_str())),
        }
    }
}

/// The pulse of an earlier run, or else a fresh one.
async fn find_or_create_pulse(control: &Control, access: &AppAccess) -> ControlResult<PulseId> {
    let page = PageQuery::first(250, Order::Ascending);
    let known = control.list_pulses(access, false, page).await?.rows;
    if let Some(pulse) = known.into_iter().find(|pulse| pulse.name == PULSE) {
        return Ok(pulse.id);
    }
    let fields = json!({
        "type": "object", "required": ["shop"], "additionalProperties": false,
        "properties": {"shop": {"type": "string", "maxLength": 100}},
    });
    let pulse = PulseChanges {
        name: Change::Set(PULSE.to_owned()),
        description: Change::Set("Offers the picked assets in a shop".to_owned()),
        fields: Change::Set(Some(fields)),
        ..PulseChanges::default()
    };
    Ok(control.create_pulse(access, pulse).await?.id)
}

/// One endpoint for assets alone, one for everything.
fn endpoints() -> [(&'static str, &'static str, Vec<String>); 2] {
    let assets = ["asset.created", "asset.deleted", "asset.metadata.updated", "asset.downloaded"];
    [
        ("studio", "Image studio: assets only", assets.map(str::to_owned).to_vec()),
        ("archive", "Archive: every event", Vec::new()),
    ]
}
