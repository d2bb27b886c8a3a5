//! `/app/{app}/endpoints/{endpoint}/advanced`: how fast and with what requests are sent. Each part of the page is a
//! form of its own, sent here with the part's name; a refused one is drawn again in its place.

mod authentication;
mod channels;
mod headers;
mod oauth;
mod rate_limit;
mod rules;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_control::caller::AppAccess;
use wirepost_control::endpoint_authentication::AuthenticationKind;
use wirepost_model::endpoint::Endpoint;

use self::authentication::Authentication;
use self::channels::Channels;
use self::headers::Headers;
use self::oauth::Trial;
use self::rate_limit::RateLimit;
use self::rules::Rules;
use super::frame::{Frame, Tab, open};
use crate::fault::Fault;
use crate::form::{Form, fill};
use crate::layout::{Layout, html};
use crate::person::Person;
use crate::query::Query;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// Which kind of authentication is looked at, and what was just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Question {
    auth: Option<String>,
    done: Option<String>,
}

/// The fields of a form, as they came.
type Fields = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "endpoints/advanced.html")]
struct AdvancedPage {
    layout: Layout,
    frame: Frame,
    rate_limit: RateLimit,
    headers: Headers,
    authentication: Authentication,
    rules: Rules,
    channels: Channels,
}

/// Whose page it is, and of which endpoint.
struct Here<'a> {
    state: &'a UiState,
    person: &'a Person,
    access: AppAccess,
    endpoint: Endpoint,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let here = Here::open(&state, &person, &app, &endpoint).await?;
    let mut page = here.page(question.auth.as_deref()).await?;
    page.layout = page.layout.telling(question.done.as_deref());
    html(&page)
}

pub(crate) async fn change(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, fields): Form<Fields>,
) -> Result<Response, Fault> {
    let here = Here::open(&state, &person, &app, &endpoint).await?;
    match value_of(&fields, "part") {
        "rate-limit" => {
            let sent: rate_limit::Sent = fill(&fields)?;
            let saved = sent.save(&here).await;
            here.answer(saved, "saved", |page, wrong| page.rate_limit.refuse(sent, wrong)).await
        }
        "header" => {
            let sent: headers::Sent = fill(&fields)?;
            let saved = sent.save(&here).await;
            here.answer(saved, sent.done(), |page, wrong| page.headers.refuse(sent, wrong)).await
        }
        "authentication" => authenticate(&here, &fields).await,
        "rules" => {
            let sent: rules::Sent = fill(&fields)?;
            let saved = sent.save(&here).await;
            here.answer(saved, "saved", |page, wrong| page.rules.refuse(sent, wrong)).await
        }
        "channels" => {
            let sent: channels::Sent = fill(&fields)?;
            let saved = sent.save(&here).await;
            here.answer(saved, "saved", |page, wrong| page.channels = sent.refused(wrong)).await
        }
        _ => Err(Fault::bad_request("This form is not one of ours.")),
    }
}

/// Sets the kind of authentication, or tries it out.
async fn authenticate(here: &Here<'_>, fields: &Fields) -> Result<Response, Fault> {
    let sent: authentication::Sent = fill(fields)?;
    if sent.is_trial() {
        let trial = Trial::of(here, &sent).await?;
        let mut page = here.page(Some(sent.kind())).await?;
        page.authentication.tried(sent, trial);
        return html(&page);
    }
    let saved = sent.save(here).await;
    let kind = sent.kind().to_owned();
    match saved {
        Ok(()) => Ok(here.back("authenticated")),
        Err(error) => {
            let wrong = Wrong::try_from(error)?;
            let mut page = here.page(Some(&kind)).await?;
            page.authentication.refuse(sent, wrong);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
    }
}

fn value_of<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
}

impl<'a> Here<'a> {
    async fn open(state: &'a UiState, person: &'a Person, app: &str, endpoint: &str) -> Result<Self, Fault> {
        let (access, endpoint) = open(state, person, app, endpoint).await?;
        Ok(Self { state, person, access, endpoint })
    }

    /// The endpoint's id, as operations take it.
    fn id(&self) -> String {
        self.endpoint.id.to_string()
    }

    /// The page as the endpoint is, with this kind of authentication to look at.
    async fn page(&self, kind: Option<&str>) -> Result<AdvancedPage, Fault> {
        let Self { state, person, access, endpoint } = self;
        let control = &state.control;
        let shown = control.endpoint_authentication(access, &self.id()).await?;
        let headers = control.endpoint_headers(access, &self.id()).await?;
        let frame = Frame::of(state, person, access, endpoint, Tab::Advanced).await?;
        Ok(AdvancedPage {
            layout: frame.layout(state, person, access),
            frame,
            rate_limit: RateLimit::of(endpoint, access.app().throttle_rate),
            headers: Headers::of(headers),
            authentication: Authentication::of(shown, kind),
            rules: Rules::of(&endpoint.delivery_rules, &control.settings().operator_rules),
            channels: Channels::of(endpoint),
        })
    }

    /// Back to the page, which tells what was done; or the page with what was refused.
    async fn answer(
        &self,
        saved: ControlResult<()>,
        done: &str,
        refuse: impl FnOnce(&mut AdvancedPage, Wrong),
    ) -> Result<Response, Fault> {
        let Err(error) = saved else {
            return Ok(self.back(done));
        };
        let wrong = Wrong::try_from(error)?;
        let mut page = self.page(None).await?;
        refuse(&mut page, wrong);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
    }

    fn back(&self, done: &str) -> Response {
        let (app, endpoint) = (self.access.id(), self.endpoint.id);
        Redirect::to(&format!("/app/{app}/endpoints/{endpoint}/advanced?done={done}")).into_response()
    }
}
