//! Titles that are words of chat and are deleted there: which moments have them, and what is left.

use crate::rows::{intent, key, moment};
use cliphound_store::{
    Around, ChatLine, Erased, Erasure, MomentRow, NewAlert, NewIntent, NewRecut, Promise,
    RecutAsked, SaidRecut, StateChange, Store, Titled, WaitingLine, Words, look_at_reason,
};

/// Somebody asks for a moment, with words of their own in a message of the trigger's name.
fn asked(trigger_ms: i64, by: &str) -> (MomentRow, NewIntent) {
    let cause = format!("manual:{by}");
    let moment = MomentRow { cause, automatic: false, ..moment("1", trigger_ms) };
    let words = Words { said_by: Some(by.into()), said_in: Some(format!("m{trigger_ms}")) };
    let intent = NewIntent {
        title: "their words".into(),
        words,
        automatic: false,
        in_review: true,
        ..intent("1", trigger_ms)
    };
    (moment, intent)
}

async fn ask(store: &Store, trigger_ms: i64, by: &str) {
    let (moment, intent) = asked(trigger_ms, by);
    assert_eq!(store.promise_moment(&moment, &intent).await.unwrap(), Promise::Made);
}

async fn titled_with(store: &Store, erasure: &Erasure) -> Vec<i64> {
    let titled: Vec<Titled> = store.titled_with(std::slice::from_ref(erasure)).await.unwrap();
    assert!(titled.iter().all(|one| one.login == "ninja" && one.cause.starts_with("manual:")));
    titled.into_iter().map(|one| one.key.trigger_ms).collect()
}

async fn title(store: &Store, trigger_ms: i64) -> String {
    store.intent(&key("1", trigger_ms)).await.unwrap().unwrap().title
}

fn message(id: &str) -> Erasure {
    Erasure::Message { id: id.into() }
}

fn ninja() -> Erased {
    Erased { login: "ninja".into(), broadcaster_id: None }
}

fn user(login: &str) -> Erasure {
    Erasure::User { channel: ninja(), login: login.into() }
}

fn all() -> Erasure {
    Erasure::Chat { channel: ninja() }
}

#[tokio::test]
async fn deleted_words_are_a_title_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    for (trigger_ms, by) in [(100_000, "ann"), (200_000, "ann"), (300_000, "bob"), (400_000, "ann")]
    {
        ask(&store, trigger_ms, by).await;
    }
    // An editor of the same name asked for one in the dashboard, somebody without words in chat.
    for trigger_ms in [500_000, 600_000] {
        let (moment, intent) = asked(trigger_ms, "ann");
        let theirs = NewIntent { words: Words::default(), ..intent };
        store.promise_moment(&moment, &theirs).await.unwrap();
    }
    // An editor has named one: their words stay.
    store.entitle(&key("1", 400_000), "a better one", "editor", 5).await.unwrap();

    assert_eq!(titled_with(&store, &message("m200000")).await, [200_000]);
    for nobody in [message("x"), message(""), message("m400000"), user("an"), user("editor")] {
        assert!(titled_with(&store, &nobody).await.is_empty(), "{nobody:?}");
    }
    assert_eq!(titled_with(&store, &user("ann")).await, [100_000, 200_000]);
    assert_eq!(titled_with(&store, &all()).await, [100_000, 200_000, 300_000]);
    let several = [message("m200000"), user("ann"), user("bob")];
    let titled = store.titled_with(&several).await.unwrap();
    let at = titled.iter().map(|titled| titled.key.trigger_ms).collect::<Vec<_>>();
    assert_eq!(at, [200_000, 100_000, 300_000], "each once");

    let alert = NewAlert {
        alert: "a".into(),
        event: "review".into(),
        key: key("1", 100_000).to_string(),
        broadcaster_id: "1".into(),
        login: "ninja".into(),
        payload: r#"{"title":"their words"}"#.into(),
        now_ms: 1,
    };
    store.post_alerts(&[alert]).await.unwrap();
    let mut titles = store.titled_with(&[all()]).await.unwrap();
    titles.iter_mut().for_each(|one| one.title = "plain".into());
    store.untitle(&titles).await.unwrap();
    let open = store.open_intents().await.unwrap();
    for trigger_ms in [100_000, 200_000, 300_000] {
        assert_eq!(title(&store, trigger_ms).await, "plain");
        assert!(open.iter().any(|one| one.key.trigger_ms == trigger_ms && one.title == "plain"));
    }
    let told = store.next_alert("a").await.unwrap().unwrap();
    assert_eq!(told.payload, r#"{"title":"plain"}"#);
    for trigger_ms in [500_000, 600_000] {
        assert_eq!(title(&store, trigger_ms).await, "their words");
    }
    assert_eq!(title(&store, 400_000).await, "a better one");
    // Until it is done everywhere they are found again, then not any more.
    assert_eq!(store.titled().await.unwrap(), titles);
    assert_eq!(titled_with(&store, &user("bob")).await, [300_000]);
    store.end_untitling(&titles).await.unwrap();
    assert!(
        titled_with(&store, &all()).await.is_empty() && store.titled().await.unwrap().is_empty()
    );

    let line = ChatLine {
        sent_ms: 200_000,
        message_id: "m200000".into(),
        login: "ann".into(),
        text: "!clip their words".into(),
    };
    let around = Around { key: key("1", 200_000), login: "ninja".into(), lines: vec![line] };
    store.keep_chat(&[around]).await.unwrap();
    // The channel was renamed a moment ago: what is stored of it has the old name.
    let under = |login: &str, id: Option<&str>| Erasure::User {
        channel: Erased { login: login.into(), broadcaster_id: id.map(Into::into) },
        login: "ann".into(),
    };
    assert_eq!(store.erase_chat(&[under("freshkettle", None)]).await.unwrap(), 0);
    assert_eq!(store.erase_chat(&[under("freshkettle", Some("2"))]).await.unwrap(), 0);
    assert_eq!(store.erase_chat(&[under("freshkettle", Some("1"))]).await.unwrap(), 1);
    store.close().await;
}

/// What is public with its title keeps it; what is made of it later does not.
#[tokio::test]
async fn a_clip_keeps_its_title_and_a_refusal_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    assert_eq!(look_at_reason(&dir.path().join("none.db"), "ninja", 1).await.unwrap(), None);
    for trigger_ms in [100_000, 200_000] {
        let (moment, intent) = asked(trigger_ms, "ann");
        let intent = NewIntent { in_review: false, ..intent };
        store.promise_moment(&moment, &intent).await.unwrap();
        let requested = StateChange::Requested { called_ms: trigger_ms, called_by: None };
        store.set_state(&intent.key, &requested, trigger_ms).await.unwrap();
    }
    let created = StateChange::Created { clip_id: "A".into(), edit_url: None };
    store.set_state(&key("1", 100_000), &created, 1).await.unwrap();
    let refused = StateChange::Refused { reason: "only followers".into() };
    store.set_state(&key("1", 200_000), &refused, 1).await.unwrap();
    assert_eq!(titled_with(&store, &user("ann")).await, [200_000]);
    let cut = async |title: &str, start_ms| {
        let new = NewRecut {
            of: key("1", 100_000),
            start_ms,
            end_ms: start_ms + 20_000,
            title: title.into(),
            by: "editor".into(),
            now_ms: 5,
        };
        match store.ask_recut(&new).await.unwrap() {
            RecutAsked::Asked(key) => key.trigger_ms,
            other => panic!("{other:?}"),
        }
    };
    let (same, _own) = (cut("their words", 70_000).await, cut("another", 71_000).await);
    assert_eq!(titled_with(&store, &user("ann")).await, [same, 200_000]);
    assert_eq!(titled_with(&store, &message("m100000")).await, [same]);
    let requested = StateChange::Requested { called_ms: same, called_by: None };
    store.set_state(&key("1", same), &requested, 1).await.unwrap();
    let created = StateChange::Created { clip_id: "B".into(), edit_url: None };
    store.set_state(&key("1", same), &created, 1).await.unwrap();
    let said = store.recuts_said_by("ann").await.unwrap();
    let (cause, clip_id) = ("manual:editor".to_owned(), Some("B".to_owned()));
    assert_eq!(said, [SaidRecut { key: key("1", same), cause, clip_id }]);
    assert_eq!(store.recuts_said_by("editor").await.unwrap(), []);
    // Who said them is forgotten with them, also in what is told of it.
    let told = |n: i64, title: &str| NewAlert {
        alert: "a".into(),
        event: "vod".into(),
        key: key("1", same + n).to_string(),
        broadcaster_id: "1".into(),
        login: "ninja".into(),
        payload: format!(r#"{{"cause":"manual:editor","title":"{title}"}}"#),
        now_ms: 1,
    };
    store.post_alerts(&[told(0, "their words"), told(1, "another")]).await.unwrap();
    let known = store.known_of_user("ann").await.unwrap();
    assert_eq!(known.alerts, 1);
    assert_eq!((known.intents, known.clips), (3, 2));
    assert_eq!(store.forget_user("ann").await.unwrap(), known, "what was counted is what went");
    assert!(store.titled().await.unwrap().is_empty());
    assert_eq!(store.recuts_said_by("ann").await.unwrap(), []);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let titled: (i64,) = sqlx::query_as("SELECT count(*) FROM clips WHERE title <> ''")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(titled.0, 0, "neither of the two clips");
    assert_eq!((title(&store, same).await, title(&store, 100_000).await), <_>::default());
    let told = store.newest_alerts(9).await.unwrap();
    let has = |words: &str| told.iter().filter(|row| row.payload.contains(words)).count();
    assert_eq!((has("their words"), has("another"), told.len()), (0, 1, 2));
    let reason = async |login: &str, at_ms| look_at_reason(&path, login, at_ms).await.unwrap();
    assert_eq!(reason("ninja", 200_000).await.as_deref(), Some("only followers"));
    assert_eq!(reason("ninja", 100_000).await, None);
    assert_eq!(reason("other", 200_000).await, None);
    store.close().await;
}

/// The last of what is made together with [`Store::titled_with`]: lines that wait for their file.
#[tokio::test]
async fn lines_that_wait_are_changed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let line = |record: &str, text: &str| WaitingLine {
        record: record.into(),
        text: text.into(),
        clip_url: None,
    };
    let lines =
        [line("a", "one"), line("a", "two"), line("b", "one"), line("a", "-"), line("b", "two")];
    store.keep_lines(&lines).await.unwrap();
    let stays = |line: &WaitingLine| match (line.record.as_str(), line.text.as_str()) {
        ("a", "one") => Some("-".to_owned()),
        ("b", "two") => None,
        (_, text) => Some(text.to_owned()),
    };
    assert_eq!(store.change_lines(stays).await.unwrap(), 2);
    assert_eq!(store.change_lines(stays).await.unwrap(), 0, "once is enough");
    let kept = store.waiting_lines().await.unwrap();
    assert_eq!(kept, [line("a", "-"), line("a", "two"), line("b", "one")]);
    store.close().await;
}
