//! The bounds that the operations hold callers to.

use std::time::Duration;

use wirepost_model::delivery_rules::OperatorRules;
use wirepost_model::names::Uid;

use crate::issuer::IssuerSettings;
use crate::openid::OpenIdAccess;

/// How much may be asked at once, and who is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSettings {
    /// Most bytes of a payload.
    pub payload_bytes_most: usize,
    /// Days payloads are kept unless the message says fewer; also the most it may say.
    pub retention_days: u16,
    /// Most endpoints of one app.
    pub endpoints_per_app_most: usize,
    /// Most requests per second with one token; no bound where it is not said.
    pub requests_per_second_of_token: Option<u32>,
    /// What applies to endpoints without rules of their own; only told here.
    pub operator_rules: OperatorRules,
    /// How long every attempt of an endpoint may fail before it is disabled; only told here.
    pub disable_after: Duration,
    /// Whose signed tokens are believed; nobody's where it is not said.
    pub issuer: Option<IssuerSettings>,
    /// Where people of the company sign in; nowhere where it is not said.
    pub openid: Option<OpenIdAccess>,
    /// Messages per second that a background task sends again at most, unless it is asked for otherwise.
    pub replay_rate: u32,
    /// The uid of the app by which the operator is told; nobody is where it is not said.
    pub operational_app: Option<Uid>,
    /// Where people reach the pages, without a slash at the end.
    pub public_url: String,
}

impl Default for ControlSettings {
    fn default() -> Self {
        Self {
            payload_bytes_most: 1 << 20,
            retention_days: wirepost_model::message::RETENTION_DAYS_DEFAULT,
            endpoints_per_app_most: 2_000,
            requests_per_second_of_token: None,
            operator_rules: OperatorRules::default(),
            disable_after: Duration::from_secs(5 * 24 * 60 * 60),
            issuer: None,
            openid: None,
            replay_rate: 1_000,
            operational_app: None,
            public_url: "http://127.0.0.1:8071".to_owned(),
        }
    }
}
