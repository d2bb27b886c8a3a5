//! A lane where many tasks meet it: the pure lane behind a lock, its outlet, and the health of its endpoint.

use std::sync::Arc;

use parking_lot::Mutex;
use wirepost_model::delivery_rules::HttpVersion;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::directory::EndpointView;

use crate::app_pace::AppPace;
use crate::endpoint_health::Health;
use crate::lane::Lane;
use crate::memory::{Memory, Room};
use crate::transport::{Outlet, Transport};

/// The outlet that is open, with what it was opened for.
struct OpenOutlet {
    url: Arc<str>,
    version: HttpVersion,
    outlet: Arc<dyn Outlet>,
}

/// A lane, shared.
pub(crate) struct LaneCell {
    pub(crate) app: AppId,
    pub(crate) endpoint: EndpointId,
    /// The pace of the whole app, shared with its other lanes. Locked after the lane, never before it.
    pub(crate) app_pace: Arc<Mutex<AppPace>>,
    pub(crate) health: Mutex<Health>,
    lane: Mutex<Lane>,
    outlet: Mutex<Option<OpenOutlet>>,
    memory: Arc<Memory>,
}

impl LaneCell {
    pub(crate) fn new(
        app: AppId,
        endpoint: EndpointId,
        lane: Lane,
        app_pace: Arc<Mutex<AppPace>>,
        memory: Arc<Memory>,
    ) -> Self {
        let (health, outlet) = (Mutex::default(), Mutex::default());
        Self { app, endpoint, app_pace, health, lane: Mutex::new(lane), outlet, memory }
    }

    /// Does something with the lane, and keeps the count of bytes held right.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lane = self.lane.lock();
        let before = lane.ready_bytes();
        let result = action(&mut lane);
        self.memory.moved(before, lane.ready_bytes());
        result
    }

    /// How freely lanes may hold deliveries just now.
    pub(crate) fn room(&self) -> Room {
        self.memory.room()
    }

    /// Whether forgetting the lane, and the pace of its app with it, loses nothing.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        self.with(|lane| lane.is_idle(now)) && self.app_pace.lock().is_quiet(now)
    }

    /// The endpoint's URL as it is now, and the outlet for it; a changed URL or HTTP version gets new connections.
    pub(crate) fn outlet(
        &self,
        view: &EndpointView,
        transport: &dyn Transport,
    ) -> (Arc<str>, Arc<dyn Outlet>) {
        let version = view.endpoint.delivery_rules.http_version;
        let mut outlet = self.outlet.lock();
        let open = match &mut *outlet {
            Some(open) if *open.url == *view.endpoint.url && open.version == version => open,
            stale => {
                let url: Arc<str> = view.endpoint.url.as_str().into();
                let outlet = transport.outlet(&url, version);
                stale.insert(OpenOutlet { url, version, outlet })
            }
        };
        (open.url.clone(), open.outlet.clone())
    }

    /// The outlet, if one was opened.
    pub(crate) fn open_outlet(&self) -> Option<Arc<dyn Outlet>> {
        self.outlet.lock().as_ref().map(|open| open.outlet.clone())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use async_trait::async_trait;
    use bytes::Bytes;
    use http::HeaderMap;
    use wirepost_model::endpoint::Endpoint;
    use wirepost_model::oauth::OauthConfig;

    use super::*;
    use crate::pace::Pace;
    use crate::sample;
    use crate::transport::{Reply, TokenSource};

    pub(crate) fn lane_cell(number: i64) -> Arc<LaneCell> {
        Arc::new(LaneCell::new(
            AppId::from_parts(1, [0; 12]),
            EndpointId::from_parts(number, [0; 12]),
            Lane::new(
                crate::lane::LaneBounds { ready: 512, in_flight: 8 },
                Pace::default(),
                Timestamp::default(),
            ),
            Arc::default(),
            Arc::default(),
        ))
    }

    /// Notes what outlets it was asked for; nothing is sent.
    #[derive(Default)]
    struct Noted(Mutex<Vec<(String, HttpVersion)>>);

    struct Shut;

    impl Transport for Noted {
        fn outlet(&self, url: &str, version: HttpVersion) -> Arc<dyn Outlet> {
            self.0.lock().push((url.to_owned(), version));
            Arc::new(Shut)
        }

        fn token_source(&self, _: &OauthConfig) -> Arc<dyn TokenSource> {
            unreachable!("no endpoint here wants a token")
        }
    }

    #[async_trait]
    impl Outlet for Shut {
        async fn post(&self, _: HeaderMap, _: Bytes, _: Duration) -> Reply {
            unreachable!("nothing is sent here")
        }

        fn close_idle(&self, _: Duration) {}
    }

    #[test]
    fn another_url_or_another_http_version_gets_connections_of_its_own() {
        let (cell, transport) = (lane_cell(1), Noted::default());
        let mut view = sample::endpoint_view(1);
        let mut ask = |change: &dyn Fn(&mut Endpoint)| {
            change(&mut view.endpoint);
            cell.outlet(&view, &transport);
        };
        ask(&|_| {});
        ask(&|endpoint| endpoint.delivery_rules.in_flight_most = Some(1));
        ask(&|endpoint| endpoint.delivery_rules.http_version = HttpVersion::Http1);
        ask(&|endpoint| endpoint.throttle_rate = Some(1));
        ask(&|endpoint| "https://other.example/".clone_into(&mut endpoint.url));
        let first = "https://receiver-1.example/".to_owned();
        let opened = [
            (first.clone(), HttpVersion::Auto),
            (first, HttpVersion::Http1),
            ("https://other.example/".to_owned(), HttpVersion::Http1),
        ];
        assert_eq!(*transport.0.lock(), opened);
    }
}
