//! What is wrong, as pages and API say it.

use std::sync::Arc;

use super::*;
use crate::trouble::{self, Trouble, Troubles};

/// A log-in that has ended, and one channel that would find moments.
async fn dead_log_in() -> (Rig, crate::board::Place) {
    let rig = Rig::new().await;
    let place = rig.app.board.enter(&ChannelLogin::parse("ninja").unwrap());
    place.hear(&cliphound_twitch::chat::ChatEvent::Joined, NOW_MS);
    place.live(Live::Online);
    let why = "Twitch no longer accepts it: run `cliphound login` <b>".to_owned();
    let all = vec![Trouble { kind: trouble::Kind::LogInEnded, why }];
    let troubles = Arc::new(Troubles { all, well: Vec::new() });
    rig.app.board.unclipped(troubles.unclipped());
    rig.wood.troubles.send_replace(troubles);
    (rig, place)
}

#[tokio::test]
async fn every_page_says_what_is_wrong_and_owners_why() {
    let (rig, _place) = dead_log_in().await;
    let owner = Viewer::owner("ann");
    let viewer = Viewer { role: Some(Role::Viewer), ..Viewer::owner("bob") };
    let (what, why) = ("the log-in at Twitch has ended.", "run `cliphound login` &#60;b&#62;");
    for path in ["/", "/channels/ninja", "/review", "/streams", "/analytics", "/channels"] {
        let page = rig.get(&owner, path).await.text;
        assert!(page.contains(what) && page.contains(why), "{path}: {page}");
        let page = rig.get(&viewer, path).await.text;
        assert!(page.contains(what) && !page.contains("cliphound login"), "{path}: {page}");
    }
    for path in ["/settings/alerts", "/settings/people"] {
        assert!(rig.get(&owner, path).await.text.contains(why), "{path}");
    }
    let told = rig.get(&owner, "/api/v1/troubles").await.text;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told[0]["kind"], "log_in_ended");
    assert!(told[0]["why"].as_str().unwrap().contains("cliphound login"));
    let told = rig.get(&viewer, "/api/v1/troubles").await.text;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told[0]["why"], serde_json::Value::Null);
    rig.wood.troubles.send_replace(Arc::default());
    let page = rig.get(&owner, "/").await.text;
    assert!(page.contains("<div id=\"trouble\"></div>") && !page.contains(what), "{page}");
}

#[tokio::test]
async fn a_channel_is_not_just_armed_while_nothing_is_clipped() {
    let (rig, _place) = dead_log_in().await;
    let owner = Viewer::owner("ann");
    let text = "armed, but nothing is clipped: log-in ended";
    for path in ["/", "/channels/ninja"] {
        let page = rig.get(&owner, path).await.text;
        assert!(page.contains(text) && !page.contains("tag good\">armed"), "{path}: {page}");
    }
    // Who comes later is no better off.
    let _other = rig.app.board.enter(&ChannelLogin::parse("ann").unwrap());
    let told = rig.get(&owner, "/api/v1/channels").await.text;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told[0]["not_clipped"], &told[1]["state"]),
        (&"log_in_ended".into(), &"armed".into())
    );
    rig.app.board.unclipped(None);
    let page = rig.get(&owner, "/channels/ninja").await.text;
    assert!(page.contains("armed</span>") && !page.contains(text), "{page}");
}
