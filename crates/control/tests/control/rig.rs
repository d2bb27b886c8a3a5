//! Operations over a store in a folder of its own, on a clock that is moved by hand.

use std::path::Path;
use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;
use wirepost_control::apps::AppDraft;
use wirepost_control::caller::{AppAccess, Caller};
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointDraft;
use wirepost_control::tokens::TokenDraft;
use wirepost_control::{Control, ControlParts, ControlSettings};
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::clock::ManualClock;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::id_source::IdSource;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};
use wirepost_store::Store;
use wirepost_store::accepted::handover;
use wirepost_store::directory::Directory;
use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};
use wirepost_store_sqlite::{Settings, SqliteStore};

/// Who may do everything.
pub(crate) const ORGANISATION: Scope = Scope::Organisation;

/// When every test begins.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

/// Operations, and what they stand on.
pub(crate) struct Rig {
    pub(crate) control: Control,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clock: Arc<ManualClock>,
    folder: Arc<tempfile::TempDir>,
}

impl Rig {
    pub(crate) fn start() -> Self {
        Self::start_with(ControlSettings::default())
    }

    /// With these settings, and room for three endpoints.
    pub(crate) fn start_with(settings: ControlSettings) -> Self {
        Self::start_reaching(ClientSettings::default(), settings)
    }

    /// With another way out.
    pub(crate) fn start_reaching(client: ClientSettings, settings: ControlSettings) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder can be made"));
        Self::open(folder, 1, settings, client)
    }

    /// Ends this one and starts another on the same file.
    pub(crate) async fn restart(self) -> Self {
        self.store.close().await;
        Self::open(self.folder.clone(), 2, ControlSettings::default(), ClientSettings::default())
    }

    fn open(
        folder: Arc<tempfile::TempDir>,
        seed: u64,
        settings: ControlSettings,
        client: ClientSettings,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let path: &Path = &folder.path().join("wirepost.db");
        let (giving, _) = handover(8);
        let store = SqliteStore::open(path, Settings::default(), giving, clock.clone(), &sealing());
        let store = Arc::new(store.expect("a store opens in a folder of its own"));
        let directory = Arc::new(Directory::new(store.clone()));
        let settings = ControlSettings { endpoints_per_app_most: 3, ..settings };
        let control = Control::new(ControlParts {
            store: store.clone(),
            directory: directory.clone(),
            clock: clock.clone(),
            ids: Arc::new(IdSource::new(seed.cast_signed(), StdRng::seed_from_u64(seed))),
            client: Client::new(client).expect("a client without extra roots"),
            lanes: None,
            trial_senders: None,
            settings,
        });
        Self { control, store, directory, clock, folder }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::new(ORGANISATION)
    }

    /// A token that was just made, as it is kept and as it is shown.
    pub(crate) async fn token(&self, draft: TokenDraft) -> (Token, String) {
        let (token, fresh) = self.control.create_token(self.caller(), draft).await.expect("a good token");
        (token, fresh.expose().to_owned())
    }

    pub(crate) async fn app(&self, uid: &str) -> AppAccess {
        let draft =
            AppDraft { name: uid.to_owned(), uid: Change::Set(Some(uid.to_owned())), ..AppDraft::default() };
        self.control.create_app(self.caller(), draft).await.expect("a good app");
        self.control.enter(self.caller(), uid).await.expect("it was just made")
    }

    pub(crate) async fn endpoint(&self, access: &AppAccess, uid: &str) -> Endpoint {
        let draft = endpoint_draft(uid);
        self.control.create_endpoint(access, draft).await.expect("a good endpoint")
    }
}

fn sealing() -> Sealing {
    Sealing::new(GivenKeys::from(MainKey::new([7; 32])), StdRng::seed_from_u64(7))
}

pub(crate) fn endpoint_draft(uid: &str) -> EndpointDraft {
    EndpointDraft {
        url: "https://example.com/".to_owned(),
        uid: Change::Set(Some(uid.to_owned())),
        ..EndpointDraft::default()
    }
}
