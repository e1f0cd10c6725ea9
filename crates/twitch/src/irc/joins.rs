//! Which channels of a connection were asked for, which are heard, which stay silent. Pure.
//!
//! Time is counted in ticks of [`TICK`], so that a corrected wall clock changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use crate::ChannelLogin;

/// How often [`Joins::tick`] is to be called.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// 20 s: a JOIN that was not confirmed by then is repeated.
const PATIENCE_TICKS: u64 = 4;
/// Each repeat waits twice as long as the one before, up to about 11 minutes.
const MAX_DOUBLINGS: u32 = 5;

/// The channels of one connection.
#[derive(Debug, Default)]
pub(super) struct Joins {
    channels: BTreeMap<ChannelLogin, Standing>,
    /// To be asked for, in this order.
    waiting: VecDeque<ChannelLogin>,
    now: u64,
}

#[derive(Debug, Default)]
struct Standing {
    state: State,
    /// JOINs that were not confirmed, since the last one that was.
    misses: u32,
    /// The silence was told.
    told: bool,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    #[default]
    Waiting,
    Asked {
        at: u64,
    },
    Heard,
}

impl Joins {
    pub(super) fn new(channels: Vec<ChannelLogin>) -> Self {
        Self {
            channels: channels.iter().map(|c| (c.clone(), Standing::default())).collect(),
            waiting: channels.into(),
            now: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    /// The channels are to be these: new ones wait for their JOIN, the others are forgotten.
    /// Returns those whose room we are in, or may be in, with whether they were heard.
    pub(super) fn follow(&mut self, wanted: &BTreeSet<ChannelLogin>) -> Vec<(ChannelLogin, bool)> {
        let gone: Vec<_> =
            self.channels.keys().filter(|channel| !wanted.contains(*channel)).cloned().collect();
        self.waiting.retain(|channel| wanted.contains(channel));
        let mut left = Vec::new();
        for channel in gone {
            if let Some(standing) = self.channels.remove(&channel)
                && standing.state != State::Waiting
            {
                left.push((channel, standing.state == State::Heard));
            }
        }
        for channel in wanted {
            if !self.channels.contains_key(channel) {
                self.channels.insert(channel.clone(), Standing::default());
                self.waiting.push_back(channel.clone());
            }
        }
        left
    }

    /// Whether a JOIN is to be sent.
    pub(super) fn any_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next channel to ask for; it counts as asked now.
    pub(super) fn ask_next(&mut self) -> Option<ChannelLogin> {
        let channel = self.waiting.pop_front()?;
        if let Some(standing) = self.channels.get_mut(&channel) {
            standing.state = State::Asked { at: self.now };
        }
        Some(channel)
    }

    /// The server confirmed a channel. True when that is news.
    pub(super) fn confirm(&mut self, channel: &ChannelLogin) -> bool {
        let Some(standing) = self.channels.get_mut(channel) else { return false };
        if standing.state == State::Heard {
            return false;
        }
        if standing.state == State::Waiting {
            self.waiting.retain(|waiting| waiting != channel);
        }
        *standing = Standing { state: State::Heard, misses: 0, told: false };
        true
    }

    /// Whether a channel is heard.
    pub(super) fn is_heard(&self, channel: &ChannelLogin) -> bool {
        self.channels.get(channel).is_some_and(|standing| standing.state == State::Heard)
    }

    /// The server put us out of a channel: as if it had been asked for just now, it is
    /// asked for again after the usual patience. True when it was heard before.
    pub(super) fn parted(&mut self, channel: &ChannelLogin) -> bool {
        match self.channels.get_mut(channel) {
            Some(standing) if standing.state == State::Heard => {
                standing.state = State::Asked { at: self.now };
                true
            }
            _ => false,
        }
    }

    /// One [`TICK`] has passed. Overdue channels wait for another JOIN; those whose
    /// silence has not been told yet are returned.
    pub(super) fn tick(&mut self) -> Vec<ChannelLogin> {
        self.now += 1;
        let mut silent = Vec::new();
        for (channel, standing) in &mut self.channels {
            let State::Asked { at } = standing.state else { continue };
            if self.now - at < PATIENCE_TICKS << standing.misses.min(MAX_DOUBLINGS) {
                continue;
            }
            standing.state = State::Waiting;
            standing.misses += 1;
            self.waiting.push_back(channel.clone());
            if !std::mem::replace(&mut standing.told, true) {
                silent.push(channel.clone());
            }
        }
        silent
    }

    /// The connection is gone: all channels wait again, in alphabetical order, those that
    /// never answered last. Returns those that were heard.
    pub(super) fn disconnect(&mut self) -> Vec<ChannelLogin> {
        let mut heard = Vec::new();
        for (channel, standing) in &mut self.channels {
            if std::mem::take(&mut standing.state) == State::Heard {
                heard.push(channel.clone());
            }
        }
        let mut order: Vec<_> = self.channels.iter().collect();
        order.sort_by_key(|(_, standing)| standing.told);
        self.waiting = order.into_iter().map(|(channel, _)| channel.clone()).collect();
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).expect("a login")
    }

    fn joins(names: &[&str]) -> Joins {
        Joins::new(names.iter().map(|name| login(name)).collect())
    }

    #[test]
    fn a_silent_channel_is_told_once_and_asked_for_ever_more_rarely() {
        let mut joins = joins(&["gone"]);
        let (mut asked_at, mut told) = (Vec::new(), 0);
        for tick in 0..1000_u64 {
            if joins.ask_next().is_some() {
                asked_at.push(tick * TICK.as_secs());
            }
            told += joins.tick().len();
        }
        assert_eq!(told, 1);
        assert_eq!(asked_at[..7], [0, 20, 60, 140, 300, 620, 1260]);
        assert_eq!(asked_at[8] - asked_at[7], 640);
    }

    #[test]
    fn a_confirmed_channel_is_left_alone_until_it_is_lost() {
        let mut joins = joins(&["b", "a"]);
        assert_eq!(joins.ask_next(), Some(login("b")));
        assert!(joins.confirm(&login("b")));
        assert!(!joins.confirm(&login("b")), "the second confirmation is no news");
        assert!(!joins.confirm(&login("stranger")));
        assert_eq!(joins.ask_next(), Some(login("a")));
        assert_eq!(joins.disconnect(), [login("b")]);
        assert_eq!([joins.ask_next(), joins.ask_next()], [Some(login("a")), Some(login("b"))]);
        assert!(!joins.any_waiting());
    }

    #[test]
    fn the_list_changes_while_it_is_joined() {
        let mut joins = joins(&["a", "b", "c"]);
        joins.ask_next();
        joins.ask_next();
        joins.confirm(&login("a"));
        let wanted = ["b", "d"].map(login).into();
        assert_eq!(joins.follow(&wanted), [(login("a"), true)]);
        assert_eq!(joins.follow(&wanted), []);
        assert_eq!((joins.ask_next(), joins.ask_next()), (Some(login("d")), None));
        assert!(!joins.parted(&login("a")), "the echo of our PART is no news");
        assert_eq!(joins.follow(&[login("d")].into()), [(login("b"), false)]);
        assert_eq!(joins.len(), 1);
    }

    #[test]
    fn a_channel_we_were_put_out_of_is_asked_for_again() {
        let mut joins = joins(&["a"]);
        joins.ask_next();
        joins.confirm(&login("a"));
        assert!(joins.parted(&login("a")));
        assert!(!joins.parted(&login("a")));
        assert!((0..3).all(|_| joins.tick().is_empty()));
        assert_eq!(joins.tick(), [login("a")]);
        assert_eq!(joins.ask_next(), Some(login("a")));
    }
}
