//! The list of tokens, newest first, and how each comes to its end.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use serde::Deserialize;
use wirepost_model::capability::Capabilities;
use wirepost_model::ids::{AppId, TokenKind};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};

use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::show::Instant;
use crate::state::UiState;

/// Tokens on one page.
const ROWS: usize = 50;

/// Which tokens, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    ended: bool,
    after: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct TokensPage {
    layout: Layout,
    /// Whether those that ended are listed too.
    with_ended: bool,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

struct Row {
    id: String,
    name: String,
    scope: ScopeShown,
    capabilities: String,
    created: Instant,
    used: Option<Instant>,
    expires: Option<Instant>,
    tone: &'static str,
    word: &'static str,
    is_good: bool,
}

/// What a token reaches.
enum ScopeShown {
    Organisation,
    App { id: AppId, name: String },
    GoneApp,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let (page, is_first) = behind::<TokenKind>(question.after.as_deref(), ROWS);
    let page = state.control.list_tokens(person.caller.clone(), question.ended, page).await?;
    let apps: Vec<AppId> = page.rows.iter().filter_map(|token| app_of(token.scope)).collect();
    let names = state.control.app_names(&person.caller, apps).await?;
    let ended = if question.ended { "ended=true&" } else { "" };
    let next = page.rows.last().filter(|_| !page.done);
    let next = next.map(|token| format!("/tokens?{ended}after={}", token.id));
    let now = state.control.now();
    html(&TokensPage {
        layout: Layout::of_organisation(&state, &person, "Tokens", Section::Tokens)
            .telling(question.done.as_deref()),
        with_ended: question.ended,
        rows: page.rows.into_iter().map(|token| Row::of(token, &names, now)).collect(),
        next,
        is_first,
    })
}

pub(crate) async fn revoke(
    State(state): State<UiState>,
    Path(token): Path<String>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Redirect, Fault> {
    state.control.revoke_token(person.caller, &token).await?;
    Ok(Redirect::to("/tokens?done=token-revoked"))
}

impl Row {
    fn of(token: Token, names: &BTreeMap<AppId, String>, now: Timestamp) -> Self {
        let is_good = token.is_good_at(now);
        let (tone, word) = match (token.revoked_at, is_good) {
            (Some(_), _) => ("bad", "Revoked"),
            (None, false) => ("calm", "Expired"),
            (None, true) => ("good", "Good"),
        };
        Self {
            id: token.id.to_string(),
            scope: ScopeShown::of(token.scope, names),
            capabilities: listed(token.scope, token.capabilities),
            name: token.name,
            created: token.created_at.into(),
            used: token.last_used_at.map(Instant::from),
            expires: token.expires_at.map(Instant::from),
            tone,
            word,
            is_good,
        }
    }
}

impl ScopeShown {
    fn of(scope: Scope, names: &BTreeMap<AppId, String>) -> Self {
        let Some(id) = app_of(scope) else { return Self::Organisation };
        names.get(&id).map_or(Self::GoneApp, |name| Self::App { id, name: name.clone() })
    }
}

fn app_of(scope: Scope) -> Option<AppId> {
    match scope {
        Scope::Organisation => None,
        Scope::App(app) => Some(app),
    }
}

/// The capabilities by name, or in a word what many tokens have.
fn listed(scope: Scope, capabilities: Capabilities) -> String {
    if capabilities == scope.capabilities_at_most() {
        return "all that there is to do".to_owned();
    }
    if capabilities == Capabilities::OF_CUSTOMER {
        return "all that concerns endpoints".to_owned();
    }
    let names: Vec<&str> = capabilities.iter().map(|capability| capability.as_str()).collect();
    names.join(", ")
}
