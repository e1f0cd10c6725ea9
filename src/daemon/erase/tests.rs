//! Recordings from which chat is deleted: nothing stays, nothing else goes, little is read.

use cliphound_engine::{Cause, Effect, EventTime, Input, Message, Moment, Settings};
use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;
use crate::replay::{
    recording::{Line, parse},
    recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
};

const SMALL: Sizes = Sizes { lines: 3, block: 700 };

fn ninja() -> ChannelLogin {
    ChannelLogin::parse("ninja").unwrap()
}

fn shroud() -> ChannelLogin {
    ChannelLogin::parse("shroud").unwrap()
}

/// A recording that is written, and that chat is deleted from meanwhile.
struct Run {
    writer: RecordingWriter<File>,
    eraser: Eraser,
    file: NamedTempFile,
    now: i64,
}

impl Run {
    fn new(sizes: Sizes) -> Self {
        let file = NamedTempFile::new().unwrap();
        let mut writer = RecordingWriter::new(file.reopen().unwrap(), 0, DEFAULT_LIMIT).unwrap();
        let settings = Settings::default();
        for channel in [ninja(), shroud()] {
            let start = Start { broadcaster_id: None, seed: 3, settings: &settings, model: None };
            writer.start(&channel, start).unwrap();
        }
        let mut eraser = Eraser::new(Some(file.reopen().unwrap()));
        eraser.sizes = sizes;
        Self { writer, eraser, file, now: 0 }
    }

    fn feed(&mut self, channel: &ChannelLogin, input: &Input) {
        self.now += 1;
        self.writer.input(channel, EventTime(self.now), input).unwrap();
        let alias = match input {
            Input::UserCleared { user } => self.writer.alias(channel, user),
            _ => None,
        };
        if let Some(deletion) = Deletion::of(channel, input, alias) {
            self.eraser.delete(deletion, self.writer.chains(), self.writer.length());
        }
    }

    fn say(&mut self, channel: &ChannelLogin, number: usize, user: &str, text: &str) {
        let message = Message {
            id: Some(format!("m{number}")),
            user: Some(user.to_owned()),
            text: text.to_owned(),
            ..Message::default()
        };
        self.feed(channel, &Input::Message(message));
    }

    /// A moment as it is told when somebody has just asked for it.
    fn asked(&mut self, channel: &ChannelLogin, user: &str, title: &str) {
        let at = EventTime(self.now);
        let moment = Moment {
            cause: Cause::Manual(user.to_owned()),
            title: Some(title.to_owned()),
            ..crate::replay::runner::tests::moment(at, 1.0)
        };
        self.writer.effect(channel, at, &Effect::Moment(moment)).unwrap();
    }

    /// Does what is to be done; says in how many steps.
    fn erase(&mut self) -> usize {
        self.writer.flush().unwrap();
        let mut steps = 0;
        while !self.eraser.is_idle() {
            self.eraser.step(self.writer.chains()).unwrap();
            steps += 1;
            assert!(steps < 100_000, "it goes on");
        }
        steps
    }

    fn text(&mut self) -> String {
        self.writer.flush().unwrap();
        let text = std::fs::read_to_string(self.file.path()).unwrap();
        assert_eq!(text.len() as u64, self.writer.length());
        assert!(text.lines().all(|line| parse(line).is_some()), "{text}");
        text
    }

    fn moved(&self) -> (u64, u64) {
        let disk = self.eraser.disk.as_ref().unwrap();
        (disk.read, disk.written)
    }
}

fn id(number: usize) -> Input {
    Input::MessageDeleted { id: format!("m{number}") }
}

fn purge(user: &str) -> Input {
    Input::UserCleared { user: user.to_owned() }
}

#[test]
fn what_is_read_and_written_is_what_somebody_wrote_however_long_the_recording_is() {
    let mut run = Run::new(Sizes { lines: 256, block: 1024 * 1024 });
    for number in 0..20_000 {
        let (user, text) = match number % 500 {
            0 => ("chatty".to_owned(), "the secret"),
            _ => (format!("user{}", number % 997), "in the open"),
        };
        run.say(&ninja(), number, &user, text);
    }
    run.feed(&ninja(), &purge("chatty"));
    run.feed(&ninja(), &id(101));
    let length = run.writer.length();
    run.erase();
    let (read, written) = run.moved();
    // 40 lines and their share of those that others have in the same bucket, and one message.
    assert!(read < 100 * LINE as u64 && written < 60 * 300, "{read} {written} of {length}");
    assert!(length > 3_000_000);
    let text = run.text();
    assert!(!text.contains("secret") && !text.contains("chatty"));
    assert_eq!(text.matches("in the open").count(), 20_000 - 40 - 1);
}

#[test]
fn who_wrote_much_costs_little_more_than_reading_it_once() {
    let mut run = Run::new(Sizes { lines: 256, block: 1024 * 1024 });
    for number in 0..20_000 {
        let (user, text) = match number % 5 {
            0 => ("chatty", "the secret"),
            _ => ("quiet", "in the open"),
        };
        run.say(&ninja(), number, user, text);
    }
    run.feed(&ninja(), &purge("chatty"));
    let length = run.writer.length();
    run.erase();
    let (read, written) = run.moved();
    assert!(read < length * 3 / 2 && written < length / 4, "{read} {written} of {length}");
    let text = run.text();
    assert!(!text.contains("secret") && !text.contains("chatty"));
    assert_eq!(text.matches("in the open").count(), 16_000);
}

#[test]
fn the_newest_go_first() {
    for deletion in [purge("kim"), Input::ChatCleared] {
        let mut run = Run::new(Sizes { lines: 5, block: 1_000 });
        (0..100).for_each(|number| run.say(&ninja(), number, "kim", &format!("said {number};")));
        run.feed(&ninja(), &deletion);
        run.writer.flush().unwrap();
        run.eraser.step(run.writer.chains()).unwrap();
        assert!(!run.eraser.is_idle());
        let text = run.text();
        assert!(!text.contains("said 99;") && text.contains("said 0;"), "{deletion:?}");
    }
}

#[test]
fn somebody_who_was_purged_is_purged_again() {
    let mut run = Run::new(SMALL);
    run.say(&ninja(), 1, "kim", "the first secret");
    run.feed(&ninja(), &purge("kim"));
    run.say(&ninja(), 2, "kim", "the second secret");
    run.asked(&ninja(), "kim", "a secret title");
    run.erase();
    assert!(run.text().contains("the second secret"));
    run.feed(&ninja(), &purge("kim"));
    run.say(&ninja(), 3, "kim", "in the open");
    run.erase();
    let text = run.text();
    assert!(!text.contains("secret") && !text.contains("\"kim\""), "{text}");
    assert!(text.contains("in the open"));
}

#[test]
fn a_deleted_command_takes_its_title_along() {
    let mut run = Run::new(SMALL);
    for (number, user) in [(1, "kim"), (2, "lee")] {
        run.say(&ninja(), number, user, &format!("!clip titled by {user}"));
        run.asked(&ninja(), user, &format!("titled by {user}"));
        (10..20).for_each(|other| run.say(&ninja(), number * other, user, "hi"));
    }
    run.feed(&ninja(), &id(1));
    run.erase();
    let text = run.text();
    assert!(!text.contains("titled by kim"), "{text}");
    assert_eq!(text.matches("titled by lee").count(), 2);
    assert!(text.contains("\"kim\""), "one deleted line does not make anybody nameless");
}

#[test]
fn a_chat_is_cleared_once_and_others_are_left_alone() {
    let mut run = Run::new(Sizes { lines: 256, block: 4_096 });
    for number in 0..200 {
        run.say(&ninja(), number, "kim", "\"the\\ secret\" \u{1f600}\n");
        run.say(&shroud(), number, "kim", "in the open");
    }
    run.asked(&ninja(), "kim", "a secret title");
    run.feed(&ninja(), &Input::ChatCleared);
    run.erase();
    let (before, _) = run.moved();
    run.say(&ninja(), 900, "kim", "a later secret");
    assert!(run.text().contains("a later secret"));
    run.feed(&ninja(), &Input::ChatCleared);
    run.feed(&ninja(), &Input::ChatCleared);
    run.erase();
    let text = run.text();
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(text.matches("in the open").count(), 200);
    let (after, _) = run.moved();
    assert!(before > 50_000 && after - before < 2_000, "{before} {after}");
    // Who is purged later loses the name there as well.
    run.feed(&ninja(), &purge("kim"));
    run.erase();
    let ours = |line: &&str| line.starts_with(r#"{"channel":"ninja""#) && line.contains("\"kim\"");
    let text = run.text();
    assert_eq!(text.lines().find(ours), None);
}

/// What a disk that was full has lost costs no deletion a way through the whole file.
#[test]
fn a_recording_that_broke_off_is_still_known_line_by_line() {
    let mut run = Run::new(SMALL);
    run.say(&ninja(), 1, "kim", "the secret");
    for id in 2..2_000 {
        run.say(&ninja(), id, "lee", "in the open");
    }
    let whole = run.writer.length();
    run.say(&ninja(), 2_000, "kim", "is lost");
    run.writer.flush().unwrap();
    run.file.as_file().set_len(whole).unwrap();
    run.writer.lose_from(run.eraser.length().unwrap());
    let deletion = Deletion::of(&ninja(), &purge("kim"), run.writer.alias(&ninja(), "kim"));
    run.eraser.delete(deletion.unwrap(), run.writer.chains(), whole);
    run.erase();
    let text = std::fs::read_to_string(run.file.path()).unwrap();
    assert!(!text.contains("the secret") && text.contains("in the open"), "{text}");
    let (read, _) = run.moved();
    assert!(read < whole / 10, "{read} of {whole}");
}

/// What somebody else has cut off is not looked for where it would have been.
#[test]
fn a_recording_that_was_cut_is_read_as_a_whole() {
    let mut run = Run::new(SMALL);
    run.say(&ninja(), 1, "kim", "!clip the secret");
    run.asked(&ninja(), "kim", "the secret");
    run.say(&ninja(), 2, "lee", "in the open");
    let whole = run.writer.length();
    run.say(&ninja(), 3, "kim", "is lost");
    run.say(&ninja(), 1, "lee", "is lost");
    run.writer.flush().unwrap();
    run.file.as_file().set_len(whole).unwrap();
    for deletion in [id(1), purge("kim")] {
        let alias = run.writer.alias(&ninja(), "kim");
        let deletion = Deletion::of(&ninja(), &deletion, alias).unwrap();
        run.eraser.delete(deletion, run.writer.chains(), whole);
        run.erase();
        let text = std::fs::read_to_string(run.file.path()).unwrap();
        assert!(!text.contains("the secret") && text.contains("in the open"), "{text}");
    }
}

#[test]
fn what_a_failing_disk_kept_goes_once_it_works() {
    for deletion in [id(1), purge("kim"), Input::ChatCleared] {
        let mut run = Run::new(SMALL);
        run.say(&ninja(), 1, "kim", "the secret");
        run.writer.flush().unwrap();
        let disk = run.eraser.disk.as_mut().unwrap();
        // What is only open for reading can't be changed.
        let works = std::mem::replace(&mut disk.file, File::open(run.file.path()).unwrap());
        run.feed(&ninja(), &deletion);
        run.writer.flush().unwrap();
        let steps = (0..9).map(|_| run.eraser.step(run.writer.chains()));
        assert!(steps.filter(Result::is_err).count() > 3, "{deletion:?}");
        assert!(run.text().contains("the secret"));
        run.eraser.disk.as_mut().unwrap().file = works;
        run.erase();
        assert!(!run.text().contains("the secret"), "{deletion:?}");
    }
}

#[test]
fn a_pipe_is_left_alone() {
    let mut run = Run::new(SMALL);
    run.eraser = Eraser::new(None);
    run.say(&ninja(), 1, "kim", "hi");
    run.feed(&ninja(), &purge("kim"));
    assert!(run.eraser.is_idle());
    run.eraser.step(run.writer.chains()).unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Say(usize),
    Purge(usize),
    Delete(usize),
    Clear,
    Erase,
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => (0..5_usize).prop_map(Step::Say),
        2 => (0..5_usize).prop_map(Step::Purge),
        3 => (0..60_usize).prop_map(Step::Delete),
        1 => Just(Step::Clear),
        2 => Just(Step::Erase),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is deleted, whenever it is done: that goes, and everything else stays.
    #[test]
    fn any_deletions_at_any_time(
        lines in 1..9_usize,
        block in 1..3_000_usize,
        steps in prop::collection::vec(a_step(), 1..150),
    ) {
        let mut run = Run::new(Sizes { lines, block });
        // Who said what, as long as it stands.
        let mut said: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Say(user) => {
                    said.insert(number, user);
                    run.say(&ninja(), number, &format!("u{user}"), &format!("said {number};"));
                }
                Step::Purge(user) => {
                    said.retain(|_, by| *by != user);
                    run.feed(&ninja(), &purge(&format!("u{user}")));
                }
                Step::Delete(number) => {
                    said.remove(&number);
                    run.feed(&ninja(), &id(number));
                }
                Step::Clear => {
                    said.clear();
                    run.feed(&ninja(), &Input::ChatCleared);
                }
                Step::Erase => drop(run.erase()),
            }
        }
        run.erase();
        let text = run.text();
        let messages = text.lines().filter_map(|line| match parse(line) {
            Some(Line::Input { input: Input::Message(message), .. }) => Some(message.text),
            _ => None,
        });
        let left: Vec<_> = messages.collect();
        let expected: Vec<_> = said.keys().map(|number| format!("said {number};")).collect();
        prop_assert_eq!(left, expected);
        prop_assert_eq!(text.matches("said ").count(), said.len());
    }
}
