//! What is set in the dashboard holds, or is told not to.

use std::{collections::BTreeMap, fs, path::Path};

use cliphound_engine::Model;
use cliphound_store::{IntentKey, MomentRow, SettingRow};
use tempfile::TempDir;

use super::*;
use crate::{config::GlobalArgs, daemon::live_settings::LiveSettings};

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).unwrap()
}

fn origins(dir: &Path) -> Origins {
    let args = GlobalArgs { dir: Some(dir.to_owned()), ..GlobalArgs::default() };
    let environment = BTreeMap::from([("TWITCH_CHANNELS".to_owned(), "ann,oldname".to_owned())]);
    Origins::new(args, environment)
}

fn channels(origins: &Origins) -> Vec<ChannelLogin> {
    origins.load().unwrap().twitch.channels
}

/// A dashboard, and what takes over what is set there as a daemon does.
async fn dashboard(dir: &TempDir) -> (Dashboard, Origins, tokio::task::JoinSet<()>) {
    let origins = origins(dir.path());
    let live = LiveSettings::new(&origins.load().unwrap());
    let changed = Arc::new(Notify::new());
    let dashboard = Dashboard {
        store: Store::open(&dir.path().join("cliphound.db")).await.unwrap(),
        origins: Some(origins.clone()),
        changed: Arc::clone(&changed),
        config: live.config(),
        inboxes: Onlooker::default(),
        directory: Directory::default(),
        models: dir.path().join("models"),
        clock: Clock::starting_at(0, 1.0),
        turn: Arc::default(),
    };
    let mut reload = tokio::task::JoinSet::new();
    let from = origins.clone();
    reload.spawn(async move {
        loop {
            changed.notified().await;
            if let Ok(config) = from.load() {
                live.set(&config, &std::collections::BTreeMap::new());
            }
        }
    });
    (dashboard, origins, reload)
}

/// Also while the daemon still follows it, or calls it by an old name.
#[tokio::test]
async fn what_is_wanted_is_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, ..) = dashboard(&dir).await;
    let wants = async |name: &str| dashboard.wants(&login(name)).await.unwrap();
    assert!(wants("ann").await && !wants("bob").await, "by the files");
    let set = async |name: &str, word: &str| {
        let (key, by, at_ms) = (own::FOLLOW, "ann", 0);
        let row = NewSetting { login: name, key, value: Some(word), by, at_ms };
        dashboard.store.change_settings(&[row]).await.unwrap();
    };
    set("ann", "no").await;
    set("bob", "yes").await;
    assert!(!wants("ann").await && wants("bob").await);
    assert!(dashboard.follows(&login("ann")), "nobody has taken it over yet");
    fs::create_dir(dir.path().join("models")).unwrap();
    renamed::follow(&dir.path().join("models"), &login("oldname"), &login("newname"), "7").unwrap();
    assert!(wants("newname").await);
    set("oldname", "no").await;
    assert!(!wants("newname").await);
}

async fn stored(dashboard: &Dashboard) -> Vec<(String, Option<String>)> {
    let told = |row: SettingRow| (row.login, row.value);
    dashboard.store.settings().await.unwrap().into_iter().map(told).collect()
}

#[tokio::test]
async fn a_channel_that_twitch_does_not_know_is_marked() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, _origins, _reload) = dashboard(&dir).await;
    dashboard.directory.tell_unknown(&login("oldname"));
    let marked: Vec<_> =
        dashboard.channels().into_iter().map(|one| (one.login, one.is_unknown)).collect();
    assert_eq!(marked, [(login("ann"), false), (login("oldname"), true)]);
}

#[tokio::test]
async fn while_the_file_has_a_mistake_nothing_is_changed_and_that_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, _origins, _reload) = dashboard(&dir).await;
    let file = dir.path().join("cliphound.toml");
    fs::write(&file, "[clips]\nbudget_per_hour = 'many'\n").unwrap();
    let change = [Change { key: "clips.cooldown_s".to_owned(), value: Some("90".to_owned()) }];
    let ann = login("ann");
    let problem = dashboard.change(&ann, &change, "owner").await.unwrap_err();
    assert_eq!(problem.status, 409);
    assert!(problem.detail.contains("budget_per_hour"), "{}", problem.detail);
    assert_eq!(stored(&dashboard).await, []);
    fs::remove_file(&file).unwrap();
    dashboard.change(&ann, &change, "owner").await.unwrap();
    assert_eq!(dashboard.config.borrow().clips_of(&ann).cooldown_s, 90);
}

/// Between the look and the undo somebody else may change it.
#[tokio::test]
async fn what_was_changed_since_is_not_undone() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, _origins, _reload) = dashboard(&dir).await;
    let ann = login("ann");
    let to =
        |value: &str| Change { key: "clips.cooldown_s".to_owned(), value: Some(value.to_owned()) };
    let newest = async || dashboard.store.setting_changes("ann", 1).await.unwrap()[0].id;
    dashboard.change(&ann, &[to("90")], "owner").await.unwrap();
    let first = newest().await;
    dashboard.change(&ann, &[to("95")], "owner").await.unwrap();
    let second = newest().await;
    let problem = dashboard.undo(&ann, &to("60"), first, "owner").await.unwrap_err();
    assert_eq!(problem.status, 409);
    assert!(problem.detail.contains("nothing was undone"), "{}", problem.detail);
    assert_eq!((newest().await, dashboard.config.borrow().clips_of(&ann).cooldown_s), (second, 95));
    dashboard.undo(&ann, &to("90"), second, "owner").await.unwrap();
    assert_eq!(dashboard.config.borrow().clips_of(&ann).cooldown_s, 90);
    let unknown = Change { key: own::FOLLOW.to_owned(), value: None };
    assert_eq!(dashboard.undo(&ann, &unknown, 1, "owner").await.unwrap_err().status, 422);
}

/// The list has its old name, people see its new one.
#[tokio::test]
async fn a_renamed_channel_is_removed_by_either_name() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, origins, _reload) = dashboard(&dir).await;
    renamed::follow(&dir.path().join("models"), &login("oldname"), &login("newname"), "7").unwrap();
    dashboard.follow(&login("newname"), false, "owner").await.unwrap();
    assert_eq!(channels(&origins), [login("ann")]);
    let last = dashboard.follow(&login("ann"), false, "owner").await.unwrap_err();
    assert!(last.detail.contains("is the only channel"), "{}", last.detail);
    dashboard.follow(&login("newname"), true, "owner").await.unwrap();
    assert_eq!(channels(&origins), [login("ann"), login("newname")]);
}

/// Two at once: what is kept last holds.
#[tokio::test]
async fn changes_hold_in_the_order_in_which_they_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, _origins, _reload) = dashboard(&dir).await;
    let ann = login("ann");
    let set = async |value: &str| {
        let change = [Change { key: "clips.cooldown_s".to_owned(), value: Some(value.to_owned()) }];
        dashboard.change(&ann, &change, "owner").await.unwrap();
    };
    for _ in 0..20 {
        tokio::join!(set("90"), set("95"));
        let kept: u32 = stored(&dashboard).await[0].1.as_deref().unwrap().parse().unwrap();
        let holds = dashboard.config.borrow().clips_of(&ann).cooldown_s;
        assert_eq!(u64::from(holds), u64::from(kept));
    }
}

#[tokio::test]
async fn what_is_salvaged_of_a_damaged_database_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    let follow =
        NewSetting { login: "added", key: own::FOLLOW, value: Some("yes"), by: "owner", at_ms: 1 };
    store.change_settings(&[follow]).await.unwrap();
    store.close().await;
    tear_the_index(&path).await;
    let (origins, changed) = (origins(dir.path()), Notify::new());
    origins.peek_overlay().await;
    assert_eq!(channels(&origins), [login("ann"), login("oldname")], "it can't be read");
    let store = Store::begin(&path).await.unwrap();
    take_over_stored(&store, &origins, &changed).await;
    assert_eq!(channels(&origins), [login("ann"), login("oldname"), login("added")]);
    changed.notified().await;
    assert!(dir.path().join("cliphound.db.bad").exists());
}

#[tokio::test]
async fn a_model_is_as_old_as_what_is_known_of_its_channel_or_as_its_renewal() {
    let dir = tempfile::tempdir().unwrap();
    let (dashboard, _origins, _reload) = dashboard(&dir).await;
    let ann = login("ann");
    assert_eq!(dashboard.age(&ann).await, (None, None));
    let moment = MomentRow {
        key: IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 1_000 },
        login: ann.to_string(),
        start_ms: 500,
        end_ms: 1_000,
        score: 0.9,
        threshold: 0.7,
        cause: "hype".to_owned(),
        reasons: "[]".to_owned(),
        learning: false,
        automatic: true,
    };
    dashboard.store.record_moment(&moment).await.unwrap();
    model_file::save(&dashboard.models, &ann, None, &Model::new(1)).unwrap();
    let (since_ms, saved_ms) = dashboard.age(&ann).await;
    assert!(since_ms == Some(1_000) && saved_ms > Some(1_700_000_000_000), "{saved_ms:?}");
    model_file::keep_before(&dashboard.models, &ann).unwrap();
    assert_eq!(dashboard.age(&ann).await, (saved_ms, None), "the old one went then");
}

/// Overwrites a page by which settings are found, but not the settings.
async fn tear_the_index(path: &Path) {
    let url = format!("sqlite://{}", path.display());
    let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let (page, size): (i64, i64) = sqlx::query_as(
        "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size()
         WHERE name = 'settings_by_key'",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    let mut bytes = fs::read(path).unwrap();
    let [from, to] = [page - 1, page].map(|page| usize::try_from(page * size).unwrap());
    bytes[from..to].fill(0xA5);
    fs::write(path, bytes).unwrap();
}
