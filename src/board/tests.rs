use cliphound_clock::Clock;
use cliphound_engine::{EventTime, Window};
use cliphound_store::{MomentRow, Store, WindowRow};

use super::*;
use crate::clips::sample::moment;

const NOW_MS: i64 = 100_000_000;

fn board() -> Board {
    Board::new(TwitchTime::new(Clock::starting_at(NOW_MS, 1.0)))
}

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).unwrap()
}

fn window(end_ms: i64) -> Window {
    let (score, threshold, sentiment) = (0.1, 0.5, 0.0);
    let end = EventTime(end_ms);
    Window { end, messages: 5, chatters: 3, score, threshold, sentiment, viewers: None }
}

fn row(end_ms: i64) -> WindowRow {
    WindowRow {
        broadcaster_id: "7".to_owned(),
        login: "old_name".to_owned(),
        end_ms,
        messages: 9,
        chatters: 3,
        score: 0.1,
        threshold: 0.5,
        sentiment: 0.0,
        viewers: None,
    }
}

#[test]
fn a_channel_is_there_as_long_as_its_place() {
    let (board, ann) = (board(), login("ann"));
    let first = board.enter(&ann);
    let second = board.enter(&ann);
    drop(first);
    assert!(board.look(&ann).is_some(), "the newer place stays");
    drop(second);
    assert!(board.logins().is_empty() && board.look(&ann).is_none());
}

#[tokio::test(start_paused = true)]
async fn the_last_half_hour_comes_back_under_whatever_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("cliphound.db")).await.unwrap();
    let old = NOW_MS - 40 * 60_000;
    store.add_windows(&[row(old), row(NOW_MS - 60_000), row(NOW_MS - 55_000)]).await.unwrap();
    let moment = MomentRow { login: "old_name".to_owned(), ..moment("7", NOW_MS - 50_000) };
    store.record_moment(&moment).await.unwrap();
    let (board, ann) = (board(), login("ann"));
    let place = board.enter(&ann);
    place.begun("7".to_owned(), true, &cliphound_engine::Settings::default());
    place.window(&window(NOW_MS - 5_000));
    let is_filled = async {
        while !board.read(&ann, |state| state.is_filled).unwrap() {
            Clock::system().sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = refill::run(board.clone(), store) => unreachable!(),
        () = is_filled => {}
    }
    let state = board.look(&ann).unwrap();
    let messages: Vec<u32> = state.history.points().map(|point| point.messages).collect();
    assert_eq!(messages, [9, 9, 5]);
    let moments: Vec<&str> =
        state.moments.newest().map(|noted| noted.fate.state.as_str()).collect();
    assert_eq!(moments, ["missed"], "it has no promise");
}

#[test]
fn that_nothing_is_clipped_is_shown_in_every_channel() {
    let board = board();
    let _ann = board.enter(&login("ann"));
    let shown = |name: &str| board.read(&login(name), |state| state.unclipped).unwrap();
    board.unclipped(Some(trouble::Kind::DryRun));
    let _late = board.enter(&login("late"));
    assert_eq!([shown("ann"), shown("late")], [Some(trouble::Kind::DryRun); 2]);
    board.unclipped(None);
    assert_eq!([shown("ann"), shown("late")], [None; 2]);
}
