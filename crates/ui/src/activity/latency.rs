//! Latencies as people read them: two digits, since they come from buckets, and a word where none is known.

use std::time::Duration;

use wirepost_control::activity::Counts;

/// The median and the 95th percentile of what was counted.
pub(crate) struct Percentiles {
    pub(crate) half: String,
    pub(crate) most: String,
}

impl Percentiles {
    pub(crate) fn of(counts: &Counts) -> Self {
        let text = |percent| counts.latencies.percentile(percent).map_or("not known".to_owned(), rounded);
        Self { half: text(50), most: text(95) }
    }
}

/// Of the attempts, how many there are whose latency nobody counted.
pub(crate) fn uncounted(counts: &Counts) -> u64 {
    counts.attempts().saturating_sub(counts.latencies.total())
}

fn rounded(latency: Duration) -> String {
    let millis = (latency.as_micros() + 500) / 1_000;
    match millis {
        0..=1 => "1 ms or less".to_owned(),
        2..100 => format!("{millis} ms"),
        100..995 => format!("{} ms", (millis + 5) / 10 * 10),
        995..9_950 => {
            let tenths = (millis + 50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => format!("{} s", (millis + 500) / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_have_two_digits() {
        for (micros, told) in [
            (0, "1 ms or less"),
            (1_400, "1 ms or less"),
            (1_500, "2 ms"),
            (99_400, "99 ms"),
            (99_600, "100 ms"),
            (137_000, "140 ms"),
            (994_000, "990 ms"),
            (996_000, "1.0 s"),
            (1_440_000, "1.4 s"),
            (9_960_000, "10 s"),
            (65_536_000, "66 s"),
        ] {
            assert_eq!(rounded(Duration::from_micros(micros)), told);
        }
    }

    #[test]
    fn what_was_not_counted_is_not_known() {
        let mut counts = Counts { attempts_failed: 3, ..Counts::default() };
        assert_eq!(Percentiles::of(&counts).most, "not known");
        counts.latencies.note(Duration::from_millis(1));
        assert_eq!((Percentiles::of(&counts).most.as_str(), uncounted(&counts)), ("1 ms or less", 2));
    }
}
