//! Golden lines, one of each kind.

use std::sync::Arc;

use super::*;
use crate::chat::emotes_in;

const ALL: Caps = Caps { tags: true, commands: true };

fn author(login: &str, standing: Standing, months: u16) -> Arc<Author> {
    let display = login.to_uppercase();
    let color = "#00FF7F".to_owned();
    Arc::new(Author { login: login.to_owned(), display, id: 42, color, standing, months })
}

fn line(text: &str) -> Line {
    Line {
        id: "ID".to_owned(),
        author: author("ann", Standing::Viewer, 0),
        text: text.to_owned(),
        emotes: emotes_in(text),
        first: false,
        action: false,
        bits: 0,
        source_room: None,
    }
}

fn notice(kind: NoticeKind, text: &str) -> ChatEvent {
    let author = author("ann", Standing::Viewer, 4);
    ChatEvent::Notice(Notice { id: "ID".to_owned(), author, kind, text: text.to_owned() })
}

fn room(shared: bool) -> Room {
    Room { login: "room".to_owned(), id: 9, shared }
}

fn check(event: &ChatEvent, expected: &str) {
    assert_eq!(render(event, &room(false), 1000, ALL).as_deref(), Some(expected));
}

#[test]
fn messages() {
    check(
        &ChatEvent::Line(line("ä Kappa LUL Kappa")),
        "@badge-info=;badges=;color=#00FF7F;display-name=ANN;emotes=25:2-6,12-16/425618:8-10;\
         first-msg=0;flags=;id=ID;mod=0;returning-chatter=0;room-id=9;subscriber=0;\
         tmi-sent-ts=1000;turbo=0;user-id=42;user-type= \
         :ann!ann@ann.tmi.twitch.tv PRIVMSG #room :ä Kappa LUL Kappa",
    );
    let cheer = Line {
        author: author("mo", Standing::Moderator, 13),
        first: true,
        action: true,
        bits: 100,
        ..line("Cheer100")
    };
    check(
        &ChatEvent::Line(cheer),
        "@badge-info=subscriber/13;badges=moderator/1,subscriber/12;bits=100;color=#00FF7F;\
         display-name=MO;emotes=;first-msg=1;flags=;id=ID;mod=1;returning-chatter=0;room-id=9;\
         subscriber=1;tmi-sent-ts=1000;turbo=0;user-id=42;user-type=mod \
         :mo!mo@mo.tmi.twitch.tv PRIVMSG #room :\u{1}ACTION Cheer100\u{1}",
    );
}

#[test]
fn shared_chat_tells_the_source() {
    let elsewhere = ChatEvent::Line(Line { source_room: Some(77), ..line("hi") });
    let told = |event: &ChatEvent, shared| render(event, &room(shared), 0, ALL).unwrap();
    assert!(told(&elsewhere, true).contains(";room-id=9;source-badge-info=;"));
    assert!(told(&elsewhere, true).contains(";source-room-id=77;"));
    assert!(told(&ChatEvent::Line(line("hi")), true).contains(";source-room-id=9;"));
    assert!(!told(&ChatEvent::Line(line("hi")), false).contains("source"));
}

#[test]
fn notices() {
    check(
        &notice(NoticeKind::Raid { viewers: 31 }, ""),
        "@badge-info=subscriber/4;badges=subscriber/3;color=#00FF7F;display-name=ANN;emotes=;\
         flags=;id=ID;login=ann;mod=0;msg-id=raid;msg-param-displayName=ANN;msg-param-login=ann;\
         msg-param-profileImageURL=https://static.example/profile-70x70.png;\
         msg-param-viewerCount=31;room-id=9;subscriber=1;\
         system-msg=31\\sraiders\\sfrom\\sANN\\shave\\sjoined!;tmi-sent-ts=1000;turbo=0;\
         user-id=42;user-type= :tmi.twitch.tv USERNOTICE #room",
    );
    let resub = render(&notice(NoticeKind::Resub { months: 5 }, "hey"), &room(false), 1, ALL);
    let resub = resub.unwrap();
    assert!(resub.contains(";msg-id=resub;msg-param-cumulative-months=5;"), "{resub}");
    assert!(resub.ends_with(":tmi.twitch.tv USERNOTICE #room :hey"), "{resub}");
    let origin = "O".to_owned();
    let batch = NoticeKind::GiftBatch { count: 7, total: 14, origin: origin.clone() };
    let batch = render(&notice(batch, ""), &room(false), 1, ALL).unwrap();
    assert!(batch.contains(";msg-id=submysterygift;"), "{batch}");
    assert!(batch.contains(";msg-param-mass-gift-count=7;"), "{batch}");
    let recipient = author("bob", Standing::Viewer, 0);
    let gift = notice(NoticeKind::Gift { recipient, total: 14, origin }, "");
    let gift = render(&gift, &room(false), 1, ALL).unwrap();
    assert!(gift.contains(";msg-id=subgift;"), "{gift}");
    assert!(gift.contains(";msg-param-recipient-user-name=bob;"), "{gift}");
}

#[test]
fn deletions() {
    check(
        &ChatEvent::TimedOut { login: "bob".to_owned(), id: 5, seconds: 60 },
        "@ban-duration=60;room-id=9;target-user-id=5;tmi-sent-ts=1000 \
         :tmi.twitch.tv CLEARCHAT #room :bob",
    );
    check(&ChatEvent::Cleared, "@room-id=9;tmi-sent-ts=1000 :tmi.twitch.tv CLEARCHAT #room");
    let deleted = ChatEvent::Deleted {
        line_id: "L".to_owned(),
        login: "bob".to_owned(),
        text: "what he said".to_owned(),
    };
    check(
        &deleted,
        "@login=bob;room-id=;target-msg-id=L;tmi-sent-ts=1000 \
         :tmi.twitch.tv CLEARMSG #room :what he said",
    );
}

#[test]
fn states() {
    assert_eq!(
        room_state(&room(false), ALL),
        "@emote-only=0;followers-only=-1;r9k=0;room-id=9;slow=0;subs-only=0 \
         :tmi.twitch.tv ROOMSTATE #room"
    );
    let bare = Caps { tags: false, commands: true };
    assert_eq!(room_state(&room(false), bare), ":tmi.twitch.tv ROOMSTATE #room");
    assert_eq!(user_state("A", &room(false), bare), ":tmi.twitch.tv USERSTATE #room");
    assert!(global_user_state("A b", 3, ALL).contains("display-name=A\\sb;"));
}

#[test]
fn capabilities_decide_what_is_told() {
    let tell = |event: &ChatEvent, caps| render(event, &room(false), 1, caps);
    let message = ChatEvent::Line(line("hi"));
    let bare = ":ann!ann@ann.tmi.twitch.tv PRIVMSG #room :hi";
    assert_eq!(tell(&message, Caps::default()).as_deref(), Some(bare));
    let raid = notice(NoticeKind::Raid { viewers: 1 }, "");
    assert_eq!(tell(&raid, Caps { tags: true, commands: false }), None);
    let untagged = tell(&raid, Caps { tags: false, commands: true });
    assert_eq!(untagged.as_deref(), Some(":tmi.twitch.tv USERNOTICE #room"));
}
