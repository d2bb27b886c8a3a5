//! How often an app may try something out against other people's servers: tokens and connections together. Nobody
//! can look for open doors with it, since the address guard stands before every request and this before the guard.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use wirepost_model::ids::AppId;
use wirepost_model::timestamp::Timestamp;

use crate::{ControlError, ControlResult};

/// Trials that an app may make at once; one more is allowed every [`EACH_MILLIS`].
const AT_ONCE: i64 = 10;
const EACH_MILLIS: i64 = 6_000;
/// Apps whose trials are counted apart; those beyond are counted together.
const APPS_MOST: usize = 10_000;

/// How often apps try. Holds the instant, in milliseconds, up to which an app's share is used.
#[derive(Default)]
pub(crate) struct TrialPace(Mutex<HashMap<Option<AppId>, i64>>);

impl TrialPace {
    /// Takes one trial of the app's.
    pub(crate) fn take(&self, app: AppId, now: Timestamp) -> ControlResult<()> {
        self.wait(app, now).map_err(|wait| ControlError::TooManyRequests { wait })
    }

    fn wait(&self, app: AppId, now: Timestamp) -> Result<(), Duration> {
        let now = now.as_millis();
        let mut apps = self.0.lock();
        let mut key = Some(app);
        if apps.len() >= APPS_MOST && !apps.contains_key(&key) {
            apps.retain(|_, used| *used > now);
            if apps.len() >= APPS_MOST {
                key = None;
            }
        }
        let used = apps.entry(key).or_default();
        let over = *used - now - (AT_ONCE - 1) * EACH_MILLIS;
        if over > 0 {
            return Err(Duration::from_millis(over.unsigned_abs()));
        }
        *used = (*used).max(now) + EACH_MILLIS;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(number: i64) -> AppId {
        AppId::from_parts(number, [0; 12])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_769_860_800_000 + millis)
    }

    #[test]
    fn an_app_tries_now_and_then() {
        let pace = TrialPace::default();
        assert!((0..AT_ONCE).all(|_| pace.take(app(1), at(0)).is_ok()));
        let wait = Duration::from_secs(6);
        assert_eq!(pace.take(app(1), at(0)), Err(ControlError::TooManyRequests { wait }));
        assert_eq!(pace.take(app(2), at(0)), Ok(()));
        assert_eq!(pace.wait(app(1), at(5_999)), Err(Duration::from_millis(1)));
        assert_eq!(pace.take(app(1), at(6_000)), Ok(()));
        assert!(pace.take(app(1), at(6_000)).is_err());
    }

    #[test]
    fn the_memory_of_trials_is_bounded() {
        let pace = TrialPace::default();
        for number in 0..20_000 {
            let _ = pace.take(app(number), at(0));
        }
        assert!(pace.0.lock().len() <= APPS_MOST + 1);
        assert!(pace.take(app(30_000), at(0)).is_err(), "those beyond are counted together");
        assert_eq!(pace.take(app(30_000), at(60_000_000)), Ok(()));
    }
}
