//! Every page with a month of traffic in the store: how long it takes, and what it weighs with all that it fetches.

use http::StatusCode;

use crate::api::{self, Api, NewEndpoint};
use crate::error::{BenchError, Result};
use crate::figure::Figure;
use crate::month_of_traffic::{self, EventTypes};
use crate::receiver::Behaviour;
use crate::report;
use crate::server_process::ServerProcess;
use crate::visitor::{Visitor, Visits};
use crate::workbench::Workbench;

/// An attempt of each message at each of so many.
pub(crate) const ENDPOINTS: u64 = 10;
/// How often each page is looked at.
const LOOKS: u32 = 200;
const UID: &str = "bench";
const COMMON: &str = "asset.updated";
const RARE: &str = "asset.deleted";
const KIB: f64 = 1_024.0;
const OF_OPERATOR: [&str; 10] = [
    "/login",
    "/apps",
    "/apps/new",
    "/catalog",
    "/catalog/-new",
    "/catalog/-import",
    "/catalog/asset.updated/edit",
    "/tokens",
    "/tokens/new",
    "/server",
];

/// A server for its schema, the traffic put into its file, and the server again.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let directory = bench.fresh_directory()?;
    let server = bench.start_server(directory.path()).await?;
    set_up(bench, &server).await?;
    server.kill();
    let messages = bench.arguments.messages;
    report::progress(&format!(
        "putting {messages} messages and {} attempts into the file",
        messages * ENDPOINTS
    ));
    let event_types = EventTypes { common: COMMON, rare: RARE };
    month_of_traffic::put(&ServerProcess::database_in(directory.path()), messages, event_types)?;
    let server = bench.start_server(directory.path()).await?;
    report::progress("looking at the pages");
    let mut visitor = Visitor::sign_in(server.address()).await?;
    let mut figures = Vec::new();
    for path in paths(&mut visitor).await? {
        let visits = visitor.look(&path, LOOKS).await?;
        figures.extend(figures_of(&mut visitor, &path, &visits).await?);
    }
    Ok(figures)
}

/// Endpoints that have been sent one message each.
async fn set_up(bench: &Workbench, server: &ServerProcess) -> Result<()> {
    let mut api = Api::connect(server.address()).await?;
    api.create_app(UID).await?;
    api.create_event_type(COMMON).await?;
    api.create_event_type(RARE).await?;
    let receiver = bench.sink.add_receiver(Behaviour::Answer(StatusCode::OK));
    for number in 0..ENDPOINTS {
        let uid = format!("endpoint-{number}");
        api.create_endpoint(NewEndpoint { app: UID, uid: &uid, url: receiver.url(), event_type: None })
            .await?;
    }
    // To all of one receiver's endpoints the same message is one that arrived, and then comes again.
    while !api.post_batch(UID, api::numbered_batch(COMMON, 0..1)).await? {}
    for number in 0..ENDPOINTS {
        let uid = format!("endpoint-{number}");
        while api.stats(UID, &uid).await?.success == 0 {}
    }
    Ok(())
}

/// All pages: those whose names are known, and those that pages lead to.
async fn paths(visitor: &mut Visitor) -> Result<Vec<String>> {
    let app = follow(visitor, "/apps", "/app/").await?;
    let app = app.trim_end_matches("/endpoints").to_owned();
    let endpoint = follow(visitor, &format!("{app}/endpoints"), &format!("{app}/endpoints/ep_")).await?;
    let message = follow(visitor, &format!("{app}/logs"), &format!("{app}/logs/msg_")).await?;
    let attempt = follow(visitor, &message, &format!("{message}/attempts/atmpt_")).await?;
    let mut paths: Vec<String> = OF_OPERATOR.map(str::to_owned).into();
    paths.push(app.replacen("/app/", "/apps/", 1));
    let in_app = [
        "/endpoints",
        "/endpoints/new",
        "/catalog",
        "/catalog/asset.updated",
        "/logs",
        "/logs?type=asset.updated",
        "/logs?type=asset.deleted",
        "/logs?after=yesterday",
        "/logs?before=week",
        "/logs?after=week&before=yesterday&type=asset.deleted",
        "/activity",
        "/activity?range=24h",
        "/activity?range=7d",
        "/pulses",
        "/pulses/new",
        "/tasks",
    ];
    paths.extend(in_app.map(|path| format!("{app}{path}")));
    paths.extend(
        ["", "/advanced", "/testing", "/recover", "/replay", "/edit", "/events", "/delete"]
            .map(|tab| format!("{endpoint}{tab}")),
    );
    paths.extend(
        ["?status=failed", "?type=asset.deleted", "?before=week"].map(|query| format!("{endpoint}{query}")),
    );
    paths.extend([message, attempt]);
    Ok(paths)
}

async fn follow(visitor: &mut Visitor, page: &str, start: &str) -> Result<String> {
    let html = visitor.read(page).await?;
    html.link(start).ok_or_else(|| BenchError::NoLink { page: page.to_owned(), start: start.to_owned() })
}

async fn figures_of(visitor: &mut Visitor, path: &str, visits: &Visits) -> Result<[Figure; 3]> {
    let mut bytes = visits.bytes;
    for part in visitor.read(path).await?.parts() {
        bytes += visitor.look(&part, 1).await?.bytes;
    }
    let name = shortened(path);
    Ok([
        Figure::new(format!("{name}, p50"), "ms", visits.latency.p50_ms()),
        Figure::new(format!("{name}, p99"), "ms", visits.latency.p99_ms()).at_most(50.0, 10.0),
        Figure::new(format!("{name}, weight"), "KiB", bytes as f64 / KIB).at_most(60.0, 40.0),
    ])
}

/// A path without its ids, which say nothing to the reader.
fn shortened(path: &str) -> String {
    let part = |part: &str| match part.split_once('_') {
        Some((kind @ ("app" | "ep" | "msg" | "atmpt"), rest)) => match rest.split_once('?') {
            Some((_, query)) => format!("{{{kind}}}?{query}"),
            None => format!("{{{kind}}}"),
        },
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn ids_are_left_out_of_names() {
        assert_eq!(
            shortened("/app/app_1Ab/endpoints/ep_2Cd?status=failed"),
            "/app/{app}/endpoints/{ep}?status=failed"
        );
        assert_eq!(shortened("/catalog"), "/catalog");
    }
}
