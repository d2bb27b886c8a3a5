//! Attempts over time as a drawing: a bar for each point, what succeeded below what failed. Bars lie in a space that
//! is stretched to whatever width there is; lines and words are placed in percent, so that words keep their size.

use std::fmt::Write;

use wirepost_control::activity::{Activity, Counts};
use wirepost_model::timestamp::Timestamp;

use super::scale::{Scale, brief, moment, name_of, named_instants};
use crate::show::counted;
use crate::show::number::grouped;

/// The bars' space, upwards, and on the page in tenths of a pixel.
const HEIGHT: u64 = 2_000;
/// Each point's share of the space, sideways.
const SLOT: usize = 10;
/// Of which so much stays free on each side.
const GAP: usize = 1;
/// So high is a bar of one in a million, that it can be seen.
const LOWEST: u64 = 20;

/// What a template draws.
pub(crate) struct Chart {
    /// How wide the bars' space is.
    pub(crate) width: usize,
    /// The bars of what succeeded, as one path.
    pub(crate) succeeded: String,
    /// The bars of what failed.
    pub(crate) failed: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) names: Vec<Name>,
    /// Where the points are that hold something, and what it is.
    pub(crate) touched: Vec<Touched>,
    /// What it shows, in a sentence.
    pub(crate) sentence: String,
}

/// A line across, and its number.
pub(crate) struct Line {
    /// Tenths of pixels below the top.
    pub(crate) y: u64,
    pub(crate) text: String,
}

/// A name below.
pub(crate) struct Name {
    /// Percent of the width.
    pub(crate) at: String,
    pub(crate) text: String,
    /// Whether a narrow screen does without it.
    pub(crate) is_spare: bool,
}

/// A point that tells what it holds.
pub(crate) struct Touched {
    pub(crate) x: usize,
    pub(crate) text: String,
}

impl Chart {
    pub(crate) fn of(activity: &Activity) -> Self {
        let scale = Scale::up_to(activity.points.iter().map(Counts::attempts).max().unwrap_or_default());
        let mut chart = Self {
            width: activity.points.len() * SLOT,
            succeeded: String::new(),
            failed: String::new(),
            lines: scale.lines().map(|number| Line::of(number, scale)).collect(),
            names: names(activity),
            touched: Vec::new(),
            sentence: sentence(activity),
        };
        for (at, point) in activity.points.iter().enumerate().filter(|(_, point)| point.attempts() > 0) {
            let above = height(point.attempts_failed, scale);
            let below = height(point.attempts_succeeded, scale).min(HEIGHT - above);
            bar(&mut chart.succeeded, at, HEIGHT, below);
            bar(&mut chart.failed, at, HEIGHT - below, above);
            chart.touched.push(Touched { x: at * SLOT, text: told(point) });
        }
        chart
    }
}

impl Line {
    fn of(number: u64, scale: Scale) -> Self {
        Self { y: HEIGHT - height(number, scale), text: brief(number) }
    }
}

/// How many came out how, in words.
fn told(point: &Counts) -> String {
    let (succeeded, failed) = (grouped(point.attempts_succeeded), grouped(point.attempts_failed));
    format!("{}: {succeeded} succeeded, {failed} failed", moment(point.from))
}

fn height(number: u64, scale: Scale) -> u64 {
    let exact = u128::from(number) * u128::from(HEIGHT) / u128::from(scale.top);
    let exact = u64::try_from(exact).unwrap_or(HEIGHT);
    if number == 0 { 0 } else { exact.clamp(LOWEST, HEIGHT) }
}

/// Adds a bar that stands on `foot`.
fn bar(path: &mut String, at: usize, foot: u64, height: u64) {
    if height > 0 {
        let (x, width) = (at * SLOT + GAP, SLOT - 2 * GAP);
        write!(path, "M{x} {foot}v-{height}h{width}v{height}z").expect("a text takes all that is written");
    }
}

fn names(activity: &Activity) -> Vec<Name> {
    let Some(first) = activity.points.first() else { return Vec::new() };
    let step = activity.range.step().as_millis();
    let whole = step * activity.points.len() as u128;
    let name = |(number, instant): (usize, Timestamp)| {
        let hundredths = instant.since(first.from).as_millis() * 10_000 / whole;
        Name {
            at: format!("{}.{:02}", hundredths / 100, hundredths % 100),
            text: name_of(instant),
            is_spare: number % 2 == 1,
        }
    };
    named_instants(activity.range, first.from, activity.until).enumerate().map(name).collect()
}

fn sentence(activity: &Activity) -> String {
    let all = counted(activity.total.attempts(), "attempt");
    let failed = grouped(activity.total.attempts_failed);
    let fullest = activity.points.iter().max_by_key(|point| point.attempts());
    let fullest = fullest.map(told).unwrap_or_default();
    format!("{all}, of which {failed} failed. Most at {fullest}.")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wirepost_control::activity::ActivityRange;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    /// Six hours until noon, whose last points hold so many successes and failures.
    fn activity(last: &[(u64, u64)]) -> Activity {
        let range = ActivityRange::SixHours;
        let step = range.step();
        let from = NOON.minus(range.length());
        let blank = |at: u32| Counts { from: from.plus(step * at), ..Counts::default() };
        let mut points: Vec<Counts> = (0..73).map(blank).collect();
        let mut total = Counts::default();
        for (point, (succeeded, failed)) in points.iter_mut().rev().zip(last.iter().rev()) {
            (point.attempts_succeeded, point.attempts_failed) = (*succeeded, *failed);
            total.add(point);
        }
        Activity { range, until: NOON.plus(Duration::from_secs(1)), total, points, endpoints: Vec::new() }
    }

    #[test]
    fn what_failed_stands_on_what_succeeded() {
        let chart = Chart::of(&activity(&[(30, 10), (0, 0), (20, 0)]));
        assert_eq!(chart.width, 730);
        assert_eq!(chart.succeeded, "M701 2000v-1500h8v1500zM721 2000v-1000h8v1000z");
        assert_eq!(chart.failed, "M701 500v-500h8v500z");
        let touched: Vec<_> =
            chart.touched.iter().map(|touched| (touched.x, touched.text.as_str())).collect();
        let first = "31 Jan 11:50: 30 succeeded, 10 failed";
        assert_eq!(touched, [(700, first), (720, "31 Jan 12:00: 20 succeeded, 0 failed")]);
        assert_eq!(chart.sentence, format!("60 attempts, of which 10 failed. Most at {first}."));
    }

    #[test]
    fn a_single_failure_among_very_many_can_be_seen() {
        let chart = Chart::of(&activity(&[(999_999, 1)]));
        assert_eq!(chart.succeeded, "M721 2000v-1980h8v1980z");
        assert_eq!(chart.failed, "M721 20v-20h8v20z");
    }

    #[test]
    fn hours_are_named_where_they_are_and_lines_by_their_numbers() {
        let chart = Chart::of(&activity(&[(3, 0)]));
        let names: Vec<_> = chart.names.iter().map(|name| (name.at.as_str(), name.text.as_str())).collect();
        assert_eq!(names[0], ("0.00", "06:00"));
        assert_eq!(names[6], ("98.63", "12:00"));
        assert_eq!(names.len(), 7);
        let lines: Vec<_> = chart.lines.iter().map(|line| (line.y, line.text.as_str())).collect();
        assert_eq!(lines, [(2_000, "0"), (1_334, "1"), (667, "2"), (0, "3")]);
    }
}
