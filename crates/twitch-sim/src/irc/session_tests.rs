//! Sessions by example: what is said, what comes back.

use std::cell::RefCell;

use super::*;
use crate::world::JoinWindow;

struct World(RefCell<JoinWindow>);

impl Directory for World {
    fn account(&self, token: &str) -> Option<Account> {
        let (login, may_read) = match token {
            "good" => ("ann", true),
            "mute" => ("ann", false),
            _ => return None,
        };
        let (login, display) = (login.to_owned(), "Ann".to_owned());
        Some(Account { login, display, user_id: 5, may_read, may_write: true })
    }

    fn room(&self, login: &str) -> Option<Room> {
        (login != "nowhere").then(|| Room { login: login.to_owned(), id: 9, shared: false })
    }

    fn shuts_out(&self, login: &str) -> Option<(&'static str, String)> {
        (login == "shut").then(|| ("msg_banned", "You are banned.".to_owned()))
    }

    fn may_join(&self, _account: Option<&str>, now_ms: i64) -> bool {
        self.0.borrow_mut().take(now_ms)
    }
}

fn session() -> (Session, World) {
    (Session::new(0), World(RefCell::default()))
}

/// What comes back for lines that are said one after the other, in short.
fn talk(lines: &[&str]) -> Vec<String> {
    let (mut session, world) = session();
    let effects = lines.iter().flat_map(|line| session.handle(line, 0, &world));
    effects.map(short).collect()
}

fn short(effect: Effect) -> String {
    match effect {
        Effect::Send(line) => line,
        Effect::Listen(room) => format!("listen {}", room.login),
        Effect::Leave(login) => format!("leave {login}"),
        Effect::Chat { room, account, text } => format!("chat {room} {} {text}", account.login),
        Effect::Close => "close".to_owned(),
    }
}

#[test]
fn an_anonymous_reader_joins() {
    let said = talk(&[
        "CAP REQ :twitch.tv/tags twitch.tv/commands",
        "NICK justinfan12",
        "JOIN #a,#nowhere",
    ]);
    assert_eq!(said[0], ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands");
    assert_eq!(said[1], ":tmi.twitch.tv 001 justinfan12 :Welcome, GLHF!");
    assert_eq!(said[7], ":tmi.twitch.tv 376 justinfan12 :>");
    let joined = [
        ":justinfan12!justinfan12@justinfan12.tmi.twitch.tv JOIN #a",
        ":justinfan12.tmi.twitch.tv 353 justinfan12 = #a :justinfan12",
        ":justinfan12.tmi.twitch.tv 366 justinfan12 #a :End of /NAMES list",
        "@emote-only=0;followers-only=-1;r9k=0;room-id=9;slow=0;subs-only=0 \
         :tmi.twitch.tv ROOMSTATE #a",
        "listen a",
    ];
    assert_eq!(said[8..], joined);
}

#[test]
fn log_ins_are_checked() {
    let last = |lines: &[&str]| talk(lines).split_off(talk(lines).len() - 2);
    let failed = [":tmi.twitch.tv NOTICE * :Login authentication failed", "close"];
    let format = [":tmi.twitch.tv NOTICE * :Improperly formatted auth", "close"];
    assert_eq!(last(&["PASS oauth:bad", "NICK ann"]), failed);
    assert_eq!(last(&["PASS oauth:good", "NICK bob"]), failed);
    assert_eq!(last(&["PASS oauth:mute", "NICK ann"]), failed);
    assert_eq!(last(&["PASS good", "NICK ann"]), format);
    assert_eq!(last(&["NICK ann"]), format);
    assert_eq!(last(&["NICK justinfan"]), format);
    let said = talk(&["CAP REQ :twitch.tv/commands", "PASS oauth:good", "NICK Ann"]);
    assert_eq!(said.last().unwrap(), ":tmi.twitch.tv GLOBALUSERSTATE");
}

#[test]
fn only_accounts_write() {
    let said = talk(&["PASS oauth:good", "NICK ann", "PRIVMSG #a :hello :)"]);
    assert_eq!(said.last().unwrap(), "chat a ann hello :)");
    let said = talk(&["NICK justinfan1", "PRIVMSG #a :hello"]);
    assert_eq!(said.len(), 7, "only the welcome: {said:?}");
}

#[test]
fn nothing_works_before_the_log_in() {
    assert_eq!(talk(&["JOIN #a", "PRIVMSG #a :x", "WHAT"]), Vec::<String>::new());
    assert_eq!(
        talk(&["CAP REQ :twitch.tv/nonsense"]),
        [":tmi.twitch.tv CAP * NAK :twitch.tv/nonsense"]
    );
    assert_eq!(talk(&["PING :abc"]), [":tmi.twitch.tv PONG tmi.twitch.tv :abc"]);
    assert_eq!(talk(&["PING"]), ["PONG :tmi.twitch.tv"]);
}

#[test]
fn twenty_joins_in_ten_seconds_and_no_more() {
    let (mut session, world) = session();
    session.handle("NICK justinfan1", 0, &world);
    let rooms = |from: usize, to: usize| {
        let names: Vec<String> = (from..to).map(|n| format!("#r{n}")).collect();
        format!("JOIN {}", names.join(","))
    };
    assert!(!session.handle(&rooms(0, 20), 0, &world).contains(&Effect::Close));
    assert!(!session.handle(&rooms(20, 40), 10_000, &world).contains(&Effect::Close));
    assert!(session.handle(&rooms(40, 41), 12_000, &world).contains(&Effect::Close));
}

#[test]
fn an_account_is_in_a_hundred_rooms_at_most() {
    let (mut session, world) = session();
    session.handle("PASS oauth:good", 0, &world);
    session.handle("NICK ann", 0, &world);
    for n in 0..100 {
        session.handle(&format!("JOIN #r{n}"), n * 1000, &world);
    }
    let said = session.handle("JOIN #more", 200_000, &world);
    let words = ":tmi.twitch.tv NOTICE #more :You have reached the limit of rooms";
    assert_eq!(said, [Effect::Send(words.to_owned())]);
    session.handle("PART #r0", 201_000, &world);
    assert!(session.handle("JOIN #more", 202_000, &world).len() > 3);
}

#[test]
fn who_does_not_answer_a_ping_is_dropped() {
    let (mut session, world) = session();
    assert_eq!(session.wake(299_999), []);
    assert_eq!(session.wake(300_000), [Effect::Send("PING :tmi.twitch.tv".to_owned())]);
    session.handle("PONG :tmi.twitch.tv", 301_000, &world);
    assert_eq!(session.deadline_ms(), 601_000);
    session.wake(601_000);
    assert_eq!(session.wake(661_000), [Effect::Close]);
}

#[test]
fn who_is_shut_out_is_told_and_not_let_in() {
    let said = talk(&["CAP REQ :twitch.tv/tags", "NICK justinfan1", "JOIN #shut,#a"]);
    let told = "@msg-id=msg_banned :tmi.twitch.tv NOTICE #shut :You are banned.";
    assert_eq!(said.iter().filter(|line| line.as_str() == told).count(), 1, "{said:?}");
    assert!(said.contains(&"listen a".to_owned()) && !said.contains(&"listen shut".to_owned()));
}
