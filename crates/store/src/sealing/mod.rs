//! Secrets at rest: what of a row only a process with the main key may read. Pure: keys and chance are passed in, and
//! texts come back. A store seals as it writes and opens as it reads, so the rest of the house sees clear values.
//!
//! A sealed text is `<key id>:<base64>`: AES-256-GCM over the clear text, bound to the column and the row it lies in,
//! so that it opens nowhere else. The key id tells two keys apart while one takes the place of the other.

mod key_holder;
mod main_key;
mod seal;
mod sealer;

pub use key_holder::{GivenKeys, KeyError, KeyHolder, Sealing};
pub use main_key::{KeyId, MainKey};
pub use seal::{NONCE_BYTES, Seal};
pub use sealer::{Place, Sealer};
