//! Runs with deletions: what is left of their recordings, and that it replays the same.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use cliphound_engine::{Effect, EmoteSet, Engine, Gist, Message, Role, Settings};
use proptest::prelude::*;

use super::*;
use crate::replay::{
    event::Tally,
    file::Options,
    lines::Lines,
    recorded::{self, Recorded},
    recording::{Line, pack_gist, parse},
    recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
};

const TEXTS: [&str; 12] = [
    "WOW LETS GO",
    "KEKW",
    "nice evening buhJAM",
    "what a calm day it is",
    "Type POTATO to take part now",
    "potato",
    "1",
    "!clip the secret title",
    "!testclip",
    "!cliphound mute 1",
    "!points",
    "\u{1f600} \"quoted\"",
];

fn ninja() -> ChannelLogin {
    ChannelLogin::parse("ninja").unwrap()
}

/// Feeds an engine, records it as the daemon does, and takes out what is deleted.
struct Run {
    engine: Engine,
    writer: RecordingWriter<Vec<u8>>,
    now: EventTime,
    /// Each with the bytes that were written before it.
    deletions: Vec<(usize, Deletion)>,
    /// How many lines each deletion comes after.
    told: usize,
}

impl Run {
    fn new() -> Self {
        let settings = Settings { command_users: vec!["user1".to_owned()], ..Settings::default() };
        let mut writer = RecordingWriter::new(Vec::new(), 0, DEFAULT_LIMIT).unwrap();
        let start = Start { broadcaster_id: None, seed: 3, settings: &settings, model: None };
        writer.start(&ninja(), start).unwrap();
        let (engine, now) = (Engine::new(settings, 3), EventTime(1_000_000));
        Self { engine, writer, now, deletions: Vec::new(), told: 0 }
    }

    fn feed(&mut self, after_ms: i64, input: &Input) {
        self.now = self.now + after_ms;
        self.wake();
        self.writer.input(&ninja(), self.now, input).unwrap();
        let alias = match input {
            Input::UserCleared { user } => self.writer.alias(&ninja(), user),
            _ => None,
        };
        if let Some(deletion) = Deletion::of(&ninja(), input, alias) {
            self.deletions.push((self.writer.length() as usize, deletion));
        }
        for effect in self.engine.handle(self.now, input) {
            self.tell(self.now, &effect);
        }
    }

    fn wake(&mut self) {
        while let Some(due) = self.engine.deadline().filter(|due| *due <= self.now) {
            for effect in self.engine.wake(due) {
                self.tell(due, &effect);
            }
        }
    }

    fn tell(&mut self, at: EventTime, effect: &Effect) {
        self.told += usize::from(matches!(effect, Effect::Moment(_)));
        self.writer.effect(&ninja(), at, effect).unwrap();
    }

    fn end(mut self) -> (Vec<u8>, Vec<(usize, Deletion)>, usize) {
        self.now = self.now + 90_000;
        self.wake();
        self.writer.end(&ninja(), self.now).unwrap();
        (self.writer.finish().unwrap(), self.deletions, self.told)
    }
}

fn erased(bytes: &[u8], deletions: &[(usize, Deletion)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut titles = Vec::new();
    for (length, deletion) in deletions {
        each_line(&mut bytes[..*length], |line| titles.extend(erase(deletion, line)));
    }
    for title in titles {
        each_line(&mut bytes, |line| drop(erase(&title, line)));
    }
    bytes
}

fn each_line(bytes: &mut [u8], act: impl FnMut(&mut [u8])) {
    bytes.split_mut(|byte| *byte == b'\n').for_each(act);
}

/// Changes the line, and says which title goes with it.
fn erase(deletion: &Deletion, line: &mut [u8]) -> Option<Deletion> {
    if deletion.clear(line) {
        return None;
    }
    let seen = deletion.look(line)?;
    if let Some(changed) = seen.changed {
        line.copy_from_slice(&changed);
    }
    seen.title
}

fn replay(bytes: &[u8]) -> Recorded {
    let mut tally = Tally::default();
    let recorded = recorded::replay(&mut Lines::new(bytes), &Options::default(), None, &mut tally);
    assert_eq!(tally, Tally::default());
    recorded
}

fn message(id: usize, user: u8, role: Role, text: &str) -> Input {
    Input::Message(Message {
        id: (!id.is_multiple_of(5)).then(|| id.to_string()),
        user: (user > 0).then(|| format!("user{user}")),
        text: text.to_owned(),
        role,
        ..Message::default()
    })
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_purged_users_words_name_and_title_are_gone() {
    let mut run = Run::new();
    run.feed(0, &message(1, 7, Role::Moderator, "!clip the secret title"));
    run.feed(500, &message(2, 7, Role::Viewer, "secret words"));
    run.feed(500, &message(3, 8, Role::Viewer, "others stay"));
    run.feed(10, &Input::MessageDeleted { id: "2".to_owned() });
    run.feed(10, &Input::UserCleared { user: "user7".to_owned() });
    run.feed(500, &message(4, 7, Role::Viewer, "back again"));
    let (bytes, deletions, told) = run.end();
    assert!(text_of(&bytes).contains("secret title") && told == 1);
    let after = erased(&bytes, &deletions);
    for gone in ["secret", "user7"] {
        assert!(!text_of(&after).contains(gone), "{}", text_of(&after));
    }
    for stays in ["others stay", "back again", "user8"] {
        assert!(text_of(&after).contains(stays), "{stays}");
    }
    let (before, after) = (replay(&bytes), replay(&after));
    assert_eq!(after.problems, [] as [String; 0]);
    assert_eq!(after.zero, before.zero);
    assert_eq!(after.streams[0].messages, 4);
    assert_eq!(after.streams[0].moments[0].trigger, EventTime(1_000_000));
}

#[test]
fn a_cleared_chat_has_no_words_left() {
    let mut run = Run::new();
    run.feed(0, &message(1, 7, Role::Viewer, "secret words"));
    run.feed(0, &message(2, 0, Role::Viewer, "a"));
    let Input::Message(said) = message(3, 8, Role::Viewer, "\\\"Kappa\"\n") else { return };
    let emotes = vec!["Kappa".to_owned(), ":]".to_owned()];
    run.feed(0, &Input::Message(Message { emotes, ..said }));
    run.feed(0, &Input::ChatCleared);
    let (bytes, deletions, _) = run.end();
    let after = erased(&bytes, &deletions);
    assert!(!text_of(&after).contains("words"), "{}", text_of(&after));
    assert!(!text_of(&after).contains("Kappa"), "nor are the emotes named that were written");
    assert!(text_of(&after).contains("user7"));
    assert_eq!(replay(&after).problems, [] as [String; 0]);
}

#[test]
fn crafted_readings_are_refused() {
    let line = |read: &str| {
        format!(r#"{{"channel":"ann","at":1,"read":"{read}","erased":{{"user":"x"}}}}"#)
    };
    assert_eq!(parse(&line("AAAA!")), None);
    assert_eq!(parse(&line("")), None);
    let empty = pack_gist(&Gist::default()).unwrap();
    assert!(matches!(parse(&line(&empty)), Some(Line::Input { .. })));
    let mut bytes = STANDARD_NO_PAD.decode(empty).unwrap();
    // After the command, two flags, the words, the emotes, two flags and the length, each
    // a byte, comes the brevity: now no number.
    bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(parse(&line(&STANDARD_NO_PAD.encode(bytes))), None);
}

fn a_step() -> impl Strategy<Value = (i64, u8, usize, bool, u8)> {
    let gap = prop_oneof![12 => 0..300_i64, 3 => 300..8_000_i64, 1 => Just(70_000_i64)];
    let kind = prop_oneof![20 => Just(0_u8), 2 => Just(1_u8), 1 => Just(2_u8), 1 => 3..7_u8];
    (gap, 0..40_u8, 0..TEXTS.len(), prop::bool::weighted(0.1), kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is deleted, the replay finds what it found before, which is what was told,
    /// and nothing that was deleted can be read.
    #[test]
    fn a_replay_without_the_texts_is_the_same(steps in prop::collection::vec(a_step(), 1..300)) {
        let mut run = Run::new();
        let (mut ids, mut users) = (BTreeSet::new(), BTreeSet::new());
        for (number, (gap, user, text, is_mod, kind)) in steps.into_iter().enumerate() {
            let input = match kind {
                0 => {
                    let role = if is_mod { Role::Moderator } else { Role::Viewer };
                    message(number, user, role, TEXTS[text])
                }
                1 => {
                    let id = number.saturating_sub(usize::from(user)).to_string();
                    ids.insert(id.clone());
                    Input::MessageDeleted { id }
                }
                2 => {
                    users.insert(format!("user{user}"));
                    Input::UserCleared { user: format!("user{user}") }
                }
                3 => Input::Emotes(EmoteSet::new(["buhJAM", "nice", "evening"])),
                4 => Input::Emotes(EmoteSet::default()),
                5 => {
                    let title = (text % 2 == 0).then(|| "asked for".to_owned());
                    Input::Asked { by: format!("user{user}"), title }
                }
                _ => Input::Poll,
            };
            run.feed(gap, &input);
        }
        let (bytes, deletions, _) = run.end();
        let after = erased(&bytes, &deletions);
        let (before, then) = (replay(&bytes), replay(&after));
        prop_assert_eq!(&before.problems, &[] as &[String]);
        prop_assert_eq!(&then.problems, &[] as &[String]);
        prop_assert_eq!(then.zero, before.zero);
        let told = |recorded: &Recorded| {
            let moments = recorded.streams[0].moments.iter();
            let moments =
                moments.map(|m| (m.trigger, m.start, m.end, m.score, m.reasons.clone()));
            (moments.collect::<Vec<_>>(), recorded.streams[0].messages)
        };
        prop_assert_eq!(told(&then), told(&before));
        for line in text_of(&after).lines() {
            if let Some(Line::Input { input: Input::Message(message), .. }) = parse(line) {
                prop_assert!(message.id.is_none_or(|id| !ids.contains(&id)), "{line}");
            }
        }
        users.remove("user1"); // The settings name him.
        let names = text_of(&after).split('"');
        prop_assert!(names.clone().all(|name| !users.contains(name)));
        let causes = names.filter_map(|word| word.strip_prefix("manual:"));
        prop_assert!(causes.clone().count() == 0 || causes.clone().all(|who| !users.contains(who)));
    }
}
