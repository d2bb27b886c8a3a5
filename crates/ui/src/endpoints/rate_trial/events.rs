//! `…/testing/rate/{trial}/events`: server-sent events, each with the trial as it stands. Whoever reads them watches:
//! the trial begins with the first reader, and stops the moment that the last one is gone.

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use tokio::time::timeout;
use wirepost_control::rate_trial::{TrialView, Watching};
use wirepost_model::capability::Capability;

use super::super::frame::open;
use super::progress::{ApplyForm, Part, Progress};
use super::show::apply_form;
use crate::cookies::shown_secret;
use crate::event_stream::{Ended, Reader, answer};
use crate::fault::Fault;
use crate::live_streams::Place;
use crate::person::Person;
use crate::state::UiState;

/// Something is sent this often, so that a reader who is gone is noticed.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// Every so many events the session is looked at again.
const ROUND: u32 = 20;
/// Drawings that may wait for their reader.
const WAITING_MOST: usize = 2;
/// A reader that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn events(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint, trial)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let Some(place) = state.streams.take(access.id()) else {
        let sentence = "Too many pages are followed live just now. Close one of them, or wait.";
        return Ok((StatusCode::SERVICE_UNAVAILABLE, sentence).into_response());
    };
    let watching = state.control.watch_rate_trial(&access, &endpoint.id.to_string(), &trial)?;
    let here = format!("/app/{}/endpoints/{}/testing/rate/{trial}", access.id(), endpoint.id);
    let (reader, events) = Reader::new(WAITING_MOST, PATIENCE);
    let (reading, gone) = oneshot::channel::<()>();
    let form = apply_form(&person, &here);
    let secret = shown_secret(&headers, &state.settings).unwrap_or_default();
    let stream = Stream { state, watching, reader, form, secret };
    tokio::spawn(stream.run(place, gone));
    // The body is dropped when the reader hangs up, and `reading` with it.
    let events = events.map_frame(move |frame| {
        let _ = &reading;
        frame
    });
    Ok(answer(Body::new(events)))
}

/// What one reader watches.
struct Stream {
    state: UiState,
    watching: Watching,
    reader: Reader,
    form: Option<ApplyForm>,
    /// What the reader's browser shows.
    secret: String,
}

impl Stream {
    async fn run(mut self, place: Place, gone: oneshot::Receiver<()>) {
        tokio::select! {
            biased;
            _ = gone => {}
            Ended = self.follow() => {}
            () = place.closed() => {}
        }
    }

    async fn follow(&mut self) -> Ended {
        for event in 1_u32.. {
            let sent = match timeout(SIGN_OF_LIFE, self.watching.next()).await {
                Err(_) => self.reader.send_sign_of_life().await,
                Ok(Some(view)) => self.draw(&view).await,
                Ok(None) => return Ended,
            };
            if sent.is_err() || (event % ROUND == 0 && !self.may_go_on().await) {
                return Ended;
            }
        }
        Ended
    }

    async fn draw(&mut self, view: &TrialView) -> Result<(), Ended> {
        let progress = Progress::of(view, self.form.clone());
        let name = if progress.is_over { "end" } else { "draw" };
        let html = Part { progress }.render().map_err(|_| Ended)?;
        self.reader.send(name, &html).await
    }

    /// A session ends here as it ends everywhere, and what it may do can change.
    async fn may_go_on(&self) -> bool {
        let visitor = self.state.control.visitor(&self.secret).await;
        visitor.is_ok_and(|visitor| visitor.caller.may(Capability::CreateAttempts))
    }
}
