//! Somebody who looks at the pages: signs in as the operator, fetches pages, and knows what each of them weighs and how
//! long it took.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::Full;

use crate::client::Connection;
use crate::clock;
use crate::error::{BenchError, Result};
use crate::latency::Latency;
use crate::server_process::TOKEN;

/// A signed-in person with one connection.
pub(crate) struct Visitor {
    connection: Connection,
    cookie: String,
}

/// One address, asked for again and again.
pub(crate) struct Visits {
    /// From the request to the last byte.
    pub(crate) latency: Latency,
    /// What came over the wire, compressed as browsers ask for it.
    pub(crate) bytes: usize,
}

impl Visitor {
    /// Signs in at `/login`.
    pub(crate) async fn sign_in(address: SocketAddr) -> Result<Self> {
        let mut connection = Connection::open(address).await?;
        let form = Request::post("/login")
            .header(HOST, "127.0.0.1")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(format!("token={TOKEN}"))))
            .expect("the token is letters, digits and hyphens");
        let answer = connection.exchange(form).await?;
        let cookie = answer.headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()?.split(';').next());
        match cookie {
            Some(cookie) => Ok(Self { connection, cookie: cookie.to_owned() }),
            None => Err(refused("POST /login", answer.status, &answer.body)),
        }
    }

    /// Fetches what is there so many times, one after the other.
    pub(crate) async fn look(&mut self, path: &str, times: u32) -> Result<Visits> {
        let mut visits = Visits { latency: Latency::new(), bytes: 0 };
        for _ in 0..times {
            let asked_at_ns = clock::now_ns();
            visits.bytes = self.fetch(path, "gzip").await?.len();
            visits.latency.record_ns(clock::now_ns() - asked_at_ns);
        }
        Ok(visits)
    }

    /// A page as text.
    pub(crate) async fn read(&mut self, path: &str) -> Result<Html> {
        let body = self.fetch(path, "identity").await?;
        Ok(Html(String::from_utf8_lossy(&body).into_owned()))
    }

    async fn fetch(&mut self, path: &str, encoding: &str) -> Result<Bytes> {
        let answer = self.connection.exchange(self.request(path, encoding)).await?;
        if answer.status == StatusCode::OK {
            Ok(answer.body)
        } else {
            Err(refused(path, answer.status, &answer.body))
        }
    }

    fn request(&self, path: &str, encoding: &str) -> Request<Full<Bytes>> {
        Request::builder()
            .method(Method::GET)
            .uri(path)
            .header(HOST, "127.0.0.1")
            .header(ACCEPT_ENCODING, encoding)
            .header(COOKIE, &self.cookie)
            .body(Full::new(Bytes::new()))
            .expect("paths come from pages, the cookie from the server")
    }
}

/// What a browser would draw.
pub(crate) struct Html(String);

impl Html {
    /// The first address in the page's links that begins with this.
    pub(crate) fn link(&self, start: &str) -> Option<String> {
        links(&self.0).find(|link| link.starts_with(start)).map(str::to_owned)
    }

    /// What the page fetches besides itself: stylesheets and scripts.
    pub(crate) fn parts(&self) -> Vec<String> {
        let sources = self.0.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let styles = links(&self.0).filter(|link| link.ends_with(".css"));
        sources.chain(styles).filter(|path| path.starts_with('/')).map(str::to_owned).collect()
    }
}

fn links(html: &str) -> impl Iterator<Item = &str> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

fn refused(call: &str, status: StatusCode, body: &Bytes) -> BenchError {
    let body = String::from_utf8_lossy(body).into_owned();
    BenchError::Refused { call: call.to_owned(), status: status.as_u16(), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_parts_are_found() {
        let html = r#"<link rel="stylesheet" href="/ui/a.css"><script src="/ui/b.js"></script><a href="/app/1">x</a>"#;
        let page = Html(html.to_owned());
        assert_eq!(page.link("/app/").as_deref(), Some("/app/1"));
        assert_eq!(page.parts(), ["/ui/b.js", "/ui/a.css"]);
    }
}
