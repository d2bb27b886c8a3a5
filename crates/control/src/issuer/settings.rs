//! What the operator says about the issuer of signed tokens.

use jsonwebtoken::jwk::JwkSet;
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::invalid::Invalid;

/// The issuer whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// Its name, as the claim `iss` says it.
    pub name: String,
    /// What its tokens call us, in the claim `aud`.
    pub audience: String,
    /// Where its keys are.
    pub keys: KeySource,
    /// The claim that holds the id or uid of the app; dots lead into objects.
    pub app_claim: String,
    /// The claim that holds what the caller may do: a list, or words with blanks between them.
    pub capabilities_claim: String,
    /// What each word of that claim stands for.
    pub grants: Grants,
}

/// Where the keys of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// At this address, as a JSON Web Key Set (RFC 7517).
    Url(String),
    /// Here.
    Set(JwkSet),
}

/// What the words of a claim stand for. The name of a capability stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants(Vec<(String, Capabilities)>);

impl KeySource {
    /// The keys in a text.
    ///
    /// # Errors
    /// When it is not a JSON Web Key Set.
    pub fn from_text(text: &str) -> Result<Self, Invalid> {
        let set = serde_json::from_str(text);
        set.map(Self::Set).map_err(|error| Invalid::new(format!("is not a JSON Web Key Set: {error}")))
    }
}

impl Grants {
    /// Reads `Word=ViewBase+ManageEndpoint,Other`. A word alone stands for all that concerns a customer's endpoints.
    ///
    /// # Errors
    /// Which part cannot be read, or grants what means nothing inside an app.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let grants = Self::parse_for_people(text)?;
        if grants.0.iter().all(|(_, granted)| granted.are_within(Capabilities::INSIDE_APP)) {
            return Ok(grants);
        }
        Err(Invalid::new("ManageCatalog and Admin cannot be granted inside an app"))
    }

    /// The same for people, of whom some may administer the organisation.
    ///
    /// # Errors
    /// Which part cannot be read.
    pub fn parse_for_people(text: &str) -> Result<Self, Invalid> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(parse_grant).collect::<Result<_, _>>().map(Self)
    }

    /// What these words stand for together, as far as it means something inside an app.
    pub(crate) fn of<'a>(&self, words: impl Iterator<Item = &'a str>) -> Capabilities {
        let all = self.all_of(words);
        all.iter().filter(|capability| Capabilities::INSIDE_APP.has(*capability)).collect()
    }

    /// What these words stand for together.
    pub(crate) fn all_of<'a>(&self, words: impl Iterator<Item = &'a str>) -> Capabilities {
        let sets = words.map(|word| match self.0.iter().find(|(known, _)| known == word) {
            Some((_, capabilities)) => *capabilities,
            None => Capability::parse(word).into_iter().collect(),
        });
        sets.fold(Capabilities::NONE, Capabilities::and)
    }
}

impl Default for Grants {
    fn default() -> Self {
        Self(vec![("Webhooks".to_owned(), Capabilities::OF_CUSTOMER)])
    }
}

fn parse_grant(part: &str) -> Result<(String, Capabilities), Invalid> {
    let Some((word, names)) = part.split_once('=') else {
        return Ok((part.to_owned(), Capabilities::OF_CUSTOMER));
    };
    let parse = |name: &str| {
        let name = name.trim();
        Capability::parse(name).map_err(|invalid| Invalid::new(format!("`{name}` {}", invalid.reason)))
    };
    let capabilities = names.split('+').map(parse).collect::<Result<Capabilities, _>>()?;
    Ok((word.trim().to_owned(), capabilities))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_what_was_said_and_names_for_themselves() {
        let grants = Grants::parse("Webhooks, Sender = SendMessages+ViewBase").expect("good grants");
        assert_eq!(grants.of(["Webhooks"].into_iter()), Capabilities::OF_CUSTOMER);
        assert_eq!(grants.of(["Sender", "Webhooks"].into_iter()), Capabilities::INSIDE_APP);
        let named = Capabilities::from_iter([Capability::CreateAttempts]);
        assert_eq!(grants.of(["CreateAttempts", "unheard of"].into_iter()), named);
    }

    #[test]
    fn nothing_of_the_organisation_can_be_granted() {
        assert_eq!(Grants::default().of(["Admin", "ManageCatalog"].into_iter()), Capabilities::NONE);
        assert!(Grants::parse("Boss=Admin").is_err());
        let people = Grants::parse_for_people("Boss=Admin+ViewBase").expect("a good grant");
        let boss = Capabilities::from_iter([Capability::Admin, Capability::ViewBase]);
        assert_eq!(people.all_of(["Boss"].into_iter()), boss);
        assert!(!people.of(["Boss"].into_iter()).has(Capability::Admin));
        assert!(Grants::parse("Boss=Everything").is_err());
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        assert!(KeySource::from_text(r#"{"keys":[]}"#).is_ok());
        assert!(KeySource::from_text("-----BEGIN PUBLIC KEY-----").is_err());
    }
}
