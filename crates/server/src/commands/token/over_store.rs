//! Tokens in a store on which no server runs.

use std::sync::Arc;

use wirepost_control::caller::Caller;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::tokens::TokenDraft;
use wirepost_control::{Control, ControlError};
use wirepost_model::capability::Capability;
use wirepost_model::clock::Clock;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};
use wirepost_store::Store;

use super::{Line, Wanted};
use crate::assembly::control_without_engine;
use crate::commands::Sentence;
use crate::config::Settings;
use crate::system::SystemClock;

/// Tokens listed at once; the rest comes in further pages.
const PAGE: usize = 250;

/// A store that was free.
pub(super) struct OverStore {
    control: Control,
    store: Arc<dyn Store>,
}

impl OverStore {
    pub(super) async fn open(settings: &Settings) -> Result<Self, Sentence> {
        if !settings.store.exists() {
            let path = settings.store.display();
            return Err(format!("there is no store at {path}: say where it is by --store sqlite:FILE"));
        }
        match control_without_engine(settings).await {
            Ok((control, store)) => Ok(Self { control, store }),
            Err(reason) => Err(format!("{reason} (to ask a running server, use --url and --token)")),
        }
    }

    pub(super) async fn create(self, wanted: Wanted) -> Result<String, Sentence> {
        let draft = TokenDraft {
            name: wanted.name,
            app: wanted.app,
            capabilities: wanted.capabilities,
            expires_at: wanted.expires_in.map(|time| SystemClock.now().plus(time)),
            ..TokenDraft::default()
        };
        let made = self.control.create_token(operator(), draft).await;
        self.store.close().await;
        let (_, fresh) = made.map_err(in_words)?;
        Ok(fresh.expose().to_owned())
    }

    pub(super) async fn list(self) -> Result<Vec<Line>, Sentence> {
        let mut lines = Vec::new();
        let mut page = PageQuery::first(PAGE, Order::Ascending);
        loop {
            let found = self.control.list_tokens(operator(), false, page.clone()).await.map_err(in_words)?;
            if let Some(last) = found.rows.last() {
                page.from = wirepost_control::page::From::After(last.id.key());
            }
            lines.extend(found.rows.into_iter().map(Line::from));
            if found.done {
                self.store.close().await;
                return Ok(lines);
            }
        }
    }

    pub(super) async fn revoke(self, id: &str) -> Result<(), Sentence> {
        let revoked = self.control.revoke_token(operator(), id).await;
        self.store.close().await;
        revoked.map(drop).map_err(in_words)
    }
}

impl From<Token> for Line {
    fn from(token: Token) -> Self {
        let app = match token.scope {
            Scope::Organisation => None,
            Scope::App(app) => Some(app.to_string()),
        };
        Self {
            id: token.id.to_string(),
            name: token.name,
            app,
            capabilities: token.capabilities.iter().map(Capability::as_str).map(str::to_owned).collect(),
            expires_at: token.expires_at.as_ref().map(Timestamp::to_string),
            last_used_at: token.last_used_at.as_ref().map(Timestamp::to_string),
        }
    }
}

/// Whoever may open the store may do everything.
fn operator() -> Caller {
    Caller::new(Scope::Organisation)
}

fn in_words(error: ControlError) -> Sentence {
    match error {
        ControlError::NotFound => "there is no such app or token".to_owned(),
        error => error.to_string(),
    }
}
