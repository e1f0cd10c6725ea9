//! What triggers and what does not, told in chat.

mod chat;

use chat::Chat;
use cliphound_engine::{
    About, Cause, Effect, EmoteSet, EventTime, Input, Live, Message, Moment, Part, Quieting, Role,
    Settings,
};

/// Eight minutes of ordinary talk, then thirty seconds of `burst`, then two minutes of talk.
fn moments(burst: impl FnOnce(&mut Chat)) -> Vec<Moment> {
    let mut chat = Chat::new(Settings::default());
    chat.talk(480);
    burst(&mut chat);
    chat.talk(120);
    chat.moments()
}

#[test]
fn ordinary_talk_is_no_moment() {
    assert_eq!(moments(|_| {}), []);
}

#[test]
fn many_people_on_one_emote_are_a_moment_of_that_emote() {
    let found = moments(|chat| chat.burst(30, |i| ["KEKW", "KEKW KEKW", "KEKW lol"][i % 3].into()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].cause, Cause::Emote("KEKW".into()));
    assert_eq!(found[0].reasons[0].name, "chatters");
    assert!(found[0].learning && found[0].score >= found[0].threshold);
    assert!(found[0].start < found[0].trigger && found[0].end <= found[0].trigger);
}

#[test]
fn text_alone_triggers_as_well() {
    let texts = ["LETS GOOO", "no way", "what", "WHAT", "omg", "insane", "holy"];
    let found = moments(|chat| chat.burst(30, |i| texts[i % texts.len()].into()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].cause, Cause::Hype);
}

#[test]
fn one_person_never_triggers() {
    let flood = |chat: &mut Chat| {
        for i in 0..300 {
            chat.say(&format!("loud{}", i % 2), "KEKW KEKW");
            chat.pass(100);
        }
    };
    assert_eq!(moments(flood), [], "two people, 300 lines");
}

#[test]
fn copypasta_by_few_does_not_trigger() {
    let pasta =
        "I have been watching this channel for seven years and never have I seen such a thing";
    let flood = |chat: &mut Chat| {
        for i in 0..60 {
            chat.say(&format!("pasta{}", i % 4), pasta);
            chat.pass(500);
        }
    };
    assert_eq!(moments(flood), []);
}

#[test]
fn bots_and_commands_are_no_audience() {
    let noise = |chat: &mut Chat| {
        for i in 0..40 {
            chat.say(&format!("player{i}"), "!play");
            chat.say("nightbot", "KEKW");
            chat.pass(250);
        }
    };
    assert_eq!(moments(noise), []);
}

#[test]
fn a_raid_is_no_moment() {
    let raid = |chat: &mut Chat| {
        chat.tell(&Input::Raid { viewers: 500 });
        chat.burst(40, |_| "hi raid".into());
    };
    assert_eq!(moments(raid), []);
}

/// A quarter of an hour with forty regulars, then one line of each of so many people, so many ms
/// apart: the share of the rules' figure that is left of it at the last of them. Without `who` they have
/// no names.
fn left_of_it(who: Option<&str>, (people, apart_ms): (usize, i64), texts: &[&str]) -> f32 {
    let last = |without: &[Part]| {
        let settings = Settings { without: without.to_vec(), ..Settings::default() };
        let mut chat = Chat::new(settings);
        for i in 0..40 {
            chat.say(&format!("regular{i}"), &format!("good evening from town number {i}"));
            chat.pass(1000);
        }
        chat.talk(900);
        for i in 0..people {
            let name = who.map_or_else(String::new, |who| format!("{who}{i}"));
            chat.say(&name, texts[i % texts.len()]);
            chat.pass(apart_ms);
        }
        -(1.0 - chat.engine.second().map_or(0.0, |second| second.score)).ln()
    };
    last(&[]) / last(&[Part::Forest])
}

const BURST: (usize, i64) = (20, 500);
const LASTING: (usize, i64) = (40, 1_000);

#[test]
fn many_on_one_plain_word_for_long_count_less_and_on_one_emote_or_at_once_do_not() {
    let left = left_of_it(Some("regular"), LASTING, &["raffle"]);
    assert!((0.1..0.8).contains(&left), "{left}");
    assert_eq!(left_of_it(Some("regular"), BURST, &["raffle"]), 1.0);
    assert_eq!(left_of_it(Some("regular"), LASTING, &["KEKW"]), 1.0);
    assert_eq!(left_of_it(Some("regular"), BURST, &["no way", "KEKW", "omg", "WHAT", "lol"]), 1.0);
}

#[test]
fn newcomers_who_greet_count_less_and_who_laugh_do_not() {
    let left = left_of_it(Some("guest"), BURST, &["hi", "hello", "hey all", "good evening"]);
    assert!((0.1..0.93).contains(&left), "{left}");
    assert_eq!(left_of_it(Some("guest"), BURST, &["KEKW", "lol", "LUL LUL", "hahaha"]), 1.0);
}

#[test]
fn who_has_no_name_is_no_newcomer() {
    let texts = ["hi", "hello", "hey all", "good evening", "here I am", "what is up"];
    assert!(left_of_it(Some("guest"), BURST, &texts) < 0.93);
    assert_eq!(left_of_it(None, BURST, &texts), 1.0);
}

#[test]
fn ad_breaks_and_polls_are_no_moments() {
    for input in [Input::AdBreak { seconds: 60 }, Input::Poll, Input::Gift { count: 20 }] {
        let masked = |chat: &mut Chat| {
            chat.tell(&input);
            chat.burst(40, |_| "ads".into());
        };
        assert_eq!(moments(masked), [], "{input:?}");
    }
}

#[test]
fn a_named_signal_forces_a_moment_once() {
    let signal = |chat: &mut Chat| {
        for _ in 0..3 {
            chat.tell(&Input::Signal { name: "hype train".into(), forces: true });
            chat.pass(10_000);
        }
    };
    let found = moments(signal);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cause.to_string(), "signal:hype train");
}

#[test]
fn signals_and_sound_strengthen_what_chat_shows_and_nothing_else() {
    let told: [&dyn Fn(&mut Chat); 2] =
        [&|chat| chat.tell(&Input::Signal { name: "cheer".into(), forces: false }), &|chat| {
            chat.tell(&Input::Sound { level_db: -6.0 })
        }];
    for tell in told {
        let hushed = |people: usize, tell: &dyn Fn(&mut Chat)| {
            let mut chat = Chat::new(Settings::default());
            for _ in 0..48 {
                chat.tell(&Input::Sound { level_db: -40.0 });
                chat.talk(10);
            }
            tell(&mut chat);
            chat.burst(people, |_| "wow".into());
            chat.moments().len()
        };
        assert_eq!(hushed(4, &|_| {}), 0, "four people are not enough");
        assert_eq!(hushed(4, tell), 1, "with more behind them they are");
        assert_eq!(hushed(0, tell), 0, "nobody reacts");
    }
}

#[test]
fn evidence_moves_the_start_of_later_moments() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(480);
    for _ in 0..6 {
        chat.burst(30, |_| "KEKW".into());
        let trigger = chat.moments().last().expect("a moment").trigger;
        let (start, end) = (trigger - 35_000, trigger - 21_000);
        chat.tell(&Input::Evidence { start, end });
        chat.talk(900);
    }
    let found = chat.moments();
    let before = |m: &Moment| m.trigger.ms_since(m.start);
    assert_eq!(before(&found[0]), 23_000);
    assert!(before(found.last().expect("moments")) > 28_000, "{found:?}");
}

/// Editors go through an evening the next day, when the channel may be live again.
#[test]
fn evidence_of_the_evening_before_counts() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(480);
    chat.burst(30, |_| "KEKW".into());
    let trigger = chat.moments().last().expect("a moment").trigger;
    chat.pass(86_400_000);
    chat.talk(480);
    let before = chat.engine.model().about().delay_s;
    let (start, end) = (trigger - 35_000, trigger - 21_000);
    chat.tell(&Input::Evidence { start, end });
    let after = chat.engine.model().about().delay_s;
    assert!(after > before + 1.0, "{before} to {after}");
}

#[test]
fn a_model_of_long_ago_is_believed_less() {
    // A lively evening, then a quiet one: what is usual two minutes into it.
    let usual_after = |days: i64| {
        let mut chat = Chat::new(Settings::default());
        for _ in 0..60 {
            chat.burst(90, |i| format!("what I think of this is number {i}"));
        }
        chat.pass(days * 86_400_000);
        chat.talk(120);
        chat.engine.messages_per_hour()
    };
    let (soon, late) = (usual_after(1), usual_after(365));
    assert!(soon > 3.0 * late, "{soon} against {late}");
    assert!((500.0..1_500.0).contains(&late), "the evening's own 900: {late}");
}

#[test]
fn nothing_triggers_off_line() {
    let off = |chat: &mut Chat| {
        chat.tell(&Input::Live(Live::Offline));
        chat.burst(30, |_| "KEKW".into());
    };
    assert_eq!(moments(off), []);
}

#[test]
fn more_viewers_ask_for_more_people() {
    let burst = |viewers| {
        moments(|chat: &mut Chat| {
            chat.tell(&Input::Viewers(Some(viewers)));
            chat.burst(5, |_| "WOW".into());
        })
    };
    assert_eq!((burst(10).len(), burst(100_000).len()), (1, 0));
}

#[test]
fn a_moderator_forces_a_clip_and_a_viewer_does_not() {
    let mut chat = Chat::new(Settings::default());
    let ask = |role| {
        let text = "!testclip".to_owned();
        Input::Message(Message { user: Some("ann".into()), text, role, ..Message::default() })
    };
    chat.tell(&ask(Role::Viewer));
    chat.tell(&ask(Role::Moderator));
    let found = chat.moments();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cause.to_string(), "manual:ann");
    assert_eq!(found[0].end.ms_since(found[0].start), 60_000);
}

#[test]
fn a_title_may_be_given() {
    let mut chat = Chat::new(Settings::default());
    let text = "!clip what a play".to_owned();
    let role = Role::Moderator;
    chat.tell(&Input::Message(Message {
        user: Some("ann".into()),
        text,
        role,
        ..Message::default()
    }));
    assert_eq!(chat.moments()[0].title.as_deref(), Some("what a play"));
}

#[test]
fn a_pause_holds_moments_back_until_it_ends() {
    let told = |chat: &mut Chat, text: &str| {
        let (user, role) = (Some("ann".to_owned()), Role::Moderator);
        let message = Message { user, text: text.to_owned(), role, ..Message::default() };
        chat.tell(&Input::Message(message));
    };
    for (words, held_back) in
        [("!cliphound pause", true), ("!cliphound mute 5m", true), ("!cliphound status", false)]
    {
        let mut chat = Chat::new(Settings::default());
        chat.talk(480);
        told(&mut chat, words);
        chat.burst(30, |_| "KEKW".into());
        assert_eq!(chat.moments().is_empty(), held_back, "{words}");
        chat.talk(300);
        told(&mut chat, "!cliphound resume");
        chat.burst(30, |_| "KEKW".into());
        assert_eq!(chat.moments().len(), if held_back { 1 } else { 2 }, "{words}");
        assert_eq!(chat.effects.iter().filter(|e| matches!(e, Effect::Answer(_))).count(), 2);
    }
}

#[test]
fn paused_by_the_settings_nobody_resumes_in_chat() {
    let mut chat = Chat::new(Settings { paused: true, ..Settings::default() });
    chat.talk(480);
    let (user, role) = (Some("ann".to_owned()), Role::Moderator);
    let message =
        Message { user, text: "!cliphound resume".to_owned(), role, ..Message::default() };
    chat.tell(&Input::Message(message));
    let told = chat.effects.iter().find_map(|effect| match effect {
        Effect::Answer(answer) => Some(&answer.about),
        _ => None,
    });
    assert!(matches!(told, Some(About::Status(status)) if status.paused_by_settings), "{told:?}");
    chat.tell(&Input::Quiet(Quieting::Resume));
    chat.burst(30, |_| "KEKW".into());
    assert!(chat.moments().is_empty() && chat.engine.status(EventTime(0)).paused);
    chat.tell(&Input::Settings(Settings::default()));
    chat.talk(300);
    chat.burst(30, |_| "KEKW".into());
    assert_eq!(chat.moments().len(), 1);
}

#[test]
fn a_mute_of_another_clock_does_not_last_for_ever() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(60);
    chat.tell(&Input::Quiet(Quieting::Mute(10)));
    chat.talk(60);
    let mut other = Chat::with_model(chat.engine.model(), EventTime(0));
    other.talk(480);
    other.burst(30, |_| "KEKW".into());
    assert_eq!(other.moments().len(), 1);
}

#[test]
fn who_asks_outside_of_chat_gets_a_moment_also_while_held_back() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(60);
    chat.tell(&Input::Quiet(Quieting::Pause));
    let asked =
        |title: Option<&str>| Input::Asked { by: "ann".into(), title: title.map(str::to_owned) };
    chat.tell(&asked(Some("what a play")));
    chat.tell(&asked(None));
    chat.pass(12_000);
    chat.tell(&asked(None));
    let found: Vec<(String, Option<String>)> =
        chat.moments().into_iter().map(|m| (m.cause.to_string(), m.title)).collect();
    let by_ann = |title: Option<&str>| ("manual:ann".to_owned(), title.map(str::to_owned));
    assert_eq!(found, [by_ann(Some("what a play")), by_ann(None)]);
}

#[test]
fn deleted_lines_do_not_count() {
    let purged = |chat: &mut Chat| {
        for i in 0..8 {
            chat.say(&format!("raider{i}"), "KEKW");
            chat.tell(&Input::UserCleared { user: format!("raider{i}") });
        }
        chat.pass(2000);
    };
    assert_eq!(moments(purged), []);
}

#[test]
fn the_forest_arms_itself_after_a_quarter_of_an_hour() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(16 * 60);
    assert!(chat.engine.is_learning());
    chat.talk(3 * 60);
    assert!(!chat.engine.is_learning());
    assert_eq!(chat.effects.iter().filter(|e| **e == Effect::Learned).count(), 1);
}

#[test]
fn a_burst_that_grows_makes_the_moment_stronger_but_no_second_one() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(480);
    chat.burst(60, |_| "POGGERS".into());
    chat.talk(60);
    let grown: Vec<&Moment> = chat
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Extended(moment) => Some(moment),
            _ => None,
        })
        .collect();
    let found = chat.moments();
    assert_eq!((found.len(), grown.len()), (1, 1));
    assert_eq!(grown[0].trigger, found[0].trigger);
    assert!(grown[0].score > found[0].score);
}

#[test]
fn what_comes_before_the_start_warms_up_only() {
    let mut chat = Chat::new(Settings::default());
    chat.engine.start_at(chat.now() + 540_000);
    chat.talk(480);
    chat.burst(30, |_| "KEKW".into());
    assert_eq!(chat.moments(), []);
    chat.talk(120);
    chat.burst(30, |_| "KEKW".into());
    assert_eq!(chat.moments().len(), 1);
}

#[test]
fn after_a_night_of_silence_the_next_evening_starts_warm() {
    let mut chat = Chat::new(Settings::default());
    chat.talk(1800);
    chat.pass(12 * 3_600_000);
    chat.talk(90);
    chat.burst(30, |_| "KEKW".into());
    assert_eq!(chat.moments().len(), 1, "a channel never seen before needs longer");
}

#[test]
fn a_moment_is_named_after_the_channels_own_emote() {
    let cause = |names: &[&str]| {
        let found = moments(|chat: &mut Chat| {
            chat.tell(&Input::Emotes(EmoteSet::new(names.iter().copied())));
            chat.burst(30, |_| "buhJAM".into());
        });
        found[0].cause.to_string()
    };
    assert_eq!(cause(&["buhJAM"]), "emote:buhJAM");
    assert_eq!(cause(&[]), "hype");
}
