//! What was set of an endpoint, in words: who it is, what it hears of, and by which rules it is delivered to.

use wirepost_control::caller::AppAccess;
use wirepost_control::{Control, ControlResult};
use wirepost_model::delivery_rules::{DeliveryRules, FailingHead, HttpVersion, SuccessRule};
use wirepost_model::endpoint::Endpoint;

use crate::show::{Instant, counted, lasting};

/// One thing that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// Whether the text is for machines: an id, a channel.
    pub(crate) is_code: bool,
}

/// Everything that was set, and what matters where nothing was.
///
/// # Errors
/// `NotFound` when the endpoint was just deleted; `Unavailable`.
pub(crate) async fn facts(
    control: &Control,
    access: &AppAccess,
    endpoint: &Endpoint,
) -> ControlResult<Vec<Fact>> {
    let mut facts = vec![code("Id", endpoint.id.to_string())];
    facts.extend(endpoint.uid.as_ref().map(|uid| code("Uid", uid.to_string())));
    facts.push(words("Created", Instant::from(endpoint.created_at).text));
    if !endpoint.channels.is_empty() {
        let channels: Vec<&str> = endpoint.channels.iter().map(|channel| channel.as_str()).collect();
        facts.push(code("Channels", channels.join(", ")));
    }
    let rate = endpoint.throttle_rate.map(|rate| format!("{} a second", counted(rate.into(), "message")));
    facts.push(words("Rate limit", rate.unwrap_or_else(|| "None".to_owned())));
    facts.push(words("Authentication", authentication(control, access, endpoint).await?.to_owned()));
    if !endpoint.headers.0.is_empty() {
        facts.push(words("Custom headers", endpoint.headers.0.len().to_string()));
    }
    facts.extend(of_rules(&endpoint.delivery_rules));
    Ok(facts)
}

async fn authentication(
    control: &Control,
    access: &AppAccess,
    endpoint: &Endpoint,
) -> ControlResult<&'static str> {
    let id = endpoint.id.to_string();
    if control.find_oauth(access, &id).await?.is_some() {
        return Ok("OAuth 2.0 client credentials");
    }
    if control.has_basic_auth(access, &id).await? {
        return Ok("Basic");
    }
    let is_header = endpoint.headers.0.contains_key("authorization");
    Ok(if is_header { "A header" } else { "None" })
}

/// The endpoint's own rules of delivery; of the operator's nothing is said here.
fn of_rules(rules: &DeliveryRules) -> Vec<Fact> {
    let mut facts = Vec::new();
    if rules.fifo {
        let failing = match rules.fifo_failing_head {
            FailingHead::Block => "those behind a message that fails wait until it is delivered",
            FailingHead::Skip => "those behind a message that fails wait as long as it is tried",
        };
        facts.push(words("Order", format!("One by one, as they were accepted; {failing}")));
    }
    if let Some(schedule) = &rules.retry_schedule {
        let waits: Vec<String> = schedule.waits().iter().copied().map(lasting).collect();
        let text = match waits.as_slice() {
            [] => "Never tried again".to_owned(),
            waits => format!("Tried again after {}", waits.join(", ")),
        };
        facts.push(words("Retries", text));
    }
    facts.extend(rules.request_timeout.map(|time| words("Time-out", lasting(time))));
    let at_once = rules.in_flight_most.filter(|_| !rules.fifo);
    facts
        .extend(at_once.map(|most| words("At once", format!("At most {}", counted(most.into(), "request")))));
    match rules.http_version {
        HttpVersion::Auto => {}
        version => facts.push(words("HTTP version", version.as_str().to_owned())),
    }
    if rules.success_rule == SuccessRule::Only200 {
        facts.push(words("Delivered by", "An answer of 200 alone".to_owned()));
    }
    facts
}

fn words(name: &'static str, text: String) -> Fact {
    Fact { name, text, is_code: false }
}

fn code(name: &'static str, text: String) -> Fact {
    Fact { name, text, is_code: true }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wirepost_model::retry_schedule::RetrySchedule;

    use super::*;

    fn texts(rules: &DeliveryRules) -> Vec<(&'static str, String)> {
        of_rules(rules).into_iter().map(|fact| (fact.name, fact.text)).collect()
    }

    #[test]
    fn nothing_is_said_of_rules_that_are_the_operators() {
        assert_eq!(texts(&DeliveryRules::default()), []);
    }

    #[test]
    fn own_rules_are_told_in_words() {
        let rules = DeliveryRules {
            retry_schedule: RetrySchedule::parse("5s, 5m").ok(),
            request_timeout: Some(Duration::from_secs(3)),
            in_flight_most: Some(1),
            http_version: HttpVersion::Http1,
            success_rule: SuccessRule::Only200,
            ..DeliveryRules::default()
        };
        let expected = [
            ("Retries", "Tried again after 5 s, 5 min"),
            ("Time-out", "3 s"),
            ("At once", "At most 1 request"),
            ("HTTP version", "1.1"),
            ("Delivered by", "An answer of 200 alone"),
        ];
        assert_eq!(texts(&rules), expected.map(|(name, text)| (name, text.to_owned())));
        let in_order = DeliveryRules { fifo: true, ..DeliveryRules::default() };
        assert_eq!(texts(&in_order)[0].0, "Order");
    }
}
