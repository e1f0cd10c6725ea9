//! Who may look: people, sessions, tokens, and what a copy takes along.

use cliphound_store::{
    Store, StoreError,
    access::{Hash, MAX_SESSIONS, NewPerson, NewSession, NewToken},
    copy,
};

async fn store() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Store::open(&dir.path().join("cliphound.db")).await.unwrap(), dir)
}

fn hash(number: u32) -> Hash {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    hash
}

fn owner(name: &str) -> NewPerson<'_> {
    NewPerson {
        name,
        role: Some("owner"),
        password: Some("phc"),
        now_ms: 1,
        ..NewPerson::default()
    }
}

fn session(hash: &Hash, person: i64, now_ms: i64) -> NewSession<'_> {
    NewSession { hash, person, now_ms, agent: "a browser", address: "127.0.0.1", password: None }
}

fn token(hash: &Hash, person: i64) -> NewToken<'_> {
    NewToken {
        hash,
        person,
        name: "deck",
        role: "viewer",
        channels: Some("ninja"),
        now_ms: 5,
        expires_ms: None,
    }
}

/// Somebody who typed the former password waits while another one is set.
#[tokio::test]
async fn a_session_begins_only_while_the_password_is_theirs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let new = NewPerson { name: "ann", password: Some("old"), ..NewPerson::default() };
    let ann = store.add_person(&new).await.unwrap();
    let hash = hash(1);
    let begins = async |password| {
        let new = NewSession { password: Some(password), ..session(&hash, ann, 10) };
        store.add_session(&new).await.unwrap().is_some()
    };
    store.set_password(ann, "new").await.unwrap();
    assert!(!begins("old").await);
    assert_eq!(store.sessions(ann).await.unwrap().len(), 0);
    assert!(begins("new").await);
}

#[tokio::test]
async fn the_first_person_is_the_first_once() {
    let (store, _dir) = store().await;
    assert!(!store.has_password().await.unwrap());
    let id = store.add_first_person(&owner("Ann")).await.unwrap().unwrap();
    assert_eq!(store.add_first_person(&owner("Eve")).await.unwrap(), None);
    assert_eq!(store.person_called("ann").await.unwrap().unwrap().id, id);
    let taken = store.add_person(&owner("ANN")).await;
    assert!(matches!(taken, Err(StoreError::NameTaken(_))), "{taken:?}");
    assert_eq!(store.password(id).await.unwrap().as_deref(), Some("phc"));
}

#[tokio::test]
async fn somebody_always_stays_an_owner() {
    let (store, _dir) = store().await;
    let ann = store.add_person(&owner("ann")).await.unwrap();
    let bob = store.add_person(&NewPerson { name: "bob", ..owner("bob") }).await.unwrap();
    store.remove_person(ann).await.unwrap();
    assert!(matches!(store.remove_person(bob).await, Err(StoreError::LastOwner)));
    assert!(matches!(store.set_role(bob, Some("editor")).await, Err(StoreError::LastOwner)));
    let bob = store.person(bob).await.unwrap().unwrap();
    assert_eq!(bob.role.as_deref(), Some("owner"), "nothing was changed");
}

#[tokio::test]
async fn an_invitation_works_once_and_ends() {
    let (store, _dir) = store().await;
    let bob = NewPerson { name: "bob", now_ms: 1, ..NewPerson::default() };
    let bob = store.add_person(&bob).await.unwrap();
    store.invite(bob, &hash(1), 100).await.unwrap();
    store.invite(bob, &hash(2), 100).await.unwrap();
    assert!(store.invited(&hash(1), 50).await.unwrap().is_none(), "replaced");
    assert!(store.invited(&hash(2), 100).await.unwrap().is_none(), "over");
    assert_eq!(store.accept_invite(&hash(2), "phc", 100).await.unwrap(), None);
    assert_eq!(store.accept_invite(&hash(2), "phc", 99).await.unwrap(), Some(bob));
    assert_eq!(store.accept_invite(&hash(2), "other", 99).await.unwrap(), None);
    assert_eq!(store.password(bob).await.unwrap().as_deref(), Some("phc"));
}

#[tokio::test]
async fn sessions_end_with_their_person_their_password_and_by_themselves() {
    let (store, _dir) = store().await;
    let ann = store.add_person(&owner("ann")).await.unwrap();
    store.set_grant(ann, "ninja", Some("editor")).await.unwrap();
    let id = store.add_session(&session(&hash(1), ann, 10)).await.unwrap().unwrap();
    let came = store.session(&hash(1)).await.unwrap().unwrap();
    assert_eq!((came.by.id, came.person.name.as_str()), (id, "ann"));
    assert_eq!(came.grants["ninja"], "editor");
    assert!(!store.end_session(ann + 1, id).await.unwrap(), "nobody ends another's");
    store.set_password(ann, "new").await.unwrap();
    assert!(store.session(&hash(1)).await.unwrap().is_none());

    for number in 0..MAX_SESSIONS + 5 {
        let new = hash(100 + number);
        store.add_session(&session(&new, ann, i64::from(number))).await.unwrap();
    }
    assert_eq!(store.sessions(ann).await.unwrap().len(), MAX_SESSIONS as usize);
    assert!(store.session(&hash(100)).await.unwrap().is_none(), "the oldest went");
    store.session_seen(store.sessions(ann).await.unwrap()[0].id, 1_000).await.unwrap();
    store.prune_sessions(1_000, 0).await.unwrap();
    assert_eq!(store.sessions(ann).await.unwrap().len(), 1);

    store.add_token(&token(&hash(7), ann)).await.unwrap();
    let bob = store.add_person(&owner("bob")).await.unwrap();
    store.add_session(&session(&hash(200), bob, 10)).await.unwrap();
    assert_eq!(store.end_sessions(ann).await.unwrap(), 1);
    assert!(store.sessions(ann).await.unwrap().is_empty());
    assert!(store.token(&hash(7)).await.unwrap().is_some(), "tokens stay");
    assert_eq!(store.sessions(bob).await.unwrap().len(), 1, "and so do others");
    store.add_session(&session(&hash(201), ann, 10)).await.unwrap();
    store.remove_person(ann).await.unwrap();
    assert!(store.token(&hash(7)).await.unwrap().is_none());
    assert!(store.sessions(ann).await.unwrap().is_empty());
}

#[tokio::test]
async fn twitch_accounts_stay_who_they_are() {
    let (store, _dir) = store().await;
    let ann = NewPerson { name: "ann", twitch_login: Some("annie"), ..NewPerson::default() };
    let ann = store.add_person(&ann).await.unwrap();
    let found = async |id: &str, login: &str| {
        store.person_at_twitch(id, login).await.unwrap().map(|person| person.id)
    };
    assert_eq!(found("7", "annie").await, Some(ann));
    store.set_twitch(ann, Some("annie"), Some("7")).await.unwrap();
    assert_eq!(found("7", "renamed").await, Some(ann));
    assert_eq!(found("8", "annie").await, Some(ann), "the caller sees the other id");
    assert_eq!(found("8", "other").await, None);
    let forgotten = store.forget_user("annie").await.unwrap();
    assert_eq!((forgotten.people, found("7", "annie").await), (1, None));
}

#[tokio::test]
async fn a_copy_holds_people_and_nothing_that_opens_the_door() {
    let (store, dir) = store().await;
    let ann = store.add_person(&owner("ann")).await.unwrap();
    store.set_grant(ann, "ninja", Some("editor")).await.unwrap();
    store.invite(ann, &hash(3), 1_000).await.unwrap();
    store.add_session(&session(&hash(1), ann, 10)).await.unwrap();
    store.add_token(&token(&hash(2), ann)).await.unwrap();
    let to = dir.path().join("copy.db");
    copy(&dir.path().join("cliphound.db"), &to).await.unwrap();
    let copied = Store::open(&to).await.unwrap();
    assert_eq!(copied.password(ann).await.unwrap().as_deref(), Some("phc"));
    assert_eq!(copied.grants(ann).await.unwrap().len(), 1);
    assert!(copied.sessions(ann).await.unwrap().is_empty());
    assert!(copied.tokens(None).await.unwrap().is_empty());
    assert!(copied.invited(&hash(3), 0).await.unwrap().is_none());
    assert_eq!(store.tokens(Some(ann)).await.unwrap().len(), 1, "the database itself keeps all");
    let fourth = hash(4);
    let both = NewToken { channels: Some("ninja other"), ..token(&fourth, ann) };
    store.add_token(&both).await.unwrap();
    store.forget_channel("ninja", None).await.unwrap();
    assert!(store.grants(ann).await.unwrap().is_empty());
    let left = store.tokens(None).await.unwrap();
    assert_eq!(left.len(), 1, "the one for that channel alone is gone");
    assert_eq!(left[0].channels.as_deref(), Some("other"));
}
