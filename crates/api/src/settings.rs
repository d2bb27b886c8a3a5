//! The bounds of what is read from the network, who may ask from a browser, and what every handler is given.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use http::HeaderValue;
use wirepost_control::Control;

/// Room for what stands around a payload in a request body, in bytes.
const AROUND_PAYLOAD_BYTES: usize = 64 * 1_024;

/// How much a request may bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// Most bytes of a batch of messages.
    pub batch_bytes_most: usize,
    /// Most time for a request's body to come in.
    pub body_timeout: Duration,
    /// Origins whose pages may call from a browser, as browsers spell them: `https://pages.example.com`.
    pub cors_origins: Vec<HeaderValue>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self { batch_bytes_most: 16 << 20, body_timeout: Duration::from_secs(30), cors_origins: Vec::new() }
    }
}

/// What every handler is given. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState(Arc<Inside>);

struct Inside {
    control: Control,
    settings: ApiSettings,
}

impl ApiState {
    pub(crate) fn new(control: Control, settings: ApiSettings) -> Self {
        Self(Arc::new(Inside { control, settings }))
    }

    pub(crate) fn control(&self) -> &Control {
        &self.0.control
    }

    /// Most bytes of any body but a batch.
    pub(crate) fn body_bytes_most(&self) -> usize {
        self.0.control.settings().payload_bytes_most + AROUND_PAYLOAD_BYTES
    }

    /// Most time for a body.
    pub(crate) fn body_timeout(&self) -> Duration {
        self.0.settings.body_timeout
    }

    /// Most bytes of a batch.
    pub(crate) fn batch_bytes_most(&self) -> usize {
        self.0.settings.batch_bytes_most
    }
}

impl FromRef<ApiState> for Control {
    fn from_ref(state: &ApiState) -> Self {
        state.control().clone()
    }
}
