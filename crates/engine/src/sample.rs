//! Things for the tests of this crate.

use wirepost_model::app::Metadata;
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::directory::EndpointView;

/// An enabled endpoint without limits.
pub(crate) fn endpoint_view(number: i64) -> EndpointView {
    let endpoint = Endpoint {
        id: EndpointId::from_parts(number, [0; 12]),
        app: AppId::from_parts(1, [0; 12]),
        uid: None,
        url: format!("https://receiver-{number}.example/"),
        description: String::new(),
        event_types: Vec::new(),
        channels: Vec::new(),
        disabled: None,
        throttle_rate: None,
        metadata: Metadata::new(),
        headers: CustomHeaders::default(),
        delivery_rules: DeliveryRules::default(),
        failing_since: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 0,
    };
    let secret = SigningSecret::from_random([7; SigningSecret::GENERATED_BYTES]);
    let secrets = vec![EndpointSecret { secret, created_at: Timestamp::default(), expires_at: None }];
    EndpointView { endpoint, secrets, oauth: None, app_throttle_rate: None }
}
