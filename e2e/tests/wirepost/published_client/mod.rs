//! The published Rust client library against our server, unchanged: only its server URL is ours.

mod access;
mod apps;
mod background_tasks;
mod endpoints;
mod event_types;
mod messages;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use svix::api::{Svix, SvixOptions};
use svix::models::{ApplicationIn, EndpointIn, EventTypeIn};
use wirepost_e2e::server::{Server, Settings, TOKEN};
use wirepost_e2e::witness::Witness;

/// A server with an app, and the client that calls it. What is asked goes on record.
struct Setting {
    _server: Server,
    witness: Witness,
    svix: Svix,
    app: String,
}

impl Setting {
    async fn start() -> Self {
        let server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "0s").start().await;
        let witness = Witness::of("rust", server.address()).await;
        let svix = client(&witness, TOKEN);
        let app = svix.application().create(ApplicationIn::new("Customer".to_owned()), None).await;
        let app = app.expect("an app").id;
        Self { _server: server, witness, svix, app }
    }

    fn app(&self) -> String {
        self.app.clone()
    }

    /// The id of a fresh endpoint.
    async fn endpoint(&self, url: &str) -> String {
        let made = self.svix.endpoint().create(self.app(), EndpointIn::new(url.to_owned()), None).await;
        made.expect("an endpoint").id
    }

    async fn event_type(&self, name: &str, schemas: Value) {
        let wanted = EventTypeIn {
            schemas: Some(schemas),
            ..EventTypeIn::new(name.to_owned(), "of this test".to_owned())
        };
        self.svix.event_type().create(wanted, None).await.expect("an event type");
    }
}

fn client(witness: &Witness, token: &str) -> Svix {
    let options = SvixOptions { server_url: Some(witness.url()), ..SvixOptions::default() };
    Svix::new(token.to_owned(), Some(options))
}

/// A part of a request that the library would have built from the same JSON.
fn part<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("the library knows these fields")
}

fn names(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The status of a refusal whose body the library could read.
fn status_of<T>(refused: Result<T, svix::Error>) -> u16 {
    match refused {
        Ok(_) => panic!("this should have been refused"),
        Err(svix::Error::Http(content)) => {
            content.payload.expect("the library can read the error");
            content.status.as_u16()
        }
        Err(svix::Error::Validation(content)) => {
            content.payload.expect("the library can read the refusal");
            content.status.as_u16()
        }
        Err(other) => panic!("not an answer: {other}"),
    }
}
