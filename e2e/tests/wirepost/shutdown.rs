//! SIGTERM: requests under way end and are recorded, within a bound; the rest waits for the next start.

use wirepost_e2e::answer::{Answer, Gate};
use wirepost_e2e::customer::Customer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};
use wirepost_e2e::waiting::eventually;

async fn held_by(gate: &Gate) -> Receiver {
    let gate = gate.clone();
    Receiver::answering(move |_| Answer::status(200).behind(&gate)).await
}

/// Sends SIGTERM and waits until the server has taken notice.
async fn ask_to_stop(server: &Server) {
    server.ask_to_stop();
    let says_so = async || server.program().errors().contains("stopping").then_some(());
    eventually("the server to say that it is stopping", says_so).await;
}

#[tokio::test]
async fn an_attempt_under_way_ends_and_is_recorded() {
    let mut server = Server::start().await;
    let gate = Gate::default();
    let receiver = held_by(&gate).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    receiver.wait_for(1).await;
    ask_to_stop(&server).await;
    gate.open();
    assert!(server.ended().await.success());

    server.start_again().await;
    let customer = customer.on(&server);
    assert_eq!(customer.standing(&message).await["statusText"], "success");
    assert_eq!(customer.attempts(&message).await.len(), 1);
    assert_eq!(receiver.count(), 1, "what was recorded is not sent again");
}

#[tokio::test]
async fn an_attempt_that_does_not_end_is_cut_and_made_again_after_the_next_start() {
    let settings = Settings::default().with("WIREPOST_DRAIN_TIMEOUT", "1s");
    let mut server = settings.start().await;
    let gate = Gate::default();
    let receiver = held_by(&gate).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let message = customer.send(r#"{"n":1}"#).await;
    receiver.wait_for(1).await;
    ask_to_stop(&server).await;
    assert!(server.ended().await.success(), "a drain that was cut is a good end all the same");

    server.start_again().await;
    let received = receiver.wait_for(2).await;
    assert_eq!([received[0].webhook_id(), received[1].webhook_id()], [message.as_str(); 2]);
    gate.open();
    let customer = customer.on(&server);
    customer.stands_at(&message, "success").await;
    assert_eq!(customer.attempts(&message).await.len(), 1, "the cut one has left no trace");
}

#[tokio::test]
async fn a_second_signal_ends_at_once_and_loses_nothing() {
    let settings = Settings::default().with("WIREPOST_DRAIN_TIMEOUT", "1h");
    let mut server = settings.start().await;
    let gate = Gate::default();
    let receiver = held_by(&gate).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    receiver.wait_for(1).await;
    ask_to_stop(&server).await;
    server.ask_to_stop();
    assert!(server.ended().await.success());

    gate.open();
    server.start_again().await;
    customer.on(&server).stands_at(&message, "success").await;
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn nothing_new_is_taken_while_it_drains() {
    let mut server = Server::start().await;
    let gate = Gate::default();
    let receiver = held_by(&gate).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    customer.send("{}").await;
    receiver.wait_for(1).await;
    ask_to_stop(&server).await;
    let refused =
        async || server.api().try_post_text("/app", r#"{"name":"late"}"#).await.is_err().then_some(());
    eventually("new connections to be refused", refused).await;
    gate.open();
    assert!(server.ended().await.success());
    assert_eq!(receiver.count(), 1);
}
