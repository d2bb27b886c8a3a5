//! How long attempts took, as a column holds it: the first bucket that counted anything, and from there on the counts,
//! each in groups of seven bits, the lowest first. A handful of bytes; null where nothing was counted or is known.
//!
//! `add_latencies(a, b)` is the one function that the writer's upsert adds them up with.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Type, ValueRef};
use wirepost_model::latency::{BUCKETS, Latencies};

/// What a column holds for these; none where nothing was counted.
pub(crate) fn encode(latencies: &Latencies) -> Option<Vec<u8>> {
    let counts = latencies.counts();
    let first = counts.iter().position(|count| *count > 0)?;
    let last = counts.iter().rposition(|count| *count > 0)?;
    let mut bytes = vec![u8::try_from(first).expect("there are few buckets")];
    for count in &counts[first..=last] {
        let mut rest = *count;
        while rest > 0x7f {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    Some(bytes)
}

/// What a column holds; none where it is damaged.
pub(crate) fn decode(bytes: &[u8]) -> Option<Latencies> {
    let (first, mut rest) = bytes.split_first()?;
    let mut counts = [0; BUCKETS];
    let mut bucket = usize::from(*first);
    while !rest.is_empty() {
        *counts.get_mut(bucket)? = take_count(&mut rest)?;
        bucket += 1;
    }
    Some(Latencies::from_counts(counts))
}

fn take_count(bytes: &mut &[u8]) -> Option<u64> {
    let mut count = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        count |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(count);
        }
    }
    None
}

/// Teaches the writer to add up. What is damaged counts as nothing, so that recording goes on.
pub(crate) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("add_latencies", 2, flags, |call| {
        let mut sum = Latencies::default();
        for at in 0..2 {
            match call.get_raw(at) {
                ValueRef::Null => {}
                ValueRef::Blob(bytes) => sum.add(&decode(bytes).unwrap_or_default()),
                other => {
                    let kind: Type = other.data_type();
                    return Err(rusqlite::Error::InvalidFunctionParameterType(at, kind));
                }
            }
        }
        Ok(encode(&sum))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn counted(millis: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for millis in millis {
            latencies.note(Duration::from_millis(*millis));
        }
        latencies
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut extremes = [0; BUCKETS];
        extremes[0] = u64::MAX;
        extremes[1] = 127;
        extremes[2] = 128;
        extremes[BUCKETS - 1] = 1;
        let extremes = Latencies::from_counts(extremes);
        for latencies in [counted(&[5]), counted(&[0, 30, 70_000]), extremes] {
            let bytes = encode(&latencies).expect("something was counted");
            assert_eq!(decode(&bytes), Some(latencies));
        }
        assert_eq!(encode(&counted(&[5, 5, 7])).map(|bytes| bytes.len()), Some(3));
        assert_eq!(encode(&Latencies::default()), None);
    }

    #[test]
    fn what_is_damaged_is_told_from_what_is_kept() {
        for bytes in [&[][..], &[BUCKETS as u8, 1], &[0, 0x80], &[BUCKETS as u8 - 1, 1, 1], &[0; BUCKETS + 2]]
        {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
        assert_eq!(decode(&[0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), None);
    }

    #[test]
    fn the_database_adds_them_up() {
        let connection = Connection::open_in_memory().expect("it opens");
        teach(&connection).expect("it learns");
        let add = |left: Option<Vec<u8>>, right: Option<Vec<u8>>| {
            let sum: Option<Vec<u8>> = connection
                .query_row("SELECT add_latencies(?, ?)", (left, right), |row| row.get(0))
                .expect("it adds");
            sum
        };
        let (few, more) = (encode(&counted(&[3])), encode(&counted(&[1, 3, 900])));
        assert_eq!(add(few.clone(), more.clone()), encode(&counted(&[3, 1, 3, 900])));
        assert_eq!(add(None, more.clone()), more);
        assert_eq!(add(more.clone(), None), more);
        assert_eq!(add(None, None), None);
        assert_eq!(add(Some(vec![99, 1]), few.clone()), few);
    }
}
