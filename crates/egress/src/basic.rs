//! Basic authentication (RFC 7617): a user name and a password as one header value. The value is
//! as secret as they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// The value of `Authorization`. A colon in the user name would be taken for the end of it.
pub fn basic_authorization(user_name: &[u8], password: &[u8]) -> String {
    let both = [user_name, b":", password].concat();
    format!("Basic {}", STANDARD.encode(both))
}

/// The same as a header that is not printed.
pub(crate) fn sensitive(authorization: String) -> HeaderValue {
    let value = HeaderValue::from_maybe_shared(authorization);
    let mut value = value.expect("base64 holds only characters a header may carry");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_of_the_standard() {
        assert_eq!(basic_authorization(b"Aladdin", b"open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic_authorization(b"test", "123£".as_bytes()), "Basic dGVzdDoxMjPCow==");
    }
}
