//! Shows figures to people and keeps them as JSON. The only file that prints.
#![expect(clippy::print_stdout, reason = "a benchmark's table belongs on standard output")]

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::figure::{Better, Summary, Verdict};

/// All figures of one scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    /// The letter or name that asks for it.
    pub(crate) scenario: &'static str,
    /// What was done.
    pub(crate) title: String,
    /// What came out.
    pub(crate) figures: Vec<Summary>,
    /// What a reader should know besides.
    pub(crate) notes: Vec<String>,
}

/// Says what is going on while it lasts.
pub(crate) fn progress(line: &str) {
    eprintln!("… {line}");
}

/// Prints what the whole run has in common.
pub(crate) fn print_opening(lines: &[String]) {
    lines.iter().for_each(|line| println!("{line}"));
}

/// Prints a scenario as a table: a line per figure, its targets beside it.
pub(crate) fn print(section: &Section) {
    println!("\n({}) {}", section.scenario, section.title);
    println!("    {:<50} {:>12} {:>23}  {:>9} {:>9}", "", "median", "least – most", "must", "aim");
    for figure in &section.figures {
        println!("    {}", line_of(figure));
    }
    section.notes.iter().for_each(|note| println!("    {note}"));
}

/// Writes every section with the values of all rounds.
pub(crate) fn write_json(sections: &[Section], path: &Path) -> io::Result<()> {
    fs::write(path, serde_json::to_vec_pretty(sections)?)
}

fn line_of(figure: &Summary) -> String {
    let label = format!("{}, {}", figure.name, figure.unit);
    let label = label.trim_end_matches([',', ' ']);
    let shown = |value| if figure.unit == "%" { percent(value) } else { number(value) };
    let range = match (
        figure.rounds.iter().copied().reduce(f64::min),
        figure.rounds.iter().copied().reduce(f64::max),
    ) {
        (Some(least), Some(most)) if figure.rounds.len() > 1 => {
            format!("{} – {}", shown(least), shown(most))
        }
        _ => String::new(),
    };
    let (must, aim) = figure.target.map_or_else(Default::default, |target| {
        let sign = if target.better == Better::Higher { "≥" } else { "≤" };
        (format!("{sign} {}", shown(target.must)), format!("{sign} {}", shown(target.aim)))
    });
    let verdict = figure.verdict.map_or("", |verdict| match verdict {
        Verdict::Aim => "  aim reached",
        Verdict::Must => "  must reached",
        Verdict::Missed => "  MISSED",
    });
    format!("{label:<50} {:>12} {range:>23}  {must:>9} {aim:>9}{verdict}", shown(figure.median))
        .trim_end()
        .to_owned()
}

/// Three significant digits below 100, whole numbers with separators above.
fn number(value: f64) -> String {
    match value.abs() {
        size if size < 0.000_5 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => trimmed(&format!("{value:.2}")),
        size if size < 100.0 => trimmed(&format!("{value:.1}")),
        _ => grouped(value),
    }
}

/// Two decimals at any size: between 101.9 and 102.1 lies whether a promise was kept.
fn percent(value: f64) -> String {
    trimmed(&format!("{value:.2}"))
}

fn trimmed(number: &str) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{line_of, number};
    use crate::figure::{Figure, summarize};

    #[test]
    fn numbers_are_short() {
        let cases = [(0.0, "0"), (0.271_4, "0.271"), (2.5, "2.5"), (17.04, "17"), (1_234_567.8, "1,234,568")];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn a_percentage_keeps_its_decimals_beyond_a_hundred() {
        let rounds = [vec![Figure::new("most", "%", 102.041).at_most(102.0, 100.0)]];
        let line = line_of(&summarize(&rounds)[0]);
        assert!(line.contains(" 102.04 ") && line.ends_with("≤ 102     ≤ 100  MISSED"), "{line}");
    }

    #[test]
    fn a_missed_target_is_said_beside_it() {
        let rounds = [vec![Figure::new("of the raw limit", "", 0.15).at_least(0.2, 0.3)]];
        let line = line_of(&summarize(&rounds)[0]);
        assert!(line.starts_with("of the raw limit "), "{line}");
        assert!(line.ends_with("≥ 0.200   ≥ 0.300  MISSED"), "{line}");
    }
}
