//! Whole streams as text, with the truth beside: for files and for tests, without a socket.

use std::fmt::Write as _;

use serde_json::json;

use super::{Generator, Profile, Truth, catalogue};
use crate::chat::{ChatEvent, id_of};
use crate::irc::{Caps, Room, render};

/// When all made-up streams began: 1 January 2026, Unix ms.
const BEGAN_MS: i64 = 1_767_225_600_000;
/// What happens ends so long before the stream does, so that chat can still react to it.
const CALM_END_MS: i64 = 90_000;

/// How chat is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatForm {
    /// Raw IRC lines with Twitch's tags: raids, gifts, deletions and shared chat included.
    Irc,
    /// JSON lines of `t_ms`, `user` (null) and `text`, as archives without names have it:
    /// chat lines only.
    Nameless,
}

/// A stream made up from beginning to end.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeStream {
    /// Number, channel and seed, such as `07-yoruneko-1`.
    pub name: String,
    /// Viewers on the average.
    pub viewers: u32,
    /// How `chat` is written.
    pub form: ChatForm,
    /// The chat, a line each.
    pub chat: String,
    /// What truly happened, oldest first; times in ms from the first chat line.
    pub truth: Vec<Truth>,
    /// Who wrote each line of `chat`, and why.
    pub lines: Vec<MadeLine>,
}

/// What the generator knows about a chat line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeLine {
    /// Milliseconds from the first chat line.
    pub at_ms: i64,
    /// User id of the author.
    pub user_id: u64,
    /// Which of [`MadeStream::truth`] it belongs to; `None`: ordinary talk.
    pub scene: Option<usize>,
}

impl MadeStream {
    /// The truth as JSON: `labels` (the moments, in seconds from the first chat line),
    /// `moments` and `decoys` with their kinds, `viewers`.
    #[must_use]
    pub fn labels(&self) -> String {
        let seconds = |ms: i64| ms as f64 / 1000.0;
        let of = |decoy: bool| self.truth.iter().filter(move |truth| truth.decoy == decoy);
        let told = |truth: &Truth| {
            json!({
                "kind": truth.kind,
                "start_s": seconds(truth.start_ms),
                "end_s": seconds(truth.end_ms),
                "strength": (truth.strength * 1000.0).round() / 1000.0,
            })
        };
        let labels: Vec<_> = of(false).map(|t| [seconds(t.start_ms), seconds(t.end_ms)]).collect();
        let moments: Vec<_> = of(false).map(told).collect();
        let decoys: Vec<_> = of(true).map(told).collect();
        let viewers = self.viewers;
        format!(
            "{}\n",
            json!({"labels": labels, "moments": moments, "decoys": decoys, "viewers": viewers})
        )
    }
}

/// Makes a stream of so many minutes. Each of the first 24 numbers is another kind of
/// channel (size, language, subject); then they come again with other chat. The same
/// arguments give the same bytes.
#[must_use]
pub fn make_stream(number: usize, seed: u64, minutes: u32) -> MadeStream {
    let channel = catalogue::channel(number);
    let login = channel.login.to_owned();
    let room_id = id_of(&login);
    let profile = Profile {
        login: login.clone(),
        room_id,
        viewers: channel.viewers,
        partner: channel.shared.then_some(room_id + 1),
        style: channel.style,
    };
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number as u64) << 32 ^ room_id;
    let mut generator = Generator::new(profile, mixed, BEGAN_MS);
    let end_ms = BEGAN_MS + i64::from(minutes) * 60_000;
    generator.keep_scenes();
    generator.wind_up(end_ms - CALM_END_MS);
    let events = generator.advance(end_ms);
    let form = if channel.named { ChatForm::Irc } else { ChatForm::Nameless };
    let room = Room { login: login.clone(), id: room_id, shared: channel.shared };
    let zero_ms = events.iter().find_map(first_line).unwrap_or(BEGAN_MS);
    let truth = generator.truth().iter().map(|truth| Truth {
        start_ms: truth.start_ms - zero_ms,
        end_ms: truth.end_ms - zero_ms,
        ..truth.clone()
    });
    MadeStream {
        name: format!("{number:02}-{login}-{seed}"),
        viewers: channel.viewers,
        form,
        truth: truth.collect(),
        lines: lines(&events, &generator, zero_ms),
        chat: write(&events, &room, form, zero_ms),
    }
}

/// The lines of this room; those of the room that it chats together with are left out.
fn lines(events: &[(i64, ChatEvent)], generator: &Generator, zero_ms: i64) -> Vec<MadeLine> {
    let told = |(at_ms, event): &(i64, ChatEvent)| match event {
        ChatEvent::Line(line) if line.source_room.is_none() => Some(MadeLine {
            at_ms: at_ms - zero_ms,
            user_id: line.author.id,
            scene: generator.scene_of(&line.id),
        }),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

/// When an event is a line of this room.
fn first_line((at_ms, event): &(i64, ChatEvent)) -> Option<i64> {
    matches!(event, ChatEvent::Line(line) if line.source_room.is_none()).then_some(*at_ms)
}

fn write(events: &[(i64, ChatEvent)], room: &Room, form: ChatForm, zero_ms: i64) -> String {
    let caps = Caps { tags: true, commands: true };
    let mut chat = String::new();
    for (at_ms, event) in events {
        let line = match (form, event) {
            (ChatForm::Irc, _) => render(event, room, *at_ms, caps),
            (ChatForm::Nameless, ChatEvent::Line(line)) => {
                Some(json!({"t_ms": at_ms - zero_ms, "user": null, "text": line.text}).to_string())
            }
            (ChatForm::Nameless, _) => None,
        };
        if let Some(line) = line {
            let _ = writeln!(chat, "{line}");
        }
    }
    chat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_arguments_give_the_same_bytes() {
        for number in [0, 4, 11] {
            let made = make_stream(number, 7, 20);
            assert_eq!(made, make_stream(number, 7, 20));
            assert_ne!(made.chat, make_stream(number, 8, 20).chat);
            assert_ne!(made.chat, make_stream(number + catalogue::KINDS, 7, 20).chat);
        }
    }

    #[test]
    fn truth_counts_from_the_first_line() {
        let made = make_stream(10, 1, 40);
        assert!(made.chat.starts_with('@') && made.chat.contains(" PRIVMSG #quillarcade :"));
        assert!(made.truth.iter().any(|t| t.decoy) && made.truth.iter().any(|t| !t.decoy));
        let scenes = made.lines.iter().filter_map(|line| line.scene);
        assert_eq!(scenes.max(), Some(made.truth.len() - 1), "the last one has its lines, too");
        assert!(made.truth.iter().all(|t| t.end_ms <= 40 * 60_000 - CALM_END_MS));
        let labels: serde_json::Value = serde_json::from_str(&made.labels()).unwrap();
        let (moments, decoys) = (labels["labels"].as_array(), labels["decoys"].as_array());
        assert_eq!(moments.unwrap().len() + decoys.unwrap().len(), made.truth.len());
        assert_eq!(labels["decoys"][0]["kind"], "greetings");
    }

    #[test]
    fn archives_without_names_hold_lines_only() {
        let made = make_stream(4, 1, 30);
        assert_eq!(made.form, ChatForm::Nameless);
        assert!(made.chat.starts_with("{\"t_ms\":0,"), "{}", &made.chat[..60]);
        assert!(made.chat.lines().all(|line| line.contains("\"user\":null")));
    }
}
