//! What is posted: a JSON object of an exact size that carries its sequence number and the moment it was
//! sent, both as digits of a fixed width, so that load patches them in place and the sink reads them back
//! without parsing JSON.

use bytes::Bytes;

const DIGITS: usize = 20;
const SEQUENCE_KEY: &[u8] = br#"{"seq":""#;
const SENT_KEY: &[u8] = br#"","at":""#;
const PADDING_KEY: &[u8] = br#"","pad":""#;
const END: &[u8] = br#""}"#;

/// The smallest payload in bytes.
pub(crate) const SMALLEST: usize =
    SEQUENCE_KEY.len() + SENT_KEY.len() + PADDING_KEY.len() + END.len() + 2 * DIGITS;

/// What a payload says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Which message this is, counted from 0 within one scenario.
    pub(crate) sequence: u64,
    /// When it was posted, by [`crate::clock::now_ns`].
    pub(crate) sent_at_ns: u64,
}

/// A payload of exactly `size` bytes (never less than [`SMALLEST`]) with an empty stamp.
pub(crate) fn blank(size: usize) -> Vec<u8> {
    let zeros = [b'0'; DIGITS];
    let padding = vec![b'x'; size.saturating_sub(SMALLEST)];
    [SEQUENCE_KEY, &zeros, SENT_KEY, &zeros, PADDING_KEY, &padding, END].concat()
}

/// Reads the stamp of an arrived payload; `None` when it is not one of ours.
pub(crate) fn read_stamp(payload: &[u8]) -> Option<Stamp> {
    let rest = payload.strip_prefix(SEQUENCE_KEY)?;
    let (sequence, rest) = rest.split_at_checked(DIGITS)?;
    let (sent_at, _) = rest.strip_prefix(SENT_KEY)?.split_at_checked(DIGITS)?;
    Some(Stamp { sequence: read_digits(sequence)?, sent_at_ns: read_digits(sent_at)? })
}

/// A request body with a payload inside, stamped anew for each message.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    sequence_at: usize,
    sent_at: usize,
}

impl Template {
    /// Takes a body that contains a payload of [`blank`].
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let start = bytes.windows(SEQUENCE_KEY.len()).position(|window| window == SEQUENCE_KEY);
        let sequence_at = start.expect("the body was made around a blank payload") + SEQUENCE_KEY.len();
        Self { bytes, sequence_at, sent_at: sequence_at + DIGITS + SENT_KEY.len() }
    }

    /// The body with `stamp` in it.
    pub(crate) fn fill(&mut self, stamp: Stamp) -> Bytes {
        write_digits(&mut self.bytes[self.sequence_at..self.sequence_at + DIGITS], stamp.sequence);
        write_digits(&mut self.bytes[self.sent_at..self.sent_at + DIGITS], stamp.sent_at_ns);
        Bytes::copy_from_slice(&self.bytes)
    }
}

fn write_digits(place: &mut [u8], mut value: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

fn read_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::{SMALLEST, Stamp, Template, blank, read_digits, read_stamp};

    #[test]
    fn a_payload_has_the_asked_size_and_is_json() {
        for size in [SMALLEST, 1_024, 4_000] {
            let payload = blank(size);
            assert_eq!(payload.len(), size);
            serde_json::from_slice::<serde_json::Value>(&payload).expect("the payload is JSON");
        }
    }

    #[test]
    fn a_filled_stamp_is_read_back() {
        let body = [br#"{"payload":"#.as_slice(), &blank(200), b"}"].concat();
        let mut template = Template::new(body);
        let stamp = Stamp { sequence: 1_234_567, sent_at_ns: u64::MAX };
        assert_eq!(read_stamp(&template.fill(stamp)[11..]), Some(stamp));
    }

    #[test]
    fn a_foreign_payload_has_no_stamp() {
        assert_eq!(read_stamp(br#"{"hello":"world"}"#), None);
        assert_eq!(read_stamp(br#"{"seq":"12"#), None);
        assert_eq!(read_digits(b"12x"), None);
    }
}
