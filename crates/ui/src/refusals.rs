//! All that was refused in a form that is checked as a whole: each fault with the place where it stands.

use wirepost_control::ControlError;

use crate::fault::Fault;

/// What was refused; empty where nothing was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusals(Vec<Refusal>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    /// From the outside in; empty where it is the whole.
    place: Vec<String>,
    sentence: String,
}

impl Refusals {
    /// What is wrong with this field and with the parts of it, each with its place inside.
    pub(crate) fn at(&self, field: &str) -> Vec<String> {
        let here = self.0.iter().filter(|refusal| refusal.field() == field);
        here.map(|refusal| match refusal.place.get(1..) {
            None | Some([]) => refusal.sentence.clone(),
            Some(inside) => format!("{}: {}", inside.join("."), refusal.sentence),
        })
        .collect()
    }

    /// What is wrong with none of these fields.
    pub(crate) fn besides(&self, fields: &[&str]) -> Vec<String> {
        let elsewhere = self.0.iter().filter(|refusal| !fields.contains(&refusal.field()));
        elsewhere
            .map(|refusal| match refusal.place.as_slice() {
                [] => refusal.sentence.clone(),
                place => format!("{}: {}", place.join("."), refusal.sentence),
            })
            .collect()
    }

    /// What is wrong inside a field, as refusals of the parts.
    pub(crate) fn inside(&self, field: &str) -> Self {
        let here = self.0.iter().filter(|refusal| refusal.field() == field && refusal.place.len() > 1);
        let inside = here.map(|refusal| Refusal {
            place: refusal.place[1..].to_vec(),
            sentence: refusal.sentence.clone(),
        });
        Self(inside.collect())
    }

    /// What is wrong with a field as a whole, and not inside of it.
    pub(crate) fn exactly(&self, field: &str) -> Vec<String> {
        let here = self.0.iter().filter(|refusal| refusal.field() == field && refusal.place.len() == 1);
        here.map(|refusal| refusal.sentence.clone()).collect()
    }
}

impl Refusal {
    fn field(&self) -> &str {
        self.place.first().map_or("", String::as_str)
    }
}

impl TryFrom<ControlError> for Refusals {
    type Error = Fault;

    /// What a person can mend stays in the form; all else is a page of its own.
    fn try_from(error: ControlError) -> Result<Self, Fault> {
        let refused = match error {
            ControlError::Invalid { field, message, .. } => {
                vec![Refusal { place: vec![field.to_owned()], sentence: message }]
            }
            ControlError::Refused(faults) => faults
                .into_iter()
                .map(|fault| Refusal { place: fault.place, sentence: fault.message })
                .collect(),
            ControlError::Conflict(_)
            | ControlError::LimitReached(_)
            | ControlError::PulseArchived
            | ControlError::PayloadTooLarge { .. } => {
                vec![Refusal { place: Vec::new(), sentence: error.to_string() }]
            }
            other => return Err(other.into()),
        };
        Ok(Self(refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_told_at_its_field_with_the_way_inside() {
        let refusal = |place: &[&str]| Refusal {
            place: place.iter().map(|&part| part.to_owned()).collect(),
            sentence: "is wrong".to_owned(),
        };
        let refused = Refusals(vec![
            refusal(&["objects"]),
            refusal(&["objects", "0", "id"]),
            refusal(&[]),
            refusal(&["x"]),
        ]);
        assert_eq!(refused.at("objects"), ["is wrong", "0.id: is wrong"]);
        assert_eq!(refused.besides(&["objects"]), ["is wrong", "x: is wrong"]);
        assert_eq!(refused.inside("objects").at("0"), ["id: is wrong"]);
        assert_eq!(refused.exactly("objects"), ["is wrong"]);
    }
}
