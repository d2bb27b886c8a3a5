//! Which HTTP may be spoken to a target, and how TLS is told of it (ALPN, RFC 7301).

/// The HTTP versions that may be spoken to a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocols {
    /// Over TLS HTTP/2 where the server knows it; HTTP/1.1 otherwise.
    #[default]
    Any,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone; without TLS it is spoken at once (RFC 9113 §3.3).
    Http2,
}

impl Protocols {
    /// What TLS offers to the server, the dearest first.
    pub(crate) fn offered(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Protocols::Any => &[b"h2", b"http/1.1"],
            Protocols::Http1 => &[b"http/1.1"],
            Protocols::Http2 => &[b"h2"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }

    /// What is wrong with a server that speaks none of them.
    pub(crate) fn unknown_to_server(self) -> String {
        match self {
            Protocols::Any => "the server speaks neither HTTP/1.1 nor HTTP/2 over TLS",
            Protocols::Http1 => "the server does not speak HTTP/1.1, and nothing else may be spoken to it",
            Protocols::Http2 => "the server does not speak HTTP/2, and nothing else may be spoken to it",
        }
        .to_owned()
    }
}
