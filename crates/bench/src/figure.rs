//! Figures with what they must reach, and their medians over rounds. Pure arithmetic, prints nothing.

use std::borrow::Cow;

use serde::Serialize;

/// What a figure must and should reach (the project's performance targets).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Target {
    /// Missing this is a fault.
    pub(crate) must: f64,
    /// Reaching this is the aim.
    pub(crate) aim: f64,
    /// Which side of it is good.
    pub(crate) better: Better,
}

/// Which side of a target is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// How a figure stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verdict {
    Aim,
    Must,
    Missed,
}

/// One measured value of one round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    name: Cow<'static, str>,
    unit: &'static str,
    value: f64,
    target: Option<Target>,
    judged: Judged,
}

/// Which of the rounds has to reach the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Median,
    Worst,
}

impl Figure {
    /// A figure without a target.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, value, target: None, judged: Judged::Median }
    }

    /// The same figure, which must reach at least `must` and should reach `aim`.
    pub(crate) fn at_least(self, must: f64, aim: f64) -> Self {
        Self { target: Some(Target { must, aim, better: Better::Higher }), ..self }
    }

    /// The same figure, which must not pass `must` and should not pass `aim`.
    pub(crate) fn at_most(self, must: f64, aim: f64) -> Self {
        Self { target: Some(Target { must, aim, better: Better::Lower }), ..self }
    }

    /// The same figure, judged by its worst round: a promise is not kept by the median.
    pub(crate) fn in_every_round(self) -> Self {
        Self { judged: Judged::Worst, ..self }
    }
}

/// A figure over all rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) name: Cow<'static, str>,
    pub(crate) unit: &'static str,
    pub(crate) median: f64,
    pub(crate) rounds: Vec<f64>,
    pub(crate) target: Option<Target>,
    pub(crate) verdict: Option<Verdict>,
}

/// The medians of rounds that measured the same figures, in the order of the first round.
pub(crate) fn summarize(rounds: &[Vec<Figure>]) -> Vec<Summary> {
    let first = rounds.first().map_or(&[][..], Vec::as_slice);
    first.iter().map(|figure| summary_of(figure, rounds)).collect()
}

fn summary_of(figure: &Figure, rounds: &[Vec<Figure>]) -> Summary {
    let same = |other: &&Figure| other.name == figure.name;
    let values: Vec<f64> = rounds.iter().flatten().filter(same).map(|other| other.value).collect();
    let median = median(&values);
    let verdict = figure.target.map(|target| match figure.judged {
        Judged::Median => target.judge(median),
        Judged::Worst => target.judge(target.better.worst(&values)),
    });
    let name = figure.name.clone();
    Summary { name, unit: figure.unit, median, rounds: values, target: figure.target, verdict }
}

impl Better {
    fn worst(self, values: &[f64]) -> f64 {
        let further = match self {
            Self::Higher => f64::min,
            Self::Lower => f64::max,
        };
        values.iter().copied().reduce(further).unwrap_or_default()
    }
}

impl Target {
    fn judge(&self, value: f64) -> Verdict {
        let reaches = |bound: f64| match self.better {
            Better::Higher => value >= bound,
            Better::Lower => value <= bound,
        };
        match (reaches(self.aim), reaches(self.must)) {
            (true, _) => Verdict::Aim,
            (false, true) => Verdict::Must,
            (false, false) => Verdict::Missed,
        }
    }
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        length if length.is_multiple_of(2) => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
        length => sorted[length / 2],
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Verdict, median, summarize};

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn rounds_are_summarized_by_name_and_judged_by_their_median() {
        let round = |rate: f64, wait: f64| {
            vec![
                Figure::new("rate", "/s", rate).at_least(10.0, 20.0),
                Figure::new("wait", "ms", wait).at_most(5.0, 2.0),
            ]
        };
        let summaries = summarize(&[round(9.0, 1.0), round(15.0, 9.0), round(30.0, 6.0)]);
        assert_eq!((summaries[0].median, summaries[0].verdict), (15.0, Some(Verdict::Must)));
        assert_eq!((summaries[1].median, summaries[1].verdict), (6.0, Some(Verdict::Missed)));
        assert_eq!(summaries[0].rounds, [9.0, 15.0, 30.0]);
    }

    #[test]
    fn a_promise_is_judged_by_its_worst_round() {
        let most = |value| vec![Figure::new("most", "%", value).at_most(102.0, 100.0).in_every_round()];
        let least = |value| vec![Figure::new("least", "%", value).at_least(97.0, 99.0).in_every_round()];
        let verdict = |rounds: [Vec<Figure>; 3]| summarize(&rounds)[0].verdict;
        assert_eq!(verdict([most(99.0), most(103.0), most(99.5)]), Some(Verdict::Missed));
        assert_eq!(verdict([most(99.0), most(101.0), most(99.5)]), Some(Verdict::Must));
        assert_eq!(verdict([least(99.5), least(96.0), least(99.5)]), Some(Verdict::Missed));
        assert_eq!(verdict([least(99.5), least(99.0), least(99.5)]), Some(Verdict::Aim));
    }
}
