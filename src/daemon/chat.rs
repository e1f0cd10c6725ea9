//! Hands what is heard to the channels' tasks, and keeps Twitch's time.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_twitch::chat::{ChatEvent, Heard, Signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    channel::ToChannel, directory::Directory, inboxes::Inboxes, stats::Stats, watched::Watched,
};
use crate::{
    alerts::Alerts,
    crew::beat,
    time::{TwitchTime, offset::Offset},
};

/// How often the clock is looked at when nobody talks, in real time.
const TICK: Duration = Duration::from_secs(1);
/// One in so many lost events is told.
const TELL_EVERY: u64 = 1_000;

/// Hands events on; never waits for a channel.
#[derive(Debug)]
pub struct Chat {
    /// Where the channels take what is theirs.
    pub inboxes: Inboxes,
    /// Ids that chat tells.
    pub directory: Directory,
    /// Twitch's time, set by what is heard.
    pub time: TwitchTime,
    /// When each channel was really watched.
    pub watched: Watched,
    /// Who is told that a stream starts.
    pub alerts: Alerts,
    /// Counters of the daemon.
    pub stats: Arc<Stats>,
}

impl Chat {
    /// Runs until chat ends; the channels end with it.
    pub async fn run(self, mut heard: mpsc::Receiver<Heard>) {
        let (mut offset, real_time) = (Offset::default(), Clock::system());
        loop {
            beat();
            tokio::select! {
                event = heard.recv() => match event {
                    Some(event) => self.hand_on(event, &mut offset),
                    None => return,
                },
                () = real_time.sleep(TICK) => {}
            }
            // So that a step of our clock is noticed before long, also when nobody talks.
            self.time.now_ms();
        }
    }

    /// The same; that chat ends before `stop` sets off the alarm. A connection met a bug then, and
    /// all ended with it.
    pub async fn run_until(
        self,
        heard: mpsc::Receiver<Heard>,
        stop: CancellationToken,
        alarm: CancellationToken,
    ) {
        self.run(heard).await;
        if !stop.is_cancelled() {
            tracing::error!("chat has ended");
            alarm.cancel();
        }
    }

    fn hand_on(&self, heard: Heard, offset: &mut Offset) {
        if let Some(sent_ms) = heard.sent_ms {
            // Reading the time notices that our clock was set: then what was estimated
            // against it is worth nothing.
            if self.time.now_ms().is_none() {
                offset.forget();
            }
            offset.hear(sent_ms, self.time.clock().now_ms());
            if let Some(ms) = offset.ms() {
                self.time.set(ms);
            }
        }
        // What still comes from a channel that was left is nobody's.
        if let Some(id) = heard.room_id.as_ref().filter(|_| self.inboxes.has(&heard.channel)) {
            self.directory.tell(&heard.channel, id);
        }
        self.watched.hear(&heard);
        if matches!(heard.event, ChatEvent::Signal(Signal::Online)) {
            self.alerts.online(&heard.channel, heard.room_id.as_deref());
        }
        let channel = heard.channel.clone();
        if self.inboxes.tell(&channel, ToChannel::Heard(heard)).is_err() {
            Stats::add(&self.stats.channel(&channel).dropped);
            self.watched.overflowed(&channel);
            let before = self.stats.dropped.fetch_add(1, Relaxed);
            if before.is_multiple_of(TELL_EVERY) {
                tracing::warn!(
                    lost = before + 1,
                    "a channel does not keep up with its chat: events are left out"
                );
            }
        }
    }
}

#[cfg(test)]
mod flood;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cliphound_twitch::ChannelLogin;

    use tokio::sync::watch;

    use super::*;
    use crate::daemon::inboxes;

    fn heard(channel: &ChannelLogin, sent_ms: Option<i64>) -> Heard {
        let room_id = sent_ms.map(|_| "7".to_owned());
        Heard { channel: channel.clone(), room_id, sent_ms, event: ChatEvent::Joined }
    }

    fn chat(inboxes: Inboxes, time: &TwitchTime) -> Chat {
        Chat {
            inboxes,
            directory: Directory::default(),
            watched: Watched::new(time.clone()),
            time: time.clone(),
            alerts: Alerts::new(watch::channel(Vec::new()).1).0,
            stats: Arc::default(),
        }
    }

    /// It ends when the queues of the connections do: at a stop, or when one of them panicked.
    #[tokio::test(start_paused = true)]
    async fn an_end_that_nobody_asked_for_sets_off_the_alarm() {
        for is_stopped in [false, true] {
            let (_roster, inboxes) = inboxes::tests::of([]);
            let time = TwitchTime::new(Clock::starting_at(1_000_000, 1.0));
            let (stop, alarm) = (CancellationToken::new(), CancellationToken::new());
            let (events_in, events) = mpsc::channel(1);
            let run = chat(inboxes, &time).run_until(events, stop.clone(), alarm.clone());
            if is_stopped {
                stop.cancel();
            }
            drop(events_in);
            run.await;
            assert_eq!(alarm.is_cancelled(), !is_stopped);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_channel_delays_no_other_and_time_is_kept() {
        let [full, free] = ["full", "free"].map(|name| ChannelLogin::parse(name).unwrap());
        let (full_in, _full_out) = mpsc::channel(1);
        let (free_in, mut free_out) = mpsc::channel(8);
        let (_roster, inboxes) =
            inboxes::tests::of([(full.clone(), full_in), (free.clone(), free_in)]);
        let time = TwitchTime::new(Clock::starting_at(1_000_000, 1.0));
        let chat = chat(inboxes, &time);
        let stats = Arc::clone(&chat.stats);
        let directory = chat.directory.clone();
        let (events_in, events) = mpsc::channel(8);
        for event in [
            heard(&full, None),
            heard(&full, None),
            heard(&full, None),
            heard(&free, Some(500_000)),
        ] {
            events_in.send(event).await.unwrap();
        }
        drop(events_in);
        chat.run(events).await;
        assert!(matches!(free_out.recv().await, Some(ToChannel::Heard(_))));
        assert_eq!(stats.dropped.load(Relaxed), 2);
        assert_eq!(time.now_ms(), Some(500_000));
        assert_eq!(directory.known(), BTreeMap::from([(free, "7".to_owned())]));
    }
}
