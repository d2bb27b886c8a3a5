//! `wirepost demo`: the server beside a receiver of its own, with a sample app and an event every second, so
//! that a newcomer sees real, signed webhooks arrive, fail now and then, and be retried.

mod receiver;
mod sample;

use std::net::IpAddr;
use std::time::Duration;

use self::receiver::Receiver;
use self::sample::Sample;
use super::Sentence;
use crate::assembly::Wirepost;
use crate::config::{AdminToken, Flags, Settings};
use crate::{shutdown, telemetry};

/// Where the demo keeps things unless told otherwise; it goes on where it was the next time.
const STORE: &str = "wirepost-demo.db";
/// A token that is easy to type; the demo listens on this machine alone.
const TOKEN: &str = "demo-organisation-token";
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or Ctrl-C.
pub(crate) async fn run(flags: &Flags) -> Result<(), Sentence> {
    let settings = demo_settings(Settings::read(flags)?);
    telemetry::start(&settings)?;
    let token = settings.admin_token.clone().map_or_else(String::new, |token| token.0);
    let mut signals = shutdown::Signals::listen()?;
    let receiver = Receiver::start().await?;
    let wirepost = Wirepost::start(settings).await?;
    wirepost.announce();
    let sample = Sample::set_up(&wirepost.control, &receiver).await?;
    let link = sample.portal_link(&wirepost.control).await?;
    explain(&wirepost.address, &token, &link, &sample);
    let events = async {
        let mut ticks = tokio::time::interval(EVENT_EVERY);
        loop {
            ticks.tick().await;
            sample.send_event(&wirepost.control).await;
        }
    };
    tokio::select! {
        () = signals.next() => {}
        () = events => {}
    }
    wirepost.stop(signals).await;
    Ok(())
}

/// Lets the receiver on this machine be reached; everything else stays as the operator set it.
fn demo_settings(mut settings: Settings) -> Settings {
    if settings.store == Settings::default_store() {
        settings.store = STORE.into();
    }
    settings.client.allow_http = true;
    settings.client.allowed_subnets.push(IpAddr::from([127, 0, 0, 1]).into());
    settings.admin_token.get_or_insert_with(|| AdminToken(TOKEN.to_owned()));
    if settings.log == Settings::DEFAULT_LOG {
        settings.log = "warn".to_owned();
    }
    settings
}

#[expect(clippy::print_stdout, reason = "the demo talks to the person in front of it")]
fn explain(address: &str, token: &str, link: &str, sample: &Sample) {
    println!(
        "\n\
         The sample app is `{app}`; it has two endpoints and a catalogue of {event_types} event types.\n\
         An event is sent every second; the receiver refuses one in eight on purpose, to show a retry.\n\
         \n\
         The pages, in a browser (Ctrl-C ends the demo; the next start goes on where it was):\n\
         \n\
         \x20 as the customer's people, by a link that opens once: {link}\n\
         \x20 as the operator: http://{address}/login, with the token {token}\n\
         \n\
         Look around by the API:\n\
         \n\
         \x20 curl -H 'Authorization: Bearer {token}' 'http://{address}/api/v1/app/{app}/msg?limit=3'\n\
         \x20 curl -H 'Authorization: Bearer {token}' http://{address}/api/v1/app/{app}/endpoint\n\
         \x20 curl -H 'Authorization: Bearer {token}' 'http://{address}/api/v1/app/{app}/attempt/endpoint/studio?limit=3'\n\
         \n\
         Send one yourself:\n\
         \n\
         \x20 curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n\
         \x20   http://{address}/api/v1/app/{app}/msg -d '{{\"eventType\":\"asset.created\",\"payload\":{{\"hello\":\"world\"}}}}'\n\
         \n\
         Raise one as a person would, by a pulse (docs/eventpulse.md):\n\
         \n\
         \x20 curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n\
         \x20   http://{address}/api/v1/app/{app}/pulse/{pulse}/raise -d '{raise}'\n",
        app = sample::APP,
        event_types = sample.event_types(),
        pulse = sample.pulse(),
        raise = sample::RAISE,
    );
}
