//! An OpenID provider that does as it is told: it shows what it is, and turns any code into what was prepared, noting
//! with what it was asked.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A running provider.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    /// By path: the status and the body.
    answers: HashMap<String, (u16, String)>,
    asked: Vec<Asked>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

impl Provider {
    /// A provider with these keys.
    pub(crate) async fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("it is bound"));
        let provider = Self { issuer, inside: Arc::default() };
        provider.show("/.well-known/openid-configuration", 200, provider.configuration());
        provider.show_keys(keys);
        let inside = provider.inside.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inside = inside.clone();
                tokio::spawn(async move { answer(stream, &inside).await });
            }
        });
        provider
    }

    /// What it says of itself.
    pub(crate) fn configuration(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/auth"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "EdDSA", "RS256", "HS256", "none"],
        })
    }

    pub(crate) fn show_keys(&self, keys: Value) {
        self.show("/keys", 200, json!({"keys": keys}));
    }

    /// Turns every code into this token from now on.
    pub(crate) fn give(&self, id_token: &str) {
        let answer = json!({"access_token": "not used", "token_type": "Bearer", "id_token": id_token});
        self.show("/token", 200, answer);
    }

    /// Answers at a path like this from now on.
    pub(crate) fn show(&self, path: &str, status: u16, body: impl ToString) {
        self.inside.lock().answers.insert(path.to_owned(), (status, body.to_string()));
    }

    /// Requests that came for this path.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Asked> {
        self.inside.lock().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

async fn answer(mut stream: TcpStream, inside: &Mutex<Inside>) {
    let mut request = Vec::new();
    let asked = loop {
        if stream.read_buf(&mut request).await.is_ok_and(|read| read > 0)
            && let Some(asked) = whole(&String::from_utf8_lossy(&request))
        {
            break asked;
        }
    };
    let (status, body) = {
        let mut inside = inside.lock();
        let answer = inside.answers.get(&asked.path).cloned().unwrap_or((404, String::new()));
        inside.asked.push(asked);
        answer
    };
    let length = body.len();
    let head = "content-type: application/json\r\nconnection: close";
    let text = format!("HTTP/1.1 {status} X\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    // Whoever hung up needs no answer.
    let _ = stream.write_all(text.as_bytes()).await;
}

/// A request that came whole.
fn whole(text: &str) -> Option<Asked> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let path = head.split(' ').nth(1)?.to_owned();
    (body.len() >= length).then(|| Asked {
        path,
        authorization: header("authorization"),
        body: body.to_owned(),
    })
}
