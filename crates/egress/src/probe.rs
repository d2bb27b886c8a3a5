//! A connection tried out for a person who sets it up: one request without a body over a connection of its own, and
//! the certificate beside what came of it. Addresses are guarded and time is bounded as with every other request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

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
    /// Asks `url` with `method` and `headers` and nothing else, within `timeout`. No connection is used that stood
    /// before, and none is kept.
    ///
    /// # Errors
    /// What is wrong with the URL, as far as it shows without resolving its name.
    pub async fn probe(
        &self,
        url: &str,
        method: Method,
        headers: HeaderMap,
        timeout: Duration,
    ) -> Result<Probe, UrlError> {
        let shown = Arc::new(Shown::default());
        let target = self.target_once(url, shown.clone())?;
        let exchange = self.send(&target, method, headers, Bytes::new(), timeout).await;
        Ok(Probe { exchange, certificate: shown.take() })
    }
}
