//! What is set in the dashboard.

use cliphound_store::{NewSetting, Store, peek_settings};

fn set<'a>(login: &'a str, key: &'a str, value: Option<&'a str>, at_ms: i64) -> NewSetting<'a> {
    NewSetting { login, key, value, by: "ann", at_ms }
}

#[tokio::test]
async fn the_newest_change_holds_and_the_ones_before_can_be_seen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    assert_eq!(peek_settings(&path).await.unwrap(), [], "there is no file yet");
    let store = Store::open(&path).await.unwrap();
    let budget = |value, at_ms| set("ninja", "clips.budget_per_hour", value, at_ms);
    store
        .change_settings(&[budget(Some("4"), 1), set("ann", "follow", Some("yes"), 1)])
        .await
        .unwrap();
    store.change_settings(&[budget(Some("6"), 2)]).await.unwrap();
    let now = |rows: Vec<cliphound_store::SettingRow>| {
        rows.into_iter().map(|row| (row.login, row.key, row.value)).collect::<Vec<_>>()
    };
    let own = |login: &str, key: &str, value: Option<&str>| {
        (login.to_owned(), key.to_owned(), value.map(str::to_owned))
    };
    let expected =
        [own("ann", "follow", Some("yes")), own("ninja", "clips.budget_per_hour", Some("6"))];
    assert_eq!(now(store.settings().await.unwrap()), expected);
    assert_eq!(now(peek_settings(&path).await.unwrap()), expected, "while it is open");
    store.change_settings(&[budget(None, 3)]).await.unwrap();
    let changes = store.setting_changes("ninja", 9).await.unwrap();
    let values: Vec<_> = changes.iter().map(|row| row.value.as_deref()).collect();
    assert_eq!(values, [None, Some("6"), Some("4")]);
    store.close().await;
    assert_eq!(now(peek_settings(&path).await.unwrap())[1].2, None, "at rest");
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, 1, "looking makes no files");
}

#[tokio::test]
async fn a_setting_that_was_changed_since_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let newest = async || store.setting_changes("ninja", 1).await.unwrap()[0].clone();
    store.change_settings(&[set("ninja", "a", Some("1"), 1)]).await.unwrap();
    let first = newest().await.id;
    store.change_settings(&[set("ninja", "b", Some("x"), 2)]).await.unwrap();
    let back = set("ninja", "a", None, 3);
    assert!(store.change_setting_over(first, &back).await.unwrap(), "b is another setting");
    let before = newest().await;
    let again = set("ninja", "a", Some("9"), 4);
    assert!(!store.change_setting_over(first, &again).await.unwrap());
    let elsewhere = set("ann", "a", Some("9"), 4);
    assert!(!store.change_setting_over(before.id, &elsewhere).await.unwrap());
    assert_eq!(newest().await, before);
    assert_eq!(store.setting_changes("ann", 9).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_set_goes_along_with_a_new_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    store
        .change_settings(&[
            set("old", "a", Some("1"), 1),
            set("old", "a", Some("2"), 2),
            set("old", "b", Some("3"), 3),
            set("old", "c", Some("4"), 4),
            set("old", "c", None, 5),
            set("old", "follow", Some("yes"), 6),
            set("new", "b", None, 7),
        ])
        .await
        .unwrap();
    assert_eq!(store.carry_settings("old", "new").await.unwrap(), 1);
    assert_eq!(store.carry_settings("old", "new").await.unwrap(), 0, "once");
    let rows = store.settings().await.unwrap();
    let new = rows.iter().filter(|row| row.login == "new");
    let new: Vec<_> = new.map(|row| (row.key.as_str(), row.value.as_deref(), row.at_ms)).collect();
    assert_eq!(new, [("a", Some("2"), 2), ("b", None, 7)]);
}

#[tokio::test]
async fn the_history_of_a_setting_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for at_ms in 0..60 {
        let value = at_ms.to_string();
        store.change_settings(&[set("ninja", "a", Some(&value), at_ms)]).await.unwrap();
    }
    let changes = store.setting_changes("ninja", 500).await.unwrap();
    assert_eq!((changes.len(), changes[0].at_ms, changes[49].at_ms), (50, 59, 10));
}

#[tokio::test]
async fn a_channel_that_is_forgotten_has_no_settings() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    store
        .change_settings(&[set("ninja", "a", Some("1"), 1), set("ann", "a", Some("1"), 1)])
        .await
        .unwrap();
    store.change_settings(&[set("ninja", "follow", Some("no"), 2)]).await.unwrap();
    let left = async || {
        let rows = store.settings().await.unwrap();
        rows.into_iter().map(|row| format!("{} {}", row.login, row.key)).collect::<Vec<_>>()
    };
    assert_eq!(store.known_of_channel("ninja").await.unwrap().settings, 2);
    assert_eq!(store.forget_channel("ninja", Some("follow")).await.unwrap().settings, 1);
    assert_eq!(left().await, ["ann a", "ninja follow"]);
    store.forget_channel("ninja", None).await.unwrap();
    assert_eq!(left().await, ["ann a"]);
}
