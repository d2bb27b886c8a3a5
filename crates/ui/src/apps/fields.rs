//! What can be filled in of an app.

use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::apps::{AppChanges, AppDraft};
use wirepost_control::change::Change;
use wirepost_model::app::App;
use wirepost_model::payload_validation::PayloadValidation;

use crate::wrong::{ShowsWrong, Wrong};

/// What a person filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) throttle_rate: String,
    pub(crate) payload_validation: String,
}

/// The fields, and what is wrong with them.
pub(crate) struct Fields {
    pub(crate) filled: Filled,
    pub(crate) wrong: Option<Wrong>,
}

/// One way to check payloads.
pub(crate) struct Checking {
    pub(crate) word: &'static str,
    pub(crate) sentence: &'static str,
    pub(crate) is_chosen: bool,
}

impl Fields {
    pub(crate) fn checkings(&self) -> Vec<Checking> {
        let chosen = Some(self.filled.payload_validation.as_str()).filter(|word| !word.is_empty());
        let checking = |of: PayloadValidation| Checking {
            word: word(of),
            sentence: sentence(of),
            is_chosen: word(of) == chosen.unwrap_or(word(PayloadValidation::Off)),
        };
        PayloadValidation::ALL.map(checking).into()
    }
}

impl ShowsWrong for Fields {
    const FIELDS: &'static [&'static str] = &["name", "uid", "throttleRate", "payloadValidation"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

impl Filled {
    pub(crate) fn draft(&self) -> Result<AppDraft, ControlError> {
        Ok(AppDraft {
            name: self.name.trim().to_owned(),
            uid: Change::Set(self.uid()),
            throttle_rate: self.throttle_rate()?,
            payload_validation: Change::Set(self.payload_validation()?),
            ..AppDraft::default()
        })
    }

    /// What the form does not show stays as it is.
    pub(crate) fn changes(&self) -> Result<AppChanges, ControlError> {
        Ok(AppChanges {
            name: Change::Set(self.name.trim().to_owned()),
            uid: Change::Set(self.uid()),
            throttle_rate: Change::Set(self.throttle_rate()?),
            payload_validation: Change::Set(self.payload_validation()?),
            metadata: Change::Keep,
        })
    }

    fn uid(&self) -> Option<String> {
        Some(self.uid.trim()).filter(|uid| !uid.is_empty()).map(ToOwned::to_owned)
    }

    fn throttle_rate(&self) -> Result<Option<u32>, ControlError> {
        match self.throttle_rate.trim() {
            "" => Ok(None),
            rate => {
                let number = rate.parse().map(Some);
                number.map_err(|_| ControlError::body("throttleRate", "must be a whole number"))
            }
        }
    }

    fn payload_validation(&self) -> Result<PayloadValidation, ControlError> {
        let known = PayloadValidation::ALL.into_iter().find(|of| word(*of) == self.payload_validation);
        known.ok_or_else(|| ControlError::body("payloadValidation", "must be one of those offered"))
    }
}

impl From<&App> for Filled {
    fn from(app: &App) -> Self {
        Self {
            name: app.name.clone(),
            uid: app.uid.as_ref().map(ToString::to_string).unwrap_or_default(),
            throttle_rate: app.throttle_rate.map(|rate| rate.to_string()).unwrap_or_default(),
            payload_validation: word(app.payload_validation).to_owned(),
        }
    }
}

fn word(of: PayloadValidation) -> &'static str {
    match of {
        PayloadValidation::Off => "off",
        PayloadValidation::Warn => "warn",
        PayloadValidation::Enforce => "enforce",
    }
}

fn sentence(of: PayloadValidation) -> &'static str {
    match of {
        PayloadValidation::Off => "Not at all",
        PayloadValidation::Warn => "Accept what does not fit, and say so",
        PayloadValidation::Enforce => "Refuse what does not fit",
    }
}
