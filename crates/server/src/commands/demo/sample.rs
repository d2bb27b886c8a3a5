//! The demo's app, endpoints and events.

use std::sync::atomic::{AtomicUsize, Ordering};

use wirepost_control::apps::AppDraft;
use wirepost_control::caller::{AppAccess, Caller};
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointDraft;
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::{Control, ControlError};
use wirepost_model::event_type::EventType;
use wirepost_model::token::Scope;

use super::receiver::{Receiver, narrate};
use crate::commands::Sentence;

/// The uid of the demo's app.
pub(super) const APP: &str = "demo";

/// What the demo sends.
pub(super) struct Sample {
    access: AppAccess,
    event_types: Vec<EventType>,
    sent: AtomicUsize,
}

impl Sample {
    /// Loads the catalogue, and makes the app and its endpoints where they are not there from before.
    pub(super) async fn set_up(control: &Control, receiver: &Receiver) -> Result<Self, Sentence> {
        let say = |error: ControlError| format!("cannot set up the demo: {error}");
        let caller = Caller::new(Scope::Organisation);
        control.load_dam_catalogue(caller).await.map_err(say)?;
        let draft = AppDraft {
            name: "Demo customer".to_owned(),
            uid: Change::Set(Some(APP.to_owned())),
            ..AppDraft::default()
        };
        control.find_or_create_app(caller, draft).await.map_err(say)?;
        let access = control.enter(caller, APP).await.map_err(say)?;
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
        let event_types = control.list_event_types(false, page).await.map_err(say)?.rows;
        let access = control.enter(caller, APP).await.map_err(say)?;
        Ok(Self { access, event_types, sent: AtomicUsize::new(0) })
    }

    /// How many event types the catalogue holds.
    pub(super) fn event_types(&self) -> usize {
        self.event_types.len()
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
            Ok(message) => narrate(&format!("→ accepted   {:<28} {}", name.as_str(), message.id)),
            Err(error) => narrate(&format!("! refused    {:<28} {error}", name.as_str())),
        }
    }
}

/// One endpoint for assets alone, one for everything.
fn endpoints() -> [(&'static str, &'static str, Vec<String>); 2] {
    let assets = ["asset.created", "asset.deleted", "asset.metadata.updated", "asset.downloaded"];
    [
        ("studio", "Image studio: assets only", assets.map(str::to_owned).to_vec()),
        ("archive", "Archive: every event", Vec::new()),
    ]
}
