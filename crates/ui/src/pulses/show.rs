//! A pulse: the form that raises it, and the log of its raises.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::raisers::raiser;
use wirepost_model::capability::Capability;
use wirepost_model::ids::{MessageId, RaiseKind};
use wirepost_model::pulse::Pulse;

use super::form_fields::{FormField, Kind, form_for};
use super::list::raisers;
use super::log::{Line, RAISES, lines};
use super::raise::Filled;
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::refusals::Refusals;
use crate::state::UiState;

/// Random bytes by which a form is known that is sent twice.
const ONCE_BYTES: usize = 16;

/// What was just done, and from where on the log is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Question {
    raised: Option<String>,
    done: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pulses/show.html")]
struct ShowPage<'a> {
    layout: Layout,
    here: String,
    /// The page of this pulse.
    path: String,
    pulse: &'a Pulse,
    raisers: String,
    objects: String,
    may_manage: bool,
    may_raise: bool,
    /// Who the person is to the pulse.
    you: String,
    /// The message of the raise that was just done.
    raised: Option<String>,
    /// By what this form is known when it is sent twice.
    once: String,
    filled: &'a Filled,
    fields: Vec<FormField>,
    refusals: &'a Refusals,
    lines: Vec<Line>,
    is_first: bool,
    next: Option<String>,
}

impl ShowPage<'_> {
    fn at(&self, field: &str) -> Vec<String> {
        self.refusals.at(field)
    }

    /// What is wrong with the fields as a whole.
    fn at_fields(&self) -> Vec<String> {
        self.refusals.exactly("fields")
    }

    fn elsewhere(&self) -> Vec<String> {
        self.refusals.besides(&["objects", "fields", "note"])
    }
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, pulse)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let pulse = state.control.find_pulse(&access, &pulse).await?;
    let looked_at = LookedAt { person: &person, access: &access, pulse: &pulse };
    page(&state, looked_at, question, &Filled::default(), &Refusals::default()).await
}

/// Who looks at what.
#[derive(Clone, Copy)]
pub(super) struct LookedAt<'a> {
    pub(super) person: &'a Person,
    pub(super) access: &'a AppAccess,
    pub(super) pulse: &'a Pulse,
}

pub(super) async fn page(
    state: &UiState,
    looked_at: LookedAt<'_>,
    question: Question,
    filled: &Filled,
    refusals: &Refusals,
) -> Result<Response, Fault> {
    let LookedAt { person, access, pulse } = looked_at;
    let here = format!("/app/{}/pulses", access.id());
    let path = format!("{here}/{}", pulse.id);
    let (page, is_first) = behind::<RaiseKind>(question.after.as_deref(), RAISES);
    let page = state.control.list_raises(access, Some(&pulse.id.to_string()), page).await?;
    let next = page.rows.last().filter(|_| !page.done).map(|raise| format!("{path}?after={}", raise.id));
    let raised = question.raised.and_then(|id| MessageId::parse(&id).ok());
    let you = raiser(&person.caller, &person.name);
    let mut once = [0; ONCE_BYTES];
    state.control.fill_random(&mut once);
    html(&ShowPage {
        layout: Layout::in_app(state, person, access.app(), &pulse.name, Section::Pulses)
            .telling(question.done.as_deref()),
        raisers: raisers(&pulse.raisers),
        objects: objects(pulse),
        may_manage: person.may(Capability::ManageEndpoint),
        may_raise: state.control.may_raise(access, pulse, &you),
        you: you.id,
        raised: raised.map(|id| format!("/app/{}/logs/{id}", access.id())),
        once: URL_SAFE_NO_PAD.encode(once),
        fields: form_for(pulse.fields.as_ref(), &filled.0, refusals),
        lines: lines(state, access, page.rows).await?,
        here,
        path,
        pulse,
        filled,
        refusals,
        is_first,
        next,
    })
}

/// How many objects, in words.
fn objects(pulse: &Pulse) -> String {
    match (pulse.objects.least, pulse.objects.most) {
        (least, most) if least == most => format!("exactly {least}"),
        (0, most) => format!("up to {most}"),
        (least, most) => format!("{least} to {most}"),
    }
}
