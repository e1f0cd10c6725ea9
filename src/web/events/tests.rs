use std::{collections::BTreeMap, future::pending};

use axum::body::BodyDataStream;
use cliphound_engine::{Cause, EventTime, Live, Moment};
use cliphound_twitch::chat::{ChatEvent, ChatMessage};

use super::*;
use crate::{
    board::Place,
    clips::{ClipOrder, OfflineFlag},
    time::TwitchTime,
    web::{access::Role, zone::Zone},
};

fn board() -> Board {
    Board::new(TwitchTime::new(Clock::starting_at(1_000_000, 1.0)))
}

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).unwrap()
}

fn said(place: &Place, id: &str, text: &str) {
    let (id, text, login) = (id.to_owned(), text.to_owned(), "eve".to_owned());
    let message = ChatMessage { id, text, login, ..ChatMessage::default() };
    place.hear(&ChatEvent::Message(message), 1_000_000);
}

/// A page that follows something.
struct Page(BodyDataStream);

impl Page {
    fn of(response: Response) -> Self {
        Self(response.into_body().into_data_stream())
    }

    /// The next event that is not about what is wrong.
    async fn next(&mut self) -> Option<String> {
        loop {
            let bytes = self.0.next().await?.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            if !text.contains("id=\"trouble\"") {
                return Some(text);
            }
        }
    }
}

/// Nothing is wrong, and that is all that is heard of it.
fn fine() -> Watched {
    tokio::sync::watch::channel(Arc::default()).1
}

fn owner() -> Viewer {
    Viewer::owner("x")
}

#[tokio::test(start_paused = true)]
async fn what_has_changed_is_drawn_once_and_sent_to_all() {
    let board = board();
    let place = board.enter(&login("ann"));
    said(&place, "1", "a secret");
    let feeds = Feeds::new(board);
    let mut pages =
        [(); 2].map(|()| Page::of(feeds.channel(owner(), &login("ann"), fine(), pending())));
    feeds.draw(1);
    for page in &mut pages {
        assert_eq!(page.next().await.unwrap(), "retry: 1000\n\n");
        let all = page.next().await.unwrap();
        for part in ["state", "now", "charts", "reasons", "emotes", "chat", "moments"] {
            assert!(all.contains(&format!("id=\"{part}\"")), "{part} in {all}");
        }
        assert!(all.contains("a secret"));
    }
    feeds.draw(2);
    place.hear(&ChatEvent::MessageDeleted { id: "1".to_owned() }, 1_000_100);
    feeds.draw(3);
    for page in &mut pages {
        let changed = page.next().await.unwrap();
        assert!(changed.contains("id=\"chat\"") && !changed.contains("secret"), "{changed}");
        assert!(!changed.contains("id=\"moments\""), "nothing came of them: {changed}");
    }
    drop(place);
    feeds.draw(4);
    assert_eq!(pages[0].next().await, None, "it is not followed any more");
}

#[tokio::test(start_paused = true)]
async fn the_overview_shows_what_its_viewer_may_see() {
    let board = board();
    let places = ["ann", "bob"].map(|name| board.enter(&login(name)));
    let feeds = Feeds::new(board.clone());
    let mut owner = Page::of(feeds.overview(owner(), Wish::default(), fine(), pending()));
    let grants = BTreeMap::from([(login("bob"), Role::Viewer)]);
    let guest = Viewer { role: None, grants, ..Viewer::owner("y") };
    let mut guest = Page::of(feeds.overview(guest, Wish::default(), fine(), pending()));
    feeds.draw(2);
    for page in [&mut owner, &mut guest] {
        page.next().await.unwrap();
    }
    let (all, some) = (owner.next().await.unwrap(), guest.next().await.unwrap());
    assert!(all.contains("on-ann") && all.contains("on-bob"), "{all}");
    assert!(!some.contains("on-ann") && some.contains("on-bob"), "{some}");
    places[0].stream(Live::Unknown, Some(7));
    feeds.draw(4);
    let changed = owner.next().await.unwrap();
    assert!(changed.starts_with("data: <tr id=\"on-ann\"") && !changed.contains("on-bob"));
    let _carl = board.enter(&login("carl"));
    feeds.draw(6);
    let again = owner.next().await.unwrap();
    assert!(again.contains("id=\"overview\"") && again.contains("on-carl"), "{again}");
    places[1].stream(Live::Unknown, Some(8));
    feeds.draw(8);
    let changed = guest.next().await.unwrap();
    assert!(changed.starts_with("data: <tr id=\"on-bob\""), "carl is nothing to them: {changed}");
}

#[tokio::test(start_paused = true)]
async fn slow_readers_are_dropped_and_streams_end() {
    let board = board();
    let place = board.enter(&login("ann"));
    let feeds = Feeds::new(board);
    let (mut slow, mut quick) = (
        Page::of(feeds.channel(owner(), &login("ann"), fine(), pending())),
        Page::of(feeds.channel(owner(), &login("ann"), fine(), pending())),
    );
    for round in 1..=20 {
        said(&place, "", &format!("line {round}"));
        feeds.draw(round);
        while quick.next().await.unwrap().starts_with("retry") {}
    }
    assert!(slow.next().await.unwrap().starts_with("retry"));
    assert_eq!(slow.next().await, None, "what it missed is not made up for");
    while quick.next().await.is_some() {}
    // The clock is paused: this is the end that each stream has some time.
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_reader_may_read_it_no_more() {
    let board = board();
    let place = board.enter(&login("ann"));
    let feeds = Feeds::new(board);
    let (end, over) = tokio::sync::oneshot::channel::<()>();
    let over = async { drop(over.await) };
    let mut page = Page::of(feeds.channel(owner(), &login("ann"), fine(), over));
    assert!(page.next().await.unwrap().starts_with("retry"));
    drop(end);
    said(&place, "1", "a secret");
    feeds.draw(1);
    assert_eq!(page.next().await, None, "what comes then is not for them");
}

#[tokio::test(start_paused = true)]
async fn a_moment_is_told_in_each_readers_time() {
    let board = board();
    let place = board.enter(&login("ann"));
    let feeds = Feeds::new(board);
    let mut pages = ["UTC", "Asia/Tokyo"].map(|name| {
        let viewer = Viewer { zone: Zone::named(name).unwrap(), ..owner() };
        Page::of(feeds.channel(viewer, &login("ann"), fine(), pending()))
    });
    feeds.draw(1);
    let trigger = EventTime(1_000_000);
    let moment = Moment {
        trigger,
        start: trigger,
        end: trigger,
        score: 0.9,
        threshold: 0.6,
        cause: Cause::Hype,
        reasons: Vec::new(),
        learning: false,
        title: None,
    };
    place.moment(&ClipOrder {
        login: login("ann"),
        broadcaster_id: Some("7".to_owned()),
        moment,
        title: "wow".to_owned(),
        said: crate::clips::Said::default(),
        duration_s: 30.0,
        offline: OfflineFlag::default(),
        publish: crate::config::Publish::Auto,
    });
    feeds.draw(2);
    for (page, clock) in pages.iter_mut().zip(["00:16:40", "09:16:40"]) {
        let mut told = String::new();
        while !told.contains("event: say") {
            told.push_str(&page.next().await.unwrap());
        }
        assert!(told.contains(&format!("data: Moment at {clock}: ")), "{told}");
        assert!(told.contains(&format!(">{clock}</time>")), "{told}");
    }
}
