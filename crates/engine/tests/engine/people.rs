//! What people and programs do in a simulated life: accept, send again, change, disable, enable, delete.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use wirepost_model::background_task::TaskWork;
use wirepost_model::delivery_rules::FailingHead;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_store::background_tasks::BackgroundTasks;
use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::{Messages, NewMessage};

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::simulation::Plot;
use crate::world::{World, url_of};

/// Those who use one engine.
pub(crate) struct People<'a> {
    plot: &'a Plot,
    world: &'a World,
    rng: StdRng,
}

impl<'a> People<'a> {
    pub(crate) fn new(plot: &'a Plot, world: &'a World, rng: StdRng) -> Self {
        for endpoint in &plot.history.lock().in_order {
            world.receivers.set_in_order(*endpoint);
        }
        Self { plot, world, rng }
    }

    /// Things happen until the end of the world.
    pub(crate) async fn live_on(&mut self) {
        loop {
            self.live_a_while().await;
        }
    }

    /// Some things happen.
    pub(crate) async fn live_a_while(&mut self) {
        if self.plot.history.lock().apps.is_empty() {
            self.found();
        }
        for _ in 0..self.rng.random_range(5..20) {
            self.step().await;
            self.look_at_lanes();
            let most = [5, 2_000, 60_000][self.rng.random_range(0..3)];
            pass(Duration::from_millis(self.rng.random_range(1..=most))).await;
        }
        self.world.store.faults.set_away(false);
    }

    /// Whoever is disabled is enabled again.
    pub(crate) async fn enable_all(&mut self) {
        let endpoints: Vec<_> = self.plot.history.lock().endpoints.keys().copied().collect();
        for endpoint in endpoints {
            self.plot.history.lock().may_open(endpoint, self.world.clock.shows());
            self.world.enable(endpoint).await;
            self.tell(endpoint);
        }
    }

    /// Apps and endpoints come to be. The disk takes them as they are: making them is not what is tried here.
    fn found(&mut self) {
        for _ in 0..self.rng.random_range(1..4) {
            let app_rate = self.rate(0.3);
            let mut row = self.world.app_row(app_rate);
            if self.world.disk.lock().apps.is_empty() {
                row.uid = self.plot.settings.operational_app.clone();
            }
            let app = row.id;
            self.world.disk.lock().apps.insert(app, row);
            self.plot.history.lock().apps.insert(app, app_rate);
            for _ in 0..self.rng.random_range(1..5) {
                let (character, rate) = (self.character(), self.rate(0.3));
                let mut endpoint = self.world.endpoint_row_of(app, rate);
                let id = endpoint.endpoint.id;
                if self.rng.random_bool(0.3) {
                    endpoint.endpoint.delivery_rules.fifo = true;
                    self.world.receivers.set_in_order(id);
                    self.plot.history.lock().in_order.insert(id);
                }
                endpoint.endpoint.delivery_rules.fifo_failing_head = FailingHead::Skip;
                self.world.receivers.set(&url_of(id), character.clone());
                self.plot.characters.lock().insert(url_of(id), character);
                self.world.disk.lock().endpoints.insert(id, endpoint);
                self.world.directory.changed(app);
                self.plot.history.lock().endpoints.insert(id, (app, rate));
            }
        }
    }

    async fn step(&mut self) {
        match self.rng.random_range(0..20) {
            0..9 => self.accept().await,
            9..11 => self.send_again().await,
            11 => self.disable().await,
            12..14 => self.enable().await,
            14 => self.change_url_or_headers().await,
            15 if self.rng.random_bool(0.2) => self.delete().await,
            16 => self.remove_a_payload().await,
            17 => self.world.store.faults.set_away(self.rng.random_bool(0.5)),
            18 if self.rng.random_bool(0.3) => self.change_order().await,
            19 => self.replay().await,
            _ => {}
        }
    }

    async fn accept(&mut self) {
        let app = self.any_app();
        let endpoints = self.endpoints_of(app);
        let most = [1, 4, 16][self.rng.random_range(0..3)];
        let mut count = self.rng.random_range(1..=most);
        if self.rng.random_bool(0.001) {
            count = 700;
        }
        let mut messages: Vec<NewMessage> = Vec::new();
        for _ in 0..count {
            let later = self.rng.random_bool(0.1);
            let wait = Duration::from_millis(if later { self.rng.random_range(1..200_000) } else { 0 });
            let due_at = self.world.clock.shows().plus(wait);
            messages.push(self.world.message(app, &endpoints, due_at));
        }
        let ids: Vec<MessageId> = messages.iter().map(|message| message.message.id).collect();
        if self.world.store.accept_messages(messages).await.is_ok() {
            self.plot.history.lock().accepted.extend(ids);
        }
    }

    async fn send_again(&mut self) {
        let now = self.world.clock.shows();
        let count = self.world.disk.lock().deliveries.len();
        if count == 0 {
            return;
        }
        let number = self.rng.random_range(0..count);
        let key = {
            let disk = self.world.disk.lock();
            let row = disk.deliveries.values().nth(number).expect("it was counted");
            let endpoint = &disk.endpoints[&row.key.endpoint];
            // What is disabled, deleted, or without payload is refused before the store is asked.
            let refused = endpoint.deleted || endpoint.endpoint.disabled.is_some();
            (!refused && disk.payloads[&row.key.message].is_some()).then_some(row.key)
        };
        if let Some(key) = key {
            // It is no more than a wish: a failure is the caller's to repeat.
            let _ = self.world.store.resend(key, now).await;
        }
    }

    /// Many are sent again by a task. What has to go in the order it was accepted does not, when some go once more.
    async fn replay(&mut self) {
        let always: Vec<_> = self.plot.history.lock().in_order.iter().copied().collect();
        let Some(endpoint) = self.any_endpoint().filter(|endpoint| !always.contains(endpoint)) else {
            return;
        };
        let row = self.world.endpoint_row(endpoint);
        let work = TaskWork::ALL[self.rng.random_range(0..TaskWork::ALL.len())];
        let rate = [2, 50, 10_000][self.rng.random_range(0..3)];
        if row.disabled.is_none() {
            let task = self.world.task(row.app, endpoint, work, rate);
            // A failure is the caller's to repeat.
            let _ = self.world.store.create_task(task, 20).await;
            self.world.directory.changed(row.app);
        }
    }

    async fn disable(&mut self) {
        if let Some(endpoint) = self.any_endpoint() {
            self.world.disable(endpoint).await;
            self.tell(endpoint);
        }
    }

    async fn enable(&mut self) {
        if let Some(endpoint) = self.any_endpoint() {
            let now = self.world.clock.shows();
            self.plot.history.lock().may_open(endpoint, now);
            self.world.enable(endpoint).await;
            self.tell(endpoint);
        }
    }

    async fn delete(&mut self) {
        if let Some(endpoint) = self.any_endpoint() {
            self.world.delete(endpoint).await;
            self.tell(endpoint);
        }
    }

    async fn change_url_or_headers(&mut self) {
        let value = self.rng.random_range(0..1_000).to_string();
        if let Some(endpoint) = self.any_endpoint() {
            let character = self.character();
            self.plot.characters.lock().insert(url_of(endpoint), character.clone());
            self.world.receivers.set(&url_of(endpoint), character);
            let change = |row: &mut wirepost_model::endpoint::Endpoint| {
                row.headers.0.insert("x-number".into(), value);
            };
            self.world.change(endpoint, change).await;
            self.tell(endpoint);
        }
    }

    async fn change_order(&mut self) {
        let always: Vec<_> = self.plot.history.lock().in_order.iter().copied().collect();
        if let Some(endpoint) = self.any_endpoint().filter(|endpoint| !always.contains(endpoint)) {
            self.world.change(endpoint, |row| row.delivery_rules.fifo = !row.delivery_rules.fifo).await;
        }
    }

    async fn remove_a_payload(&mut self) {
        let messages: Vec<_> = self.world.disk.lock().payloads.keys().copied().collect();
        if !messages.is_empty() && self.rng.random_bool(0.2) {
            let message = messages[self.rng.random_range(0..messages.len())];
            let app = self.any_app();
            // A failure leaves the payload where it is.
            let _ = self.world.store.expunge_content(app, message).await;
        }
    }

    /// Everyone has been told: from here on the endpoint stands as the disk says.
    fn tell(&self, endpoint: EndpointId) {
        let now = self.world.clock.shows();
        let open = {
            let disk = self.world.disk.lock();
            let row = &disk.endpoints[&endpoint];
            !row.deleted && row.endpoint.disabled.is_none()
        };
        self.plot.history.lock().told(endpoint, open, now);
    }

    fn look_at_lanes(&self) {
        let lanes = self.world.engine.lanes();
        for endpoint in self.plot.history.lock().endpoints.keys() {
            if let Some(view) = lanes.view(*endpoint) {
                assert!(view.queued <= self.plot.settings.lane_ready_most, "{view:?}");
                assert!(view.in_flight <= self.plot.settings.in_flight_most, "{view:?}");
            }
        }
    }

    fn any_app(&mut self) -> AppId {
        let history = self.plot.history.lock();
        let number = self.rng.random_range(0..history.apps.len());
        *history.apps.keys().nth(number).expect("it was counted")
    }

    /// One that was not deleted, if there is one.
    fn any_endpoint(&mut self) -> Option<EndpointId> {
        let disk = self.world.disk.lock();
        let there: Vec<_> = disk.endpoints.iter().filter(|(_, row)| !row.deleted).collect();
        let number = self.rng.random_range(0..there.len().max(1));
        there.get(number).map(|(id, _)| **id)
    }

    fn endpoints_of(&self, app: AppId) -> Vec<EndpointId> {
        let disk = self.world.disk.lock();
        let rows = disk.endpoints.values();
        let of_app = rows.filter(|row| row.endpoint.app == app && !row.deleted);
        of_app.map(|row| row.endpoint.id).collect()
    }

    fn rate(&mut self, likely: f64) -> Option<u32> {
        let rate = [1, 2, 3, 7, 20, 200][self.rng.random_range(0..6)];
        self.rng.random_bool(likely).then_some(rate)
    }

    fn character(&mut self) -> Character {
        match self.rng.random_range(0..10) {
            0..3 => Character::always(Plan::answer(200)),
            3 => Character::always(Plan::answer(204).after(Duration::from_secs(3))),
            4 => Character::always(Plan::hang()),
            5 => Character::always(Plan::answer(500)),
            6 => Character::always(Plan::answer(429).retry_after("30")),
            _ => Character::Flaky(self.rng.random_range(0.05..0.9)),
        }
    }
}
