//! A connection tried out for a person who sets it up: one HEAD request over a connection of its own, and the
//! certificate beside what came of it. Addresses are guarded and time is bounded as with every other request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Method};

use crate::certificate::Certificate;
use crate::client::Client;
use crate::endpoint_url::UrlError;
use crate::exchange::Exchange;
use crate::tls_witness::Shown;

/// What came of trying a connection out.
#[derive(Debug)]
pub struct Probe {
    /// What became of the request.
    pub exchange: Exchange,
    /// What the server showed, accepted or not; `None` without TLS, or where it came to none.
    pub certificate: Option<Certificate>,
}

impl Client {
    /// Asks for the head of `url`, within `timeout`. That is safe by definition (RFC 9110, section 9.2.1), has no
    /// body, and nothing in it looks like an event. No connection is used that stood before, and none is kept.
    ///
    /// # Errors
    /// What is wrong with the URL, as far as it shows without resolving its name.
    pub async fn probe(
        &self,
        url: &str,
        user_agent: &'static str,
        timeout: Duration,
    ) -> Result<Probe, UrlError> {
        let shown = Arc::new(Shown::default());
        let target = self.target_once(url, shown.clone())?;
        let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(user_agent))]);
        let exchange = self.send(&target, Method::HEAD, headers, Bytes::new(), timeout).await;
        Ok(Probe { exchange, certificate: shown.take() })
    }
}
