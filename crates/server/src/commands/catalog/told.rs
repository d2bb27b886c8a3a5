//! What an import did, for the person who asked for it.

use std::fmt::Write as _;

use wirepost_control::catalogue::ImportMode;

/// Names by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) added: Vec<String>,
    pub(super) changed: Vec<String>,
    pub(super) archived: Vec<String>,
    pub(super) unchanged: usize,
}

impl Told {
    /// A line for each event type that is touched, then one that counts.
    pub(super) fn show(&self, mode: ImportMode) -> String {
        let mut text = String::new();
        let touched = [("add", &self.added), ("change", &self.changed), ("archive", &self.archived)];
        for (what, names) in touched {
            for name in names {
                // Writing to a text cannot fail.
                let _ = writeln!(text, "{what:<8} {name}");
            }
        }
        let counts = format!(
            "{} added, {} changed, {} archived, {} left alone",
            self.added.len(),
            self.changed.len(),
            self.archived.len(),
            self.unchanged
        );
        let end = if mode.dry_run { " (dry run: nothing was written)" } else { "" };
        let _ = writeln!(text, "{counts}{end}");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_touched_name_has_a_line_and_the_rest_is_counted() {
        let told = Told {
            added: vec!["a.b".into()],
            archived: vec!["c.d".into(), "e.f".into()],
            unchanged: 7,
            ..Told::default()
        };
        let shown = told.show(ImportMode::default());
        let counted = "1 added, 0 changed, 2 archived, 7 left alone";
        assert_eq!(shown, format!("add      a.b\narchive  c.d\narchive  e.f\n{counted}\n"));
        let dry = told.show(ImportMode { dry_run: true, replace_all: false });
        assert!(dry.ends_with("left alone (dry run: nothing was written)\n"), "{dry}");
    }
}
