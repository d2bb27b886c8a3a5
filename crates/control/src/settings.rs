//! The bounds that the operations hold callers to.

/// How much may be asked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSettings {
    /// Most bytes of a payload.
    pub payload_bytes_most: usize,
    /// Days payloads are kept unless the message says fewer; also the most it may say.
    pub retention_days: u16,
    /// Most endpoints of one app.
    pub endpoints_per_app_most: usize,
}

impl Default for ControlSettings {
    fn default() -> Self {
        Self {
            payload_bytes_most: 1 << 20,
            retention_days: wirepost_model::message::RETENTION_DAYS_DEFAULT,
            endpoints_per_app_most: 2_000,
        }
    }
}
