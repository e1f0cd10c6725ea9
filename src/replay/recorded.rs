//! Replays a recording exactly as it was fed, and holds the moments against those it tells.

use std::{collections::BTreeMap, io::BufRead};

use cliphound_engine::{Effect, Engine, EventTime, Input};
use cliphound_twitch::login::ChannelLogin;

use super::{
    event::Tally,
    file::{Options, StreamResult},
    lines::Lines,
    order::SILENCE_MS,
    recording::{self, Line},
    runner::Runner,
    streams::MAX_CHANNELS,
    timeline::Timeline,
    verify::difference,
};

/// Problems told at most: a file can hold any number of bad lines.
const MAX_PROBLEMS: usize = 20;

/// What a recording came to.
#[derive(Debug, Default)]
pub struct Recorded {
    /// One for each engine that ran, in the order in which they began.
    pub streams: Vec<StreamResult>,
    /// The first message's time: zero of the times told.
    pub zero: EventTime,
    /// What went wrong, a sentence each.
    pub problems: Vec<String>,
    /// Channels left out because another was picked, the first few.
    pub others: Vec<String>,
}

/// Replays the recording in `lines`.
pub fn replay<R: BufRead>(
    lines: &mut Lines<R>,
    options: &Options,
    timeline: Option<Timeline>,
    tally: &mut Tally,
) -> Recorded {
    lines.set_limit(recording::MAX_LINE);
    let mut replay = Replay { timeline, ..Replay::new(options) };
    for line in lines.by_ref() {
        match recording::parse(&line) {
            Some(line) => replay.line(line),
            None if line.trim().is_empty() => {}
            None => tally.cannot_read(line),
        }
    }
    tally.too_long += lines.too_long;
    tally.damage = lines.damage.take();
    tally.misdated += replay.leaps;
    replay.finish()
}

struct Replay<'a> {
    options: &'a Options,
    timeline: Option<Timeline>,
    zero: Option<EventTime>,
    running: BTreeMap<ChannelLogin, Session>,
    /// Ended sessions by the order of their beginning.
    done: BTreeMap<usize, StreamResult>,
    begun: usize,
    problems: Vec<String>,
    others: Vec<String>,
    /// Inputs whose times can't be right.
    leaps: u64,
}

struct Session {
    number: usize,
    runner: Runner,
    told: Vec<Effect>,
    last: EventTime,
}

impl<'a> Replay<'a> {
    fn new(options: &'a Options) -> Self {
        Self {
            options,
            timeline: None,
            zero: None,
            running: BTreeMap::new(),
            done: BTreeMap::new(),
            begun: 0,
            problems: Vec::new(),
            others: Vec::new(),
            leaps: 0,
        }
    }

    fn line(&mut self, line: Line) {
        match line {
            Line::Header(recording::OLDEST..=recording::VERSION) => {}
            Line::Header(version) => self.problem(format!(
                "this recording has format {version}; this program knows formats {} to {}",
                recording::OLDEST,
                recording::VERSION
            )),
            Line::Start { channel, seed, settings, model } => {
                if self.is_wanted(&channel) {
                    self.end(&channel, None);
                    let settings = self.options.over(settings);
                    self.start(channel, settings, seed, model);
                }
            }
            Line::Input { channel, at, input } => self.input(&channel, at, input),
            Line::Effect { channel, at, effect } => {
                if let Some(session) = self.running.get_mut(&channel) {
                    if at.ms_since(session.last) <= SILENCE_MS {
                        session.last = session.last.max(at);
                    }
                    session.told.push(effect);
                }
            }
            Line::End { channel, woken } => self.end(&channel, Some(woken)),
        }
    }

    fn problem(&mut self, words: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(words);
        }
    }

    fn is_wanted(&mut self, channel: &ChannelLogin) -> bool {
        let wanted = self.options.channel.as_ref().is_none_or(|picked| picked == channel);
        let name = channel.as_str();
        if !wanted && self.others.len() < 5 && !self.others.iter().any(|other| other == name) {
            self.others.push(name.to_owned());
        }
        wanted
    }

    fn start(
        &mut self,
        channel: ChannelLogin,
        settings: cliphound_engine::Settings,
        seed: u64,
        packed: Option<String>,
    ) {
        if self.running.len() >= MAX_CHANNELS {
            self.problem(format!(
                "{channel} is left out: more than {MAX_CHANNELS} channels at a time are not replayed"
            ));
            return;
        }
        let recorded = match packed.as_deref().map(recording::unpack) {
            Some(None) if self.options.model.is_none() => {
                self.problem(format!(
                    "{channel} was recorded with a model of another version, which can't be read: it is left out"
                ));
                return;
            }
            recorded => recorded.flatten(),
        };
        let engine = match self.options.model.clone().or(recorded) {
            Some(model) => Engine::with_model(settings, model),
            None => Engine::new(settings, seed),
        };
        let mut runner = Runner::new(engine, self.options.top, self.timeline.take());
        if let Some(zero) = self.zero {
            runner.set_zero(zero);
        }
        let (number, told, last) = (self.begun, Vec::new(), EventTime(i64::MIN));
        self.begun += 1;
        self.running.insert(channel, Session { number, runner, told, last });
    }

    fn input(&mut self, channel: &ChannelLogin, at: EventTime, input: Input) {
        if self.zero.is_none() && input.is_line() {
            self.zero = Some(at);
            for session in self.running.values_mut() {
                session.runner.set_zero(at);
            }
        }
        let Some(session) = self.running.get_mut(channel) else { return };
        let is_first = session.last == EventTime(i64::MIN);
        if !is_first && at.ms_since(session.last) > SILENCE_MS {
            self.leaps += 1;
            return;
        }
        let input = match input {
            Input::Settings(settings) => Input::Settings(self.options.over(settings)),
            Input::Viewers(_) if self.options.viewers.is_some() => {
                Input::Viewers(self.options.viewers)
            }
            input => input,
        };
        if let (true, Some(viewers)) = (is_first, self.options.viewers) {
            session.runner.feed(at, &Input::Viewers(Some(viewers)));
        }
        session.last = session.last.max(at);
        session.runner.feed(at, &input);
    }

    /// Ends a session that runs: as it ended live, or (`None`) where its record breaks off.
    fn end(&mut self, channel: &ChannelLogin, woken: Option<EventTime>) {
        let Some(mut session) = self.running.remove(channel) else { return };
        // An end far after the last input is no end: nobody ran that long in silence.
        let latest = session.last + SILENCE_MS;
        session.runner.wake_until(woken.unwrap_or(session.last).min(latest));
        let outcome = session.runner.finish();
        if let Err(error) = outcome.timeline {
            self.problem(format!("the timeline can't be written: {error}"));
        }
        if self.options.changes_nothing() {
            let whole = woken.is_some();
            if let Some(difference) = difference(&session.told, &outcome.effects, whole) {
                self.problem(format!(
                    "the replay of {channel} differs from the recorded run: {difference}"
                ));
            }
        }
        let result = StreamResult {
            channel: channel.to_string(),
            moments: outcome.moments,
            messages: outcome.messages,
            last_message: outcome.last_message.unwrap_or_default(),
        };
        self.done.insert(session.number, result);
    }

    fn finish(mut self) -> Recorded {
        let left: Vec<_> = self.running.keys().cloned().collect();
        for channel in left {
            self.end(&channel, None);
        }
        Recorded {
            streams: self.done.into_values().collect(),
            zero: self.zero.unwrap_or_default(),
            problems: self.problems,
            others: self.others,
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Message, Settings};

    use super::*;
    use crate::replay::{
        recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
        runner::tests::moment,
    };

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    /// Two channels; the second is told to have had a moment that no engine finds.
    fn recording() -> Vec<u8> {
        let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
        let settings = Settings::default();
        let start = Start { broadcaster_id: None, seed: 1, settings: &settings, model: None };
        for (name, at) in [("ann", 1_000_000), ("bob", 1_002_000)] {
            let channel = login(name);
            writer.start(&channel, start).unwrap();
            writer.input(&channel, EventTime(at - 500), &Input::Viewers(Some(5))).unwrap();
            writer.input(&channel, EventTime(at), &Input::Message(Message::default())).unwrap();
        }
        let false_moment = Effect::Moment(moment(EventTime(1_003_000), 0.5));
        writer.effect(&login("bob"), EventTime(1_003_000), &false_moment).unwrap();
        writer.end(&login("bob"), EventTime(1_004_000)).unwrap();
        writer.end(&login("ann"), EventTime(1_004_000)).unwrap();
        writer.finish().unwrap()
    }

    fn run(options: &Options) -> Recorded {
        let bytes = recording();
        let mut tally = Tally::default();
        let recorded = replay(&mut Lines::new(bytes.as_slice()), options, None, &mut tally);
        assert_eq!(tally, Tally::default());
        recorded
    }

    #[test]
    fn channels_in_the_order_of_their_beginning() {
        let recorded = run(&Options::default());
        let names: Vec<_> =
            recorded.streams.iter().map(|s| (s.channel.as_str(), s.messages)).collect();
        assert_eq!(names, [("ann", 1), ("bob", 1)]);
        assert_eq!(recorded.zero, EventTime(1_000_000));
    }

    #[test]
    fn a_replay_that_differs_says_so() {
        let recorded = run(&Options::default());
        assert_eq!(
            recorded.problems,
            ["the replay of bob differs from the recorded run: the moment at 1003000 ms with \
              score 0.5 (number 1) is not found again"]
        );
        let picked = Options { channel: Some(login("ann")), ..Options::default() };
        assert_eq!(run(&picked).problems, [] as [String; 0]);
        let changed = Options { budget: Some(4.0), ..Options::default() };
        assert_eq!(run(&changed).problems, [] as [String; 0]);
    }

    #[test]
    fn a_wild_time_does_not_hang() {
        let start = r#"{"channel":"ann","seed":1,"settings":{},"model":null}"#;
        let input = |at: i64| format!(r#"{{"channel":"ann","at":{at},"input":"chat_cleared"}}"#);
        let end = r#"{"channel":"ann","end":9000000000000000000}"#;
        let text = [start, &input(1000), &input(900_000_000_000_000), end].join("\n");
        let mut tally = Tally::default();
        let recorded =
            replay(&mut Lines::new(text.as_bytes()), &Options::default(), None, &mut tally);
        assert_eq!((recorded.streams.len(), tally.misdated), (1, 1));
    }

    #[test]
    fn too_many_channels_are_left_out_and_told() {
        let start = |n: usize| format!(r#"{{"channel":"c{n}","seed":1,"settings":{{}}}}"#);
        let text: Vec<_> = (0..MAX_CHANNELS + 30).map(start).collect();
        let recorded = replay(
            &mut Lines::new(text.join("\n").as_bytes()),
            &Options::default(),
            None,
            &mut Tally::default(),
        );
        assert_eq!(recorded.streams.len(), MAX_CHANNELS);
        assert_eq!(recorded.problems.len(), MAX_PROBLEMS);
        assert!(recorded.problems[0].starts_with("c256 is left out"), "{:?}", recorded.problems);
    }
}
