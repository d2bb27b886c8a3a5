//! Builds the rooms in their order, and takes them down in the other one.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use wirepost_api::{router, start_metering};
use wirepost_control::{Control, ControlParts, ControlSettings};
use wirepost_egress::Client;
use wirepost_engine::{Engine, EngineParts, EngineSettings, HttpTransport};
use wirepost_model::clock::Clock;
use wirepost_model::id_source::IdSource;
use wirepost_store::Store;
use wirepost_store::accepted::{Arrivals, handover};
use wirepost_store::directory::Directory;
use wirepost_store_sqlite::SqliteStore;
use wirepost_ui::{LiveStreams, UiSettings};

use crate::commands::Sentence;
use crate::config::Settings;
use crate::faces::Faces;
use crate::listener::{ListenerSettings, Listening};
use crate::main_key::sealing;
use crate::open_files::sockets_within_limit;
use crate::shutdown::Signals;
use crate::system::{SystemClock, seeded_rng};
use crate::trial_sender::ThroughEngine;

/// Commits that may wait for the engine to take their deliveries, with up to 4 MiB of payloads each.
const HANDOVER_BATCHES: usize = 16;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A running server.
pub(crate) struct Wirepost {
    pub(crate) control: Control,
    pub(crate) address: String,
    store_name: String,
    /// The organisation token, when it was made at this start.
    pub(crate) first_token: Option<String>,
    store: Arc<dyn Store>,
    engine: Engine,
    listening: Listening,
    streams: LiveStreams,
    drain_timeout: Duration,
}

impl Wirepost {
    /// Opens the store, starts sending, then listening.
    pub(crate) async fn start(settings: Settings) -> Result<Self, Sentence> {
        start_metering()?;
        let (listener, address) = bind(&settings.listen).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (store, arrivals) = open_store(&settings, clock.clone())?;
        let ids = id_source(&*store).await?;
        let directory = Arc::new(Directory::new(store.clone()));
        let client = Client::new(settings.client.clone()).map_err(in_words)?;
        let engine_parts = EngineParts {
            store: store.clone(),
            directory: directory.clone(),
            transport: Arc::new(HttpTransport(client.clone())),
            clock: clock.clone(),
            ids: ids.clone(),
            rng: seeded_rng(),
            arrivals,
        };
        let engine = start_engine(engine_parts, &settings).await?;
        read_trusted_roots(client.clone());
        let (lanes, control_settings) = (Some(engine.lanes()), control_settings(&settings, &address));
        let trial_senders = Some(ThroughEngine::shared(engine.trials()));
        let control_parts = ControlParts {
            store: store.clone(),
            directory,
            clock,
            ids,
            client,
            lanes,
            trial_senders,
            settings: control_settings,
        };
        let control = Control::new(control_parts);
        let first_token = first_token(&control, &settings).await?;
        control.ensure_operational_app().await.map_err(in_words)?;
        let public_url = control.settings().public_url.clone();
        let (streams, pages) = (LiveStreams::default(), UiSettings { public_url, ..settings.pages.clone() });
        let faces = Faces {
            api: router(control.clone(), settings.api.clone()),
            pages: wirepost_ui::router(control.clone(), pages, streams.clone()),
        };
        let listening = Listening::start(listener, faces, listener_settings(&settings));
        Ok(Self {
            control,
            address,
            store_name: format!("sqlite:{}", settings.store.display()),
            first_token,
            store,
            engine,
            listening,
            streams,
            drain_timeout: settings.drain_timeout,
        })
    }

    /// Prints the first token, once, and the ready line.
    #[expect(clippy::print_stdout, reason = "people and scripts wait for these lines")]
    pub(crate) fn announce(&self) {
        if let Some(token) = &self.first_token {
            println!("organisation token (shown only now, kept as a hash): {token}");
        }
        let (version, address, store) = (env!("CARGO_PKG_VERSION"), &self.address, &self.store_name);
        println!("wirepost {version} is ready: http://{address} (store {store})");
    }

    /// Drains: no new connections, then no new attempts; what is under way ends or is left for the next start.
    /// A second signal cuts it short; nothing that was answered is lost by that.
    pub(crate) async fn stop(self, mut signals: Signals) {
        tracing::info!("stopping: letting requests under way end, for at most {:?}", self.drain_timeout);
        let drain = async {
            // Their pages hold connections open for as long as they run.
            self.control.stop_rate_trials();
            self.streams.close();
            self.listening.stop(self.drain_timeout / 4).await;
            if !self.engine.stop(self.drain_timeout).await {
                tracing::warn!("some attempts did not end in time; they are made again after the next start");
            }
            self.store.close().await;
        };
        tokio::select! {
            () = drain => tracing::info!("stopped"),
            () = signals.next() => tracing::warn!("stopped at once"),
        }
    }
}

/// The operations over a store on which no server runs; nothing is sent meanwhile. The store is to be closed.
pub(crate) async fn control_without_engine(
    settings: &Settings,
) -> Result<(Control, Arc<dyn Store>), Sentence> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (store, _) = open_store(settings, clock.clone())?;
    let control_parts = ControlParts {
        store: store.clone(),
        directory: Arc::new(Directory::new(store.clone())),
        clock,
        ids: id_source(&*store).await?,
        client: Client::new(settings.client.clone()).map_err(in_words)?,
        lanes: None,
        trial_senders: None,
        settings: control_settings(settings, &settings.listen),
    };
    Ok((Control::new(control_parts), store))
}

async fn bind(address: &str) -> Result<(TcpListener, String), Sentence> {
    let in_words = |error| format!("cannot listen on {address}: {error}");
    let listener = TcpListener::bind(address).await.map_err(in_words)?;
    let bound = listener.local_addr().map_err(in_words)?.to_string();
    Ok((listener, bound))
}

async fn start_engine(parts: EngineParts, settings: &Settings) -> Result<Engine, Sentence> {
    let sockets_most = sockets_within_limit(settings.engine.sockets_most, settings.connections_most);
    let contents_kept_for = DAY * u32::from(settings.retention_days);
    let settings = EngineSettings { sockets_most, contents_kept_for, ..settings.engine.clone() };
    Engine::start(parts, settings).await.map_err(in_words)
}

fn listener_settings(settings: &Settings) -> ListenerSettings {
    ListenerSettings { connections_most: settings.connections_most, ..ListenerSettings::default() }
}

fn control_settings(settings: &Settings, address: &str) -> ControlSettings {
    ControlSettings {
        payload_bytes_most: settings.payload_bytes_most,
        retention_days: settings.retention_days,
        requests_per_second_of_token: settings.token_requests_per_second,
        replay_rate: settings.replay_rate,
        operator_rules: settings.engine.operator_rules(),
        disable_after: settings.engine.disable_after,
        issuer: settings.issuer.clone(),
        openid: settings.openid.clone(),
        operational_app: settings.engine.operational_app.clone(),
        public_url: settings.public_url.clone().unwrap_or_else(|| format!("http://{address}")),
        ..ControlSettings::default()
    }
}

/// The organisation token, where one had to be made.
async fn first_token(control: &Control, settings: &Settings) -> Result<Option<String>, Sentence> {
    let configured = settings.admin_token.as_ref().map(|token| token.0.as_str());
    let made = control.ensure_organisation_token(configured).await.map_err(in_words)?;
    Ok(made.map(|token| token.expose().to_owned()))
}

fn in_words(error: impl std::fmt::Display) -> Sentence {
    error.to_string()
}

fn open_store(settings: &Settings, clock: Arc<dyn Clock>) -> Result<(Arc<dyn Store>, Arrivals), Sentence> {
    let (handover, arrivals) = handover(HANDOVER_BATCHES);
    let store =
        SqliteStore::open(&settings.store, Default::default(), handover, clock, &sealing(settings, None))
            .map_err(in_words)?;
    Ok((Arc::new(store), arrivals))
}

/// Ids go on above the highest one stored, whatever the clock says.
async fn id_source(store: &dyn Store) -> Result<Arc<IdSource>, Sentence> {
    let highest = store.highest_key().await.map_err(in_words)?;
    Ok(Arc::new(IdSource::new(highest, seeded_rng())))
}

/// Reads the machine's trusted certificates beside the start, so that a machine without any is noticed early.
fn read_trusted_roots(client: Client) {
    tokio::spawn(async move {
        if let Err(error) = client.load_roots().await {
            tracing::warn!(%error, "endpoints over https will fail until this is mended");
        }
    });
}
