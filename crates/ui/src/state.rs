//! What every page can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use wirepost_control::Control;

use crate::live_streams::LiveStreams;
use crate::settings::UiSettings;

/// The operations and the look. Cheap to clone.
#[derive(Clone)]
pub(crate) struct UiState {
    pub(crate) control: Control,
    pub(crate) settings: Arc<UiSettings>,
    pub(crate) streams: LiveStreams,
}

impl UiState {
    pub(crate) fn new(control: Control, settings: UiSettings, streams: LiveStreams) -> Self {
        Self { control, settings: Arc::new(settings), streams }
    }
}

impl FromRef<UiState> for Control {
    fn from_ref(state: &UiState) -> Self {
        state.control.clone()
    }
}
