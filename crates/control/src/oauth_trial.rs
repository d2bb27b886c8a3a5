//! Trying an OAuth configuration out: a token is asked for now, and what the token server said is told in words. The
//! token is thrown away. Nobody can look for open doors with it: the address guard and the time-out are those of
//! sending, and an app may do it only now and then.

use std::time::Duration;

use wirepost_egress::{ClientCredentials, ClientProof, TokenFailure, TokenRefusal, TokenSource, TokenTerms};
use wirepost_model::capability::Capability;
use wirepost_model::oauth::{OauthAuthMethod, OauthConfig};

use crate::caller::AppAccess;
use crate::oauth::OauthDraft;
use crate::{Control, ControlError, ControlResult};

/// What came of a trial. Holds neither the token nor a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthTrial {
    /// Whether a token came that could be sent.
    pub ok: bool,
    /// What the token server said and what to do about it, for people.
    pub summary: String,
    /// The HTTP status code of its answer; `None` without one.
    pub status: Option<u16>,
    /// The word of its refusal (RFC 6749, section 5.2).
    pub error: Option<String>,
    /// Its own explanation.
    pub error_description: Option<String>,
    /// How long the token would have lived, where the server said so.
    pub lifetime: Option<Duration>,
}

impl Control {
    /// Asks for a token now: under the configuration that is kept, or under another one, to see whether it would do.
    /// Without a secret, the one that is kept for the same client at the same URL is used.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound` also where nothing is kept and nothing is brought; `Invalid`;
    /// `TooManyRequests`; `Unavailable`. That there is no token is no error but a result.
    pub async fn try_oauth(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: Option<OauthDraft>,
    ) -> ControlResult<OauthTrial> {
        access.require(Capability::ManageEndpoint)?;
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let config = match draft {
            Some(draft) => self.checked_oauth(access, endpoint, draft).await?,
            None => {
                let kept = self.store().find_oauth(access.id(), endpoint).await?;
                kept.ok_or(ControlError::NotFound)?
            }
        };
        self.0.trials.take(access.id(), self.now())?;
        Ok(match TokenSource::new(self.0.parts.client.clone(), credentials_of(config)) {
            Ok(source) => trial_of(source.try_out().await),
            Err(failure) => trial_of(Err(failure)),
        })
    }
}

fn trial_of(answer: Result<TokenTerms, TokenFailure>) -> OauthTrial {
    let blank = OauthTrial {
        ok: false,
        summary: String::new(),
        status: None,
        error: None,
        error_description: None,
        lifetime: None,
    };
    match answer {
        Ok(TokenTerms { lifetime }) => {
            OauthTrial { ok: true, summary: granted(lifetime), status: Some(200), lifetime, ..blank }
        }
        Err(failure) => {
            let summary = format!("No token: {failure}. {}", advice(&failure));
            match failure {
                TokenFailure::Refused(TokenRefusal { status, error, description }) => {
                    let status = Some(status);
                    OauthTrial { summary, status, error, error_description: description, ..blank }
                }
                TokenFailure::Unusable(_) => OauthTrial { summary, status: Some(200), ..blank },
                TokenFailure::Url(_) | TokenFailure::NoAnswer(_) => OauthTrial { summary, ..blank },
            }
        }
    }
}

fn granted(lifetime: Option<Duration>) -> String {
    let Some(lifetime) = lifetime else {
        return "The token server gave a Bearer token and did not say how long it lives: it is used for an hour."
            .to_owned();
    };
    format!("The token server gave a Bearer token that lives for {} s.", lifetime.as_secs())
}

/// What to look at, a sentence.
fn advice(failure: &TokenFailure) -> &'static str {
    let refusal = match failure {
        TokenFailure::Url(_) => return "Set another token URL.",
        TokenFailure::NoAnswer(_) => return "Check the token URL, and whether the token server runs.",
        TokenFailure::Unusable(_) => return "Check the token URL: this may be another service.",
        TokenFailure::Refused(refusal) => refusal,
    };
    match (refusal.error.as_deref(), refusal.status) {
        (Some("invalid_client"), _) | (None, 401) => {
            "Check the client's id and secret, and whether the server wants them in a header (clientSecretBasic) or \
             in the body (clientSecretPost)."
        }
        (Some("unauthorized_client" | "unsupported_grant_type"), _) => {
            "Let the token server give this client tokens by client credentials."
        }
        (Some("invalid_scope"), _) => "Check the scopes: this client may not have them.",
        (Some("invalid_target"), _) => "Check resource or audience among extraParams.",
        (Some(_), _) => {
            "Check the scopes, and whether the server wants extraParams such as audience or resource."
        }
        (None, 300..=399) => "Set the URL that this one leads to: redirects are not followed.",
        (None, 404 | 405) => "Check the path of the token URL.",
        (None, 500..=599) => "The token server has trouble of its own.",
        (None, _) => "Check the token URL, and what the server wants beside the client's id and secret.",
    }
}

fn credentials_of(config: OauthConfig) -> ClientCredentials {
    ClientCredentials {
        token_url: config.token_url,
        client_id: config.client_id,
        client_secret: config.client_secret.expose().to_owned(),
        proof: match config.auth_method {
            OauthAuthMethod::ClientSecretBasic => ClientProof::Basic,
            OauthAuthMethod::ClientSecretPost => ClientProof::Post,
        },
        scopes: config.scopes,
        extra_params: config.extra_params,
        extra_headers: config.extra_headers.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_says_what_the_server_said_and_what_to_do() {
        let refusal = TokenRefusal {
            status: 401,
            error: Some("invalid_client".into()),
            description: Some("who is that?".into()),
        };
        let trial = trial_of(Err(TokenFailure::Refused(refusal)));
        let beginning =
            "No token: the token server answered 401: invalid_client (who is that?). Check the client";
        assert!(trial.summary.starts_with(beginning), "{}", trial.summary);
        assert_eq!(
            (trial.ok, trial.status, trial.error.as_deref()),
            (false, Some(401), Some("invalid_client"))
        );
        assert_eq!(trial.error_description.as_deref(), Some("who is that?"));
        let trial = trial_of(Ok(TokenTerms { lifetime: Some(Duration::from_secs(3_600)) }));
        assert_eq!(trial.summary, "The token server gave a Bearer token that lives for 3600 s.");
        assert!(trial.ok && trial.lifetime == Some(Duration::from_secs(3_600)));
    }

    #[test]
    fn every_refusal_has_its_advice() {
        let words =
            ["invalid_client", "unauthorized_client", "invalid_scope", "invalid_target", "invalid_request"];
        let advice_of = |status, error: Option<&str>| {
            advice(&TokenFailure::Refused(TokenRefusal {
                status,
                error: error.map(str::to_owned),
                description: None,
            }))
        };
        let mut told: Vec<&str> = words.into_iter().map(|word| advice_of(400, Some(word))).collect();
        told.extend([302, 404, 503, 418].map(|status| advice_of(status, None)));
        let count = told.len();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), count, "{told:?}");
        assert_eq!(advice_of(401, None), advice_of(400, Some("invalid_client")));
    }
}
