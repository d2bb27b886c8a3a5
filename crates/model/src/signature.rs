//! The `webhook-signature` header of Standard Webhooks: every live secret signs `id.timestamp.body`.

use crate::signing_secret::SigningSecret;

/// Signs `body` for this attempt with each secret in turn, separated by one space; the first secret signs first.
///
/// `message_id` is the `webhook-id` header, `timestamp_seconds` the `webhook-timestamp` header.
pub fn signature_header<'a>(
    secrets: impl IntoIterator<Item = &'a SigningSecret>,
    message_id: &str,
    timestamp_seconds: i64,
    body: &[u8],
) -> String {
    let signed_head = format!("{message_id}.{timestamp_seconds}.");
    let mut header = String::with_capacity(96);
    for secret in secrets {
        if !header.is_empty() {
            header.push(' ');
        }
        secret.append_signature([signed_head.as_bytes(), body, b""], &mut header);
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
        let secret = SigningSecret::parse(secret).expect("a good secret");
        signature_header([&secret], id, timestamp, body.as_bytes())
    }

    #[test]
    fn the_published_vectors_hold() {
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(
            sign(secret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        assert_eq!(
            sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        let ed25519 =
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
        assert_eq!(
            sign(ed25519, id, 1_614_265_330, body),
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
        );
    }

    #[test]
    fn every_live_secret_signs_in_order() {
        let first = SigningSecret::from_random([1; 32]);
        let second = SigningSecret::from_random([2; 32]);
        let both = signature_header([&first, &second], "msg_1", 1, b"{}");
        let expected =
            [&first, &second].map(|secret| signature_header([secret], "msg_1", 1, b"{}")).join(" ");
        assert_eq!(both, expected);
    }

    #[test]
    fn the_published_verifier_accepts_it() {
        let secret = SigningSecret::from_random([3; 32]);
        let verifier = standardwebhooks::Webhook::new(&secret.expose()).expect("a good secret");
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_secs())
            .expect("seconds fit");
        let mut headers = http::HeaderMap::new();
        for (name, value) in [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signature_header([&secret], "msg_1", now, b"{ }")),
        ] {
            headers.insert(name, value.parse().expect("a good header"));
        }
        assert!(verifier.verify(b"{ }", &headers).is_ok());
        assert!(verifier.verify(b"{}", &headers).is_err());
    }
}
