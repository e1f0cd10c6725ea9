//! The channels of one file, an engine each.

use cliphound_engine::{Engine, EventTime, Input, Settings};
use cliphound_twitch::login::ChannelLogin;

use super::{
    event::Fed,
    file::{Options, StreamResult},
    runner::Runner,
    seed::seed_of_chat,
    timeline::Timeline,
};

/// Channels that one file of chat may hold; more are left out (an engine takes up to 2 MB).
pub const MAX_CHANNELS: usize = 256;

/// Runs an engine for each channel of a file.
pub struct Streams<'a> {
    options: &'a Options,
    /// The channel of messages that do not name one.
    default_channel: String,
    /// The only channel wanted, where the format names them.
    picked: Option<ChannelLogin>,
    timeline: Option<Timeline>,
    running: Vec<(String, Runner)>,
    /// Channels that were not the picked one, the first few.
    others: Vec<String>,
    crowded_out: u64,
}

impl<'a> Streams<'a> {
    /// Streams whose messages belong to `default_channel` unless they say otherwise.
    pub fn new(
        options: &'a Options,
        default_channel: String,
        picked: Option<ChannelLogin>,
        timeline: Option<Timeline>,
    ) -> Self {
        let (running, others) = (Vec::new(), Vec::new());
        Self { options, default_channel, picked, timeline, running, others, crowded_out: 0 }
    }

    /// Takes one input, on the file's own clock.
    pub fn feed(&mut self, fed: Fed) {
        let name = fed.channel.as_ref().map_or(self.default_channel.as_str(), ChannelLogin::as_str);
        if self.picked.as_ref().is_some_and(|picked| picked.as_str() != name) {
            if self.others.len() < 5 && !self.others.iter().any(|other| other == name) {
                self.others.push(name.to_owned());
            }
            return;
        }
        let known = self.running.iter().position(|(channel, _)| channel == name);
        let at = match known {
            Some(at) => at,
            None if self.running.len() >= MAX_CHANNELS => {
                self.crowded_out += u64::from(fed.is_message());
                return;
            }
            None => {
                let channel = fed.channel.as_ref().or(self.options.channel.as_ref());
                self.start(name.to_owned(), seed_of_chat(channel, &fed), fed.at)
            }
        };
        if let Some((_, runner)) = self.running.get_mut(at) {
            runner.feed(fed.at, &fed.input);
        }
    }

    fn start(&mut self, channel: String, seed: u64, at: EventTime) -> usize {
        let settings = self.options.over(Settings::default());
        let mut engine = match self.options.model.clone() {
            Some(model) => Engine::with_model(settings, model.unmuted()),
            None => Engine::new(settings, seed),
        };
        engine.start_at(EventTime(0));
        let mut runner = Runner::new(engine, self.options.top, self.timeline.take());
        runner.set_zero(EventTime(0));
        if let Some(viewers) = self.options.viewers {
            runner.feed(at, &Input::Viewers(Some(viewers)));
        }
        self.running.push((channel, runner));
        self.running.len() - 1
    }

    /// Ends all runs. Channels without a message are left out.
    #[must_use]
    pub fn finish(self) -> Finished {
        let mut finished = Finished {
            streams: Vec::new(),
            others: self.others,
            crowded_out: self.crowded_out,
            timeline: Ok(()),
        };
        for (channel, mut runner) in self.running {
            runner.wake_for_tail();
            let mut outcome = runner.finish();
            // Before the start the engine triggers nothing by itself, but it obeys a moderator.
            outcome.moments.retain(|moment| moment.trigger >= EventTime(0));
            finished.timeline = finished.timeline.and(outcome.timeline);
            if let Some(last_message) = outcome.last_message {
                let (moments, messages) = (outcome.moments, outcome.messages);
                finished.streams.push(StreamResult { channel, moments, messages, last_message });
            }
        }
        finished
    }
}

/// What the streams of a file came to.
#[derive(Debug)]
pub struct Finished {
    /// One by channel, in the order in which they appeared.
    pub streams: Vec<StreamResult>,
    /// A few channels that were not the picked one.
    pub others: Vec<String>,
    /// Messages of channels beyond [`MAX_CHANNELS`].
    pub crowded_out: u64,
    /// Whether the timeline could be written.
    pub timeline: std::io::Result<()>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(picked: Option<&str>, messages: &[(i64, Option<&str>)]) -> Finished {
        let options = Options::default();
        let picked = picked.map(|name| ChannelLogin::parse(name).unwrap());
        let mut streams = Streams::new(&options, "stem".to_owned(), picked, None);
        for (at, channel) in messages {
            let channel = channel.map(|name| ChannelLogin::parse(name).unwrap());
            streams.feed(Fed { channel, ..Fed::message(*at, None, "hi".to_owned()) });
        }
        streams.finish()
    }

    #[test]
    fn a_stream_for_each_channel() {
        let finished = run(None, &[(0, Some("b")), (1, Some("a")), (2, Some("b")), (3, None)]);
        let found: Vec<_> =
            finished.streams.iter().map(|s| (s.channel.as_str(), s.messages)).collect();
        assert_eq!(found, [("b", 2), ("a", 1), ("stem", 1)]);
    }

    #[test]
    fn one_is_picked() {
        let finished = run(Some("a"), &[(0, Some("b")), (1, Some("a")), (2, Some("b"))]);
        assert_eq!((finished.streams.len(), finished.streams[0].messages), (1, 1));
        assert_eq!(finished.others, ["b"]);
    }

    #[test]
    fn too_many_channels_are_counted() {
        let names: Vec<String> = (0..MAX_CHANNELS + 3).map(|n| format!("c{n}")).collect();
        let messages: Vec<_> = names.iter().map(|name| (0, Some(name.as_str()))).collect();
        let finished = run(None, &messages);
        assert_eq!((finished.streams.len(), finished.crowded_out), (MAX_CHANNELS, 3));
    }
}
