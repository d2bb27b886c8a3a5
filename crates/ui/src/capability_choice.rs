//! Capabilities to be ticked in a form, each with what it lets its holder do.

use std::collections::BTreeSet;

use wirepost_control::ControlError;
use wirepost_model::capability::{Capabilities, Capability};

/// One box.
pub(crate) struct CapabilityChoice {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) is_ticked: bool,
}

/// Boxes for these, with those ticked that were named.
pub(crate) fn choices(offered: Capabilities, ticked: &BTreeSet<String>) -> Vec<CapabilityChoice> {
    let choice = |capability: Capability| CapabilityChoice {
        name: capability.as_str(),
        words: words(capability),
        is_ticked: ticked.contains(capability.as_str()),
    };
    offered.iter().map(choice).collect()
}

/// The names of all of them.
pub(crate) fn names(capabilities: Capabilities) -> BTreeSet<String> {
    capabilities.iter().map(|capability| capability.as_str().to_owned()).collect()
}

/// What was ticked.
///
/// # Errors
/// `Invalid` where a form names what there is not.
pub(crate) fn ticked(names: &BTreeSet<String>) -> Result<Capabilities, ControlError> {
    let parse = |name: &String| Capability::parse(name);
    names
        .iter()
        .map(parse)
        .collect::<Result<_, _>>()
        .map_err(|invalid| ControlError::body("capabilities", invalid.reason))
}

fn words(capability: Capability) -> &'static str {
    match capability {
        Capability::ViewBase => "see apps, endpoints, messages and attempts",
        Capability::ViewEndpointSecret => "see the signing secrets of endpoints",
        Capability::ManageEndpointSecret => "choose and rotate signing secrets",
        Capability::CreateAttempts => "have something sent again: resend, recover, send an example",
        Capability::ManageEndpoint => "make, change and delete endpoints",
        Capability::SendMessages => "send messages, and remove what was sent",
        Capability::ManageCatalog => "change the event types",
        Capability::Admin => "change apps and tokens; who may make tokens may have any",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_comes_back() {
        let customer = Capabilities::OF_CUSTOMER;
        let boxes = choices(Capabilities::ALL, &names(customer));
        assert_eq!(boxes.iter().filter(|choice| choice.is_ticked).count(), customer.iter().count());
        assert_eq!(ticked(&names(customer)), Ok(customer));
        assert!(ticked(&BTreeSet::from(["Everything".to_owned()])).is_err());
        assert_eq!(ticked(&BTreeSet::new()), Ok(Capabilities::NONE));
    }
}
