//! Base62 as KSUIDs write it: 20 bytes as 27 digits, without a heap or a big-number library. Every message writes
//! its id several times, so this is measured: about a tenth of the general conversion.

use crate::ids::ID_BYTES;

/// Digits of an id.
pub(crate) const DIGITS: usize = 27;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The largest power of 62 that fits into 32 bits is 62^5: five digits a division.
const CHUNK: u64 = 62_u64.pow(5);
const CHUNK_DIGITS: usize = 5;

/// The digits of these bytes, most significant first.
pub(crate) fn encode(bytes: &[u8; ID_BYTES]) -> [u8; DIGITS] {
    let (words, _) = bytes.as_chunks::<4>();
    let mut limbs: [u32; 5] = std::array::from_fn(|at| u32::from_be_bytes(words[at]));
    let mut digits = [b'0'; DIGITS];
    for chunk in digits.rchunks_mut(CHUNK_DIGITS) {
        let mut rest = divide(&mut limbs);
        for digit in chunk.iter_mut().rev() {
            *digit = ALPHABET[usize::try_from(rest % 62).unwrap_or(0)];
            rest /= 62;
        }
    }
    digits
}

/// Divides the number by [`CHUNK`] in place and gives the remainder.
fn divide(limbs: &mut [u32; 5]) -> u32 {
    let mut rest = 0_u64;
    for limb in limbs {
        let part = (rest << 32) | u64::from(*limb);
        *limb = low_half(part / CHUNK);
        rest = part % CHUNK;
    }
    low_half(rest)
}

/// A quotient or remainder that is known to fit: the remainder above it was below the divisor.
fn low_half(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use svix_ksuid::{KsuidLike, KsuidMs};

    use super::*;

    fn by_the_crate(bytes: [u8; ID_BYTES]) -> String {
        KsuidMs::from_bytes(bytes).to_base62()
    }

    #[test]
    fn the_ends_of_the_range_are_written_right() {
        for bytes in [[0; ID_BYTES], [255; ID_BYTES]] {
            assert_eq!(encode(&bytes), by_the_crate(bytes).as_bytes());
        }
    }

    proptest! {
        #[test]
        fn it_writes_what_the_published_crate_writes(bytes: [u8; ID_BYTES]) {
            let expected = by_the_crate(bytes);
            prop_assert_eq!(&encode(&bytes)[..], expected.as_bytes());
        }
    }
}
