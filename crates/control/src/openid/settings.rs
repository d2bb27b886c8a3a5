//! What the operator says about the company's own sign-in.

use std::fmt;

use crate::issuer::Grants;

/// The OpenID provider at which people sign in, and what it says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdAccess {
    /// What the button of the sign-in says.
    pub name: String,
    /// The provider: an address under which its `.well-known/openid-configuration` stands.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves that we are who it calls so; none for a public client.
    pub client_secret: Option<ClientSecret>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that holds the id or uid of a person's app; dots lead into objects. Who has none is of the
    /// organisation, if the other claim says so.
    pub app_claim: String,
    /// The claim that holds what a person may do: a list, or words with blanks between them.
    pub capabilities_claim: String,
    /// What each word of that claim stands for.
    pub grants: Grants,
}

/// A secret that is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(pub String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientSecret(…)")
    }
}
