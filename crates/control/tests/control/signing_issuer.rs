//! An issuer with keys of its own, which signs tokens by hand, and a server that shows its keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One key of an issuer.
pub(crate) enum SigningKey {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A server that shows keys and counts who asks.
pub(crate) struct KeyServer {
    pub(crate) url: String,
    pub(crate) asked: Arc<AtomicUsize>,
    shown: Arc<Mutex<Option<Value>>>,
}

impl SigningKey {
    pub(crate) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().expect("there is chance enough"))
    }

    pub(crate) fn ec() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::Ec(pair.expect("there is chance enough"))
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("there is chance enough"))
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    /// Its public half as a JSON Web Key.
    pub(crate) fn public(&self, id: &str) -> Value {
        let mut key = match self {
            Self::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
            Self::Ec(pair) => {
                // An uncompressed point: 4, and two numbers of 32 bytes.
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Self::Rsa(pair) => {
                // The DER of two numbers: the last 5 bytes are the exponent 65537, 256 before them the modulus.
                let der = pair.public_key().as_ref();
                let modulus = &der[der.len() - 5 - 256..der.len() - 5];
                json!({"kty": "RSA", "n": encode(modulus), "e": "AQAB"})
            }
        };
        key["kid"] = json!(id);
        key["alg"] = json!(self.algorithm());
        key["use"] = json!("sig");
        key
    }

    /// A token with these claims, as this issuer signs it.
    pub(crate) fn token(&self, id: &str, claims: &Value) -> String {
        self.token_headed(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": id}), claims)
    }

    pub(crate) fn token_headed(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let chance = SystemRandom::new();
        match self {
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&chance, message).expect("it signs").as_ref().to_vec(),
            Self::Rsa(pair) => {
                let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(pair).expect("it has a form");
                let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(der.as_ref()).expect("a good key");
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &chance, message, &mut signature);
                signed.expect("it signs");
                signature
            }
        }
    }
}

impl KeyServer {
    pub(crate) async fn start(shown: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/keys", listener.local_addr().expect("it is bound"));
        let server = Self { url, asked: Arc::default(), shown: Arc::new(Mutex::new(Some(shown))) };
        let (asked, shown) = (server.asked.clone(), server.shown.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4_096];
                // One read holds a request as small as these.
                let _ = stream.read(&mut request).await;
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = match shown.lock().as_ref() {
                    Some(keys) => (200, keys.to_string()),
                    None => (500, String::new()),
                };
                let head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.0);
                let length = format!("content-length: {}\r\n\r\n", answer.1.len());
                let _ = stream.write_all(format!("{head}{length}{}", answer.1).as_bytes()).await;
            }
        });
        server
    }

    /// Shows other keys from now on, or fails.
    pub(crate) fn show(&self, keys: Option<Value>) {
        *self.shown.lock() = keys;
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
