//! `wirepost demo`: what a newcomer sees first.

use std::collections::BTreeMap;

use wirepost_e2e::program::{Program, Signal};

#[tokio::test]
async fn the_demo_shows_verified_deliveries_and_ends_cleanly_on_ctrl_c() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let variables = BTreeMap::from([("WIREPOST_LISTEN".to_owned(), "127.0.0.1:0".to_owned())]);
    for _ in 0..2 {
        let mut demo = Program::start(&["demo"], &variables, directory.path());
        demo.line_with("is ready: http://").await;
        demo.line_with("/app-portal/login?key=").await;
        demo.line_with("curl ").await;
        demo.line_with("→ accepted").await;
        let line = demo.line_with("✓ delivered").await;
        assert!(line.contains("signature valid"), "{line}");
        demo.signal(Signal::INT);
        assert!(demo.ended().await.success(), "{}", demo.errors());
        assert!(!demo.lines().iter().any(|line| line.contains("bad signature")), "{:?}", demo.lines());
    }
}
