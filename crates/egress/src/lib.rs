//! The only door to other people's servers: one HTTP request goes out, what came back (or why
//! nothing came) is handed in as a value. It bounds time, bytes and connections, refuses inner
//! addresses at connect time and never follows a redirect. It must not know what a delivery is.

mod address_guard;
mod basic;
mod certificate;
mod client;
mod dialer;
mod endpoint_url;
mod exchange;
mod failure;
mod http1;
mod http2;
mod hyper_failure;
mod oauth;
mod oauth_answer;
mod oauth_request;
mod openid;
mod openid_provider;
mod probe;
mod progress;
mod protocols;
mod resolver;
mod response_limit;
mod settings;
mod stream;
mod target;
mod tls;
mod tls_reason;
mod tls_witness;

pub use address_guard::{AddressGuard, InnerAddress};
pub use basic::basic_authorization;
pub use certificate::Certificate;
pub use client::{Client, ClientError};
pub use endpoint_url::{BareUrl, UrlError};
pub use exchange::{Exchange, Response, Timing};
pub use failure::{Failure, Phase};
pub use oauth::{Authorization, ClientCredentials, ClientProof, TokenFailure, TokenSource, TokenTerms};
pub use oauth_answer::TokenRefusal;
pub use openid::{OpenIdClient, OpenIdFailure, OpenIdSettings, SignInProof};
pub use probe::Probe;
pub use protocols::Protocols;
pub use resolver::{Resolver, SystemResolver};
pub use settings::ClientSettings;
pub use target::Target;
