//! What hovering shows: times, score, reasons, and the chat around. Pure.

use std::fmt::Write as _;

use cliphound_engine::{Input, Moment, Second};

use crate::{
    evaluate::labels::Label,
    plain::plain,
    replay::{event::Fed, report::counted},
};

/// Chat lines shown at most.
const LINES: usize = 12;
/// Characters of a line shown at most.
const CHARS: usize = 120;
/// A highlight's chat is looked for until so long after its end: chat is late.
const LATE_S: f64 = 15.0;
/// A trigger's chat is the window that led to it.
const WINDOW_S: f64 = 15.0;

/// About a trigger.
#[must_use]
pub fn of_moment(moment: &Moment, chat: &[Fed]) -> String {
    let [trigger, start, end] =
        [moment.trigger, moment.start, moment.end].map(|at| at.as_secs_f64());
    let mut tip = format!(
        "trigger {} for {} to {}\nscore {:.3}, threshold {:.3}, {}",
        clock(trigger),
        clock(start),
        clock(end),
        moment.score,
        moment.threshold,
        moment.cause
    );
    for reason in &moment.reasons {
        let _ = write!(tip, "\n{}", reason.text);
    }
    tip + &lines(chat, trigger - WINDOW_S, trigger)
}

/// About a second of chat.
#[must_use]
pub fn of_second(second: &Second, chat: &[Fed]) -> String {
    let end = second.end.as_secs_f64();
    let people = counted(second.chatters.into(), "chatter");
    let tip = format!(
        "{}\nscore {:.3}, threshold {:.3}, {people} in 15 s",
        clock(end),
        second.score,
        second.threshold
    );
    tip + &lines(chat, end - WINDOW_S, end)
}

/// About a highlight.
#[must_use]
pub fn of_label(label: &Label, chat: &[Fed]) -> String {
    let tip = format!("highlight {} to {}", clock(label.start_s), clock(label.end_s));
    tip + &lines(
        chat,
        label.end_s - WINDOW_S.min(label.end_s - label.start_s),
        label.end_s + LATE_S,
    )
}

/// The last lines said from `from_s` up to `to_s`.
fn lines(chat: &[Fed], from_s: f64, to_s: f64) -> String {
    let from = chat.partition_point(|fed| fed.at.as_secs_f64() < from_s);
    let to = chat.partition_point(|fed| fed.at.as_secs_f64() < to_s).max(from);
    let said = chat[from..to].iter().filter_map(|fed| match &fed.input {
        Input::Message(message) => Some((fed.at.as_secs_f64(), message)),
        _ => None,
    });
    let mut said: Vec<_> = said.rev().take(LINES).collect();
    said.reverse();
    said.into_iter().fold(String::new(), |mut out, (at, message)| {
        let text: String = plain(&message.text).chars().take(CHARS).collect();
        let _ = write!(out, "\n{} {}: {text}", clock(at), message.user.as_deref().unwrap_or("?"));
        out
    })
}

/// `H:MM:SS`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let whole = seconds.floor() as i64;
    let (sign, s) = (if whole < 0 { "-" } else { "" }, whole.unsigned_abs());
    format!("{sign}{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_lines_at_most() {
        let said = |t: i64| Fed::message(t * 1000, Some("ann".into()), format!("line {t}\nmore"));
        let chat: Vec<Fed> = (0..100).map(said).collect();
        let tip = of_label(&Label { start_s: 20.0, end_s: 30.0 }, &chat);
        assert_eq!(tip.lines().count(), 13);
        assert!(
            tip.starts_with("highlight 0:00:20 to 0:00:30\n0:00:33 ann: line 33 more"),
            "{tip}"
        );
        assert!(tip.ends_with("0:00:44 ann: line 44 more"), "{tip}");
        assert_eq!(clock(-1.0), "-0:00:01");
    }
}
