//! Two apps with a token each: whatever one of them asks for with the other's ids, it hears that there is no such
//! thing, sees nothing of it and changes nothing. Over every operation that the tables of `capabilities` know.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::capabilities::{Call, calls_beside, calls_inside, calls_of_dam, calls_of_organisation};
use crate::harness::{Answer, Api};

/// Stands in all that the other app has and must never be shown.
const MARK: &str = "of-theirs";

/// What an app has, under the names by which the tables call it; and its token.
struct Side {
    names: [(&'static str, String); 5],
    token: String,
}

struct Rig {
    api: Api,
    mine: Side,
    theirs: Side,
}

/// An operation: its method, its path from the root, its body, and whether only the organisation may do it.
struct Asked {
    method: &'static str,
    path: String,
    body: Value,
    of_organisation: bool,
}

/// Everything that can be asked for.
fn everything() -> Vec<Asked> {
    let asked = |root: &'static str, of_organisation: bool| {
        move |(_, method, path, body, _): Call| Asked {
            method,
            path: format!("{root}{path}"),
            body,
            of_organisation,
        }
    };
    let mut all: Vec<Asked> = calls_inside().into_iter().map(asked("/api/v1/app/acme", false)).collect();
    all.extend(calls_beside().into_iter().map(asked("/api/v1", false)));
    all.extend(calls_of_organisation().into_iter().map(asked("/api/v1", true)));
    all.extend(calls_of_dam().into_iter().map(asked("", false)));
    all
}

impl Side {
    async fn start(api: &Api, uid: &str, mark: &str) -> Self {
        let app = api.app(uid).await;
        let endpoint = json!({"url": format!("https://example.com/{mark}"), "uid": format!("main-{mark}")});
        let endpoint = api.create(&format!("/app/{uid}/endpoint"), endpoint).await;
        let message = json!({"eventType": "a.b", "payload": {"mark": mark}});
        let message = api.create(&format!("/app/{uid}/msg"), message).await;
        let delivery = api.handed_over().await.remove(0);
        let attempt = crate::attempts::record(api, &delivery, Some(200), "").await;
        let pulse = api.create(&format!("/app/{uid}/pulse"), json!({"name": format!("Recall {mark}")})).await;
        let raise = json!({"objects": [{"id": mark, "type": "asset"}]});
        api.create(&format!("/app/{uid}/pulse/{pulse}/raise"), raise).await;
        api.handed_over().await;
        let capabilities =
            crate::capabilities::ALL.into_iter().filter(|name| !["ManageCatalog", "Admin"].contains(name));
        let capabilities: Vec<&str> = capabilities.collect();
        let token = api.token(json!({"name": uid, "app": uid, "capabilities": capabilities})).await;
        let names = [
            ("acme", app),
            ("main", endpoint),
            ("once", message),
            ("{attempt}", attempt),
            ("{pulse}", pulse),
        ];
        Self { names, token }
    }

    fn name(&self, word: &str) -> Option<&str> {
        self.names.iter().find(|(known, _)| *known == word).map(|(_, id)| id.as_str())
    }
}

impl Rig {
    async fn start() -> Self {
        let api = Api::start().await;
        let mine = Side::start(&api, "mine", "of-mine").await;
        let theirs = Side::start(&api, "theirs", MARK).await;
        Self { api, mine, theirs }
    }

    /// The path with one side's ids in it: theirs where the bit of a name is set, counted from the left.
    fn filled(&self, path: &str, theirs: u32) -> String {
        let mut bits = theirs;
        let filled = path.split('/').map(|word| {
            if self.mine.name(word).is_none() {
                return word.trim_matches(['{', '}']);
            }
            let side = if bits & 1 == 1 { &self.theirs } else { &self.mine };
            bits >>= 1;
            side.name(word).unwrap_or(word)
        });
        filled.collect::<Vec<_>>().join("/")
    }

    async fn ask(&self, asked: &Asked, theirs: u32) -> Answer {
        let body = if asked.body.is_null() { String::new() } else { asked.body.to_string() };
        let path = self.filled(&asked.path, theirs);
        let answer = self.api.call_at(&self.mine.token, asked.method, &path, body).await;
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        let of_theirs = self.theirs.names.iter().map(|(_, id)| id.as_str()).chain([MARK]);
        for shown in of_theirs {
            assert!(!told.contains(shown), "{} {path} shows {shown}: {told}", asked.method);
        }
        assert!(answer.status.as_u16() < 500, "{} {path}: {answer:?}", asked.method);
        answer
    }

    /// All that can be read of the other app.
    async fn of_theirs(&self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for asked in everything().iter().filter(|asked| asked.method == "GET" && !asked.of_organisation) {
            let path = self.filled(&asked.path, u32::MAX);
            let answer = self.api.call_at(&self.theirs.token, "GET", &path, "").await;
            all.push((path, answer.json()));
        }
        all
    }
}

/// How many names stand in a path.
fn names_in(rig: &Rig, path: &str) -> u32 {
    let names = path.split('/').filter(|word| rig.mine.name(word).is_some());
    u32::try_from(names.count()).expect("a path has few names")
}

#[tokio::test]
async fn every_operation_with_any_of_the_others_ids_finds_nothing() {
    let rig = Rig::start().await;
    let before = rig.of_theirs().await;
    assert!(
        before.iter().any(|(_, shown)| shown.to_string().contains(MARK)),
        "there is something to be seen"
    );
    let mut tried = 0;
    for asked in everything() {
        for theirs in 1..1 << names_in(&rig, &asked.path) {
            let answer = rig.ask(&asked, theirs).await;
            let told = (answer.status.as_u16(), answer.code());
            // Of its own app it may hear that this is for the organisation.
            let own_app = asked.of_organisation && theirs & 1 == 0;
            let expected =
                if own_app { (403, "insufficient access".into()) } else { (404, "not_found".to_owned()) };
            assert_eq!(told, expected, "{} {}", asked.method, rig.filled(&asked.path, theirs));
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(rig.of_theirs().await, before);
    assert!(rig.api.handed_over().await.is_empty(), "nothing was sent");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_app_does_in_any_order_the_other_stays_as_it_was(
        steps in prop::collection::vec((any::<Index>(), prop::sample::select(vec![0_u32, 0, 1, 2, 3, 7])), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(async {
            let rig = Rig::start().await;
            let before = rig.of_theirs().await;
            let everything = everything();
            for (which, theirs) in &steps {
                rig.ask(which.get(&everything), *theirs).await;
            }
            let own = rig.mine.name("acme").expect("an app has an id");
            for delivery in rig.api.handed_over().await {
                assert_eq!(delivery.key.app.to_string(), own);
            }
            assert_eq!(rig.of_theirs().await, before);
        });
    }
}
