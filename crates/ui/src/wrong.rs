//! What a person can mend in a form: it is shown beside the field that was refused, and what was filled in stays.

use wirepost_control::ControlError;

use crate::fault::Fault;

/// What was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The field as the API calls it (`throttleRate`); empty where it is the whole.
    field: String,
    sentence: String,
}

impl Wrong {
    /// A refusal of the form itself, before anybody else was asked.
    pub(crate) fn new(field: &str, sentence: impl Into<String>) -> Self {
        Self { field: field.to_owned(), sentence: sentence.into() }
    }

    /// What is wrong with this field. Parts of a field (`headers.x-a`) belong to it.
    pub(crate) fn at(&self, field: &str) -> Option<&str> {
        let rest = self.field.strip_prefix(field)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(self.sentence.as_str())
    }

    /// What is wrong with none of these fields.
    pub(crate) fn besides(&self, fields: &[&str]) -> Option<String> {
        if fields.iter().any(|field| self.at(field).is_some()) {
            return None;
        }
        Some(match self.field.as_str() {
            "" => format!("{}.", self.sentence),
            field => format!("{field} {}.", self.sentence),
        })
    }

    /// All of it in one sentence, for a form with a single field: behind these words what is wrong with that.
    pub(crate) fn told(&self, field: &str, before: &str) -> Option<String> {
        let sentence = self.at(field).map(|words| format!("{before} {words}."));
        sentence.or_else(|| self.besides(&[]))
    }
}

/// A form whose template shows beside each field what was wrong with it, and the rest above all of them.
pub(crate) trait ShowsWrong {
    /// The fields that have a place for it, as the API calls them.
    const FIELDS: &'static [&'static str];

    /// What was refused.
    fn wrong(&self) -> Option<&Wrong>;

    /// What is wrong with this field.
    fn wrong_at(&self, field: &str) -> Option<&str> {
        self.wrong()?.at(field)
    }

    /// What is wrong with no field of this form.
    fn wrong_elsewhere(&self) -> Option<String> {
        self.wrong()?.besides(Self::FIELDS)
    }

    /// Whether nothing is wrong, unless with this field: then it is the one to begin with.
    fn is_good_but(&self, field: &str) -> bool {
        self.wrong().is_none() || self.wrong_at(field).is_some()
    }
}

impl TryFrom<ControlError> for Wrong {
    type Error = Fault;

    /// What a person can mend stays in the form; all else is a page of its own.
    fn try_from(error: ControlError) -> Result<Self, Fault> {
        match error {
            ControlError::Invalid { field, message, .. } => Ok(Self::new(field, message)),
            ControlError::Conflict(_) | ControlError::LimitReached(_) | ControlError::Refused(_) => {
                Ok(Self::new("", error.to_string()))
            }
            other => Err(other.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_at_its_field_and_nowhere_else() {
        let wrong = Wrong::new("headers.x-a", "is reserved");
        assert_eq!(wrong.at("headers"), Some("is reserved"));
        assert_eq!(wrong.at("header"), None);
        assert_eq!(wrong.besides(&["headers"]), None);
        assert_eq!(wrong.besides(&["url"]).as_deref(), Some("headers.x-a is reserved."));
    }
}
