//! A storm: faults combined at random from a seed, which ends with fair weather. Pure.
//!
//! The same seed, length and channels give the same plan. A storm is rough, but no outage: the
//! kinds of faults have weights, each lasts for a while only, and there is time between them.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use crate::emotes::EmoteTrouble;
use crate::net::Service;
use crate::odd;
use crate::world::FaultCall;

/// Seconds from one fault to the next.
const GAP_MS: RangeInclusive<i64> = 2_000..=24_000;
/// The least and the most lines a second of a storm's floods; small ones are as frequent as large ones.
const FLOOD: (f64, f64) = (200.0, 5_000.0);
/// Longest storm, in seconds: a day.
const MAX_SECONDS: u32 = 86_400;

/// A storm, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// What it is made of.
    pub seed: u64,
    /// Its length in seconds of the simulator's time, the calm at its end included.
    pub seconds: u32,
    /// Fair weather at its end, in seconds, at most `seconds`.
    pub calm_seconds: u32,
    /// Somebody sits there who mends what only a person can: it brings that, too.
    pub has_person: bool,
}

/// One fault of a storm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gust {
    /// When it comes, ms from the storm's begin on the simulator's clock.
    pub at_ms: i64,
    /// What comes.
    #[serde(flatten)]
    pub call: FaultCall,
}

impl fmt::Display for Gust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.1} s  {}", self.at_ms as f64 / 1000.0, self.call)
    }
}

impl Storm {
    /// A storm of ten minutes, the last of which is calm.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, seconds: 600, calm_seconds: 60, has_person: false }
    }

    /// The same with another length; a tenth of it, at most a minute, is calm.
    #[must_use]
    pub fn lasting(self, seconds: u32) -> Self {
        let seconds = seconds.min(MAX_SECONDS);
        Self { seconds, calm_seconds: (seconds / 10).min(60), ..self }
    }

    /// The same with so many calm seconds at its end.
    #[must_use]
    pub fn calm(self, calm_seconds: u32) -> Self {
        Self { calm_seconds: calm_seconds.min(self.seconds), ..self }
    }

    /// The same for somebody who logs in again after each `token_revoked`: Twitch never gives back
    /// what was revoked, not even in fair weather.
    #[must_use]
    pub fn with_person(self) -> Self {
        Self { has_person: true, ..self }
    }

    /// What happens when, in order; the last is the fair weather. `channels` are those whose
    /// faults may come, at best in the order of their sizes or names.
    #[must_use]
    pub fn plan(&self, channels: &[String]) -> Vec<Gust> {
        let mut rng = Pcg64Mcg::seed_from_u64(self.seed ^ 0x0073_746f_726d);
        let kinds = self.kinds(channels);
        let end_ms = i64::from(self.seconds.saturating_sub(self.calm_seconds)) * 1000;
        let mut plan = Vec::new();
        let mut at_ms = rng.random_range(GAP_MS) / 2;
        while at_ms < end_ms {
            plan.push(Gust { at_ms, call: gust(&mut rng, &kinds, channels) });
            at_ms += rng.random_range(GAP_MS);
        }
        plan.push(Gust { at_ms: end_ms, call: FaultCall::new("fair_weather") });
        plan
    }

    /// What may come here.
    fn kinds(&self, channels: &[String]) -> Vec<&'static Kind> {
        let of_persons = if self.has_person { OF_PERSONS } else { &[] };
        let can_come =
            |kind: &&Kind| !(channels.is_empty() && matches!(kind.whom, Whom::OneChannel));
        KINDS.iter().chain(of_persons).filter(can_come).collect()
    }
}

impl FromStr for Storm {
    type Err = String;

    /// `SEED`, `SEED:SECONDS` or `SEED:SECONDS:CALM_SECONDS`.
    fn from_str(text: &str) -> Result<Self, String> {
        let words = || format!("'{text}' is not a storm: give SEED[:SECONDS[:CALM_SECONDS]]");
        let mut parts = text.split(':');
        let seed = parts.next().and_then(|seed| seed.parse().ok()).ok_or_else(words)?;
        let mut storm = Self::new(seed);
        if let Some(seconds) = parts.next() {
            let seconds = seconds.parse().ok().filter(|s| (1..=MAX_SECONDS).contains(s));
            storm = storm.lasting(seconds.ok_or_else(words)?);
        }
        if let Some(calm) = parts.next() {
            storm = storm.calm(calm.parse().map_err(|_| words())?);
        }
        if parts.next().is_some() { Err(words()) } else { Ok(storm) }
    }
}

/// How a fault may come.
struct Kind {
    /// How often it comes, against the others.
    weight: u32,
    /// Empty where `whom` says which.
    fault: &'static str,
    whom: Whom,
    /// None: the fault has no count.
    counts: Option<RangeInclusive<u32>>,
    /// None: it has no length.
    seconds: Option<RangeInclusive<i64>>,
}

/// Whom a fault is for.
enum Whom {
    All,
    /// One channel; every second time any.
    Channel,
    /// One channel, always.
    OneChannel,
    /// One service.
    Service,
    /// One call over HTTP; half the time one that makes a clip.
    Call,
    /// Emote services: any of the faults that they have.
    Emotes,
}

const fn all(weight: u32, fault: &'static str) -> Kind {
    Kind { weight, fault, whom: Whom::All, counts: None, seconds: None }
}

const fn channel(weight: u32, fault: &'static str) -> Kind {
    Kind { weight, fault, whom: Whom::Channel, counts: None, seconds: None }
}

const fn service(weight: u32, fault: &'static str) -> Kind {
    Kind { weight, fault, whom: Whom::Service, counts: None, seconds: None }
}

const fn call(weight: u32, fault: &'static str) -> Kind {
    Kind { weight, fault, whom: Whom::Call, counts: None, seconds: None }
}

impl Kind {
    const fn counts(self, least: u32, most: u32) -> Self {
        Self { counts: Some(least..=most), ..self }
    }

    const fn seconds(self, least: i64, most: i64) -> Self {
        Self { seconds: Some(least..=most), ..self }
    }
}

/// What storms are made of. What refuses a clip for good is rare.
const KINDS: &[Kind] = &[
    // Clips.
    channel(4, "clip_lost_answer").counts(1, 2),
    channel(4, "clip_503").counts(1, 3),
    channel(3, "clip_500").counts(1, 2),
    channel(3, "clip_404").counts(1, 2),
    channel(3, "clip_429").counts(1, 2),
    channel(3, "clip_late").counts(1, 2),
    channel(2, "clip_never").counts(1, 1),
    channel(1, "clip_403").counts(1, 1),
    channel(1, "clip_title").counts(1, 1),
    channel(1, "clip_banned").counts(1, 1),
    channel(1, "clip_followers").counts(1, 1),
    channel(1, "clip_category").counts(1, 1),
    channel(3, "vod_lost_answer").counts(1, 2),
    channel(2, "vod_503").counts(1, 2),
    channel(2, "vod_500").counts(1, 2),
    channel(1, "vod_none").counts(1, 3),
    channel(1, "vod_403").counts(1, 1),
    channel(1, "download_none").counts(1, 3),
    channel(1, "download_cut").counts(1, 3),
    // Chat.
    channel(5, "irc_reconnect"),
    channel(2, "irc_reconnect_storm").counts(1, 4),
    channel(5, "irc_drop"),
    channel(2, "irc_silence"),
    all(2, "irc_no_ping").seconds(5, 40),
    channel(3, "irc_duplicate").counts(1, 60),
    channel(3, "irc_reorder").counts(1, 60),
    channel(3, "irc_truncate").counts(1, 20),
    channel(1, "irc_enormous").counts(1, 2),
    channel(3, "irc_invalid").counts(1, 20),
    channel(2, "irc_notice").counts(1, 5),
    channel(2, "irc_banned").counts(1, 2),
    channel(2, "irc_suspended").counts(1, 2),
    channel(2, "chat_dropped").counts(1, 3),
    // EventSub.
    channel(3, "eventsub_reconnect"),
    channel(2, "eventsub_reconnect_storm").counts(1, 3),
    channel(3, "eventsub_drop"),
    channel(2, "eventsub_silence"),
    all(2, "eventsub_no_keepalive").seconds(5, 40),
    all(1, "eventsub_no_welcome").counts(1, 2),
    channel(3, "eventsub_duplicate").counts(1, 50),
    channel(2, "eventsub_reorder").counts(1, 30),
    channel(2, "eventsub_truncate").counts(1, 10),
    channel(1, "eventsub_enormous").counts(1, 2),
    channel(2, "eventsub_unknown").counts(1, 10),
    channel(2, "eventsub_keys").counts(1, 10),
    channel(1, "eventsub_revoke"),
    channel(1, "eventsub_user_removed"),
    channel(1, "eventsub_403").counts(1, 2),
    // Helix and OAuth.
    all(3, "token_expired"),
    all(3, "oauth_503").counts(1, 3),
    all(4, "helix_429").counts(1, 5),
    all(4, "helix_500").counts(1, 5),
    all(2, "helix_500").seconds(2, 15),
    all(2, "helix_low").seconds(5, 60),
    call(2, "http_401").counts(1, 2),
    call(1, "http_403").counts(1, 1),
    call(2, "http_404").counts(1, 2),
    call(3, "http_429").counts(1, 3),
    call(2, "http_429_bare").counts(1, 2),
    call(3, "http_500").counts(1, 4),
    call(3, "http_502").counts(1, 4),
    call(3, "http_503").counts(1, 4),
    call(3, "http_html").counts(1, 2),
    call(3, "http_empty").counts(1, 2),
    call(3, "http_truncated").counts(1, 2),
    call(3, "http_lost").counts(1, 2),
    call(3, "http_502_late").counts(1, 2),
    call(2, "http_hang").counts(1, 1),
    call(2, "http_hang_late").counts(1, 1),
    // The network.
    service(4, "net_refuse").counts(1, 4),
    service(2, "net_refuse").seconds(2, 15),
    service(5, "net_reset"),
    service(5, "net_cut").counts(1, 2),
    service(2, "net_half_open"),
    service(4, "net_stall").seconds(1, 12),
    service(3, "net_slow").seconds(2, 15),
    service(2, "net_tls").counts(1, 3),
    service(1, "net_tls").seconds(1, 12),
    service(1, "net_dns").seconds(1, 12),
    // All else.
    all(1, "clock_jump").seconds(-20, -1),
    all(1, "clock_jump").seconds(1, 20),
    Kind { whom: Whom::OneChannel, ..channel(2, "flood").seconds(1, 4) },
    Kind { whom: Whom::Emotes, ..all(4, "").counts(1, 3) },
];

/// What comes beside it where somebody sits who logs in again.
const OF_PERSONS: &[Kind] = &[
    all(3, "token_revoked"),
    all(1, "login_denied").counts(1, 2),
    all(1, "device_expired").counts(1, 2),
    all(1, "device_slow_down").counts(1, 3),
];

fn gust(rng: &mut impl Rng, kinds: &[&Kind], channels: &[String]) -> FaultCall {
    let kind = kind(rng, kinds);
    let mut call = FaultCall::new(kind.fault);
    match kind.whom {
        Whom::All => {}
        Whom::Channel if channels.is_empty() || rng.random_bool(0.5) => {}
        Whom::Channel | Whom::OneChannel => call.channel = Some(one_of(rng, channels)),
        Whom::Service => call.service = Some(one_of(rng, &Service::ALL.map(Service::name))),
        Whom::Call => {
            let places: Vec<&str> = odd::places().collect();
            let clips = ["create_clip", "create_clip_from_vod", "get_clips"];
            let place = match rng.random_bool(0.5) {
                true => one_of(rng, &clips),
                false => one_of(rng, &places),
            };
            call.service = Some(place);
        }
        Whom::Emotes => {
            let names: Vec<&str> = EmoteTrouble::all().map(|(name, _)| name).collect();
            call.fault = one_of(rng, &names);
        }
    }
    call.count = kind.counts.clone().map(|counts| rng.random_range(counts));
    call.seconds = kind.seconds.clone().map(|seconds| rng.random_range(seconds));
    if kind.fault == "flood" {
        let (least, most) = FLOOD;
        let share: f64 = rng.random();
        call.per_second = Some((least * (most / least).powf(share)) as u32);
    }
    call
}

/// A kind, by the weights.
fn kind<'a>(rng: &mut impl Rng, kinds: &[&'a Kind]) -> &'a Kind {
    let total: u32 = kinds.iter().map(|kind| kind.weight).sum();
    let mut left = rng.random_range(0..total);
    for kind in kinds {
        match left.checked_sub(kind.weight) {
            Some(rest) => left = rest,
            None => return kind,
        }
    }
    kinds[0]
}

fn one_of<T: AsRef<str>>(rng: &mut impl Rng, all: &[T]) -> String {
    all[rng.random_range(0..all.len())].as_ref().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Order, known_faults};

    fn channels() -> Vec<String> {
        ["a", "b"].map(str::to_owned).into()
    }

    #[test]
    fn the_same_seed_gives_the_same_storm_of_all_faults_there_are() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..1_000 {
            let storm = Storm::new(seed).with_person();
            let plan = storm.plan(&channels());
            assert_eq!(plan, storm.plan(&channels()));
            assert_ne!(plan, Storm::new(seed + 1).with_person().plan(&channels()));
            assert!(plan.is_sorted_by_key(|gust| gust.at_ms) && plan.len() > 20, "{seed}");
            let last = plan.last().unwrap();
            assert_eq!((last.at_ms, last.call.fault.as_str()), (540_000, "fair_weather"));
            assert!(storm.plan(&[]).iter().all(|gust| gust.call.channel.is_none()));
            for gust in &plan {
                assert!(Order::check(&gust.call).is_ok(), "{gust}");
                seen.insert(gust.call.fault.clone());
            }
        }
        let never: Vec<&str> =
            known_faults().map(|fault| fault.name).filter(|name| !seen.contains(*name)).collect();
        assert_eq!(never, [""; 0], "faults that no storm draws");
    }

    #[test]
    fn what_only_a_person_mends_comes_where_there_is_one() {
        let revoked = |storm: Storm| {
            let plan = storm.plan(&channels());
            plan.iter().filter(|gust| gust.call.fault == "token_revoked").count()
        };
        let all = |person: fn(Storm) -> Storm| {
            (0..100).map(|seed| revoked(person(Storm::new(seed)))).sum::<usize>()
        };
        assert_eq!(all(|storm| storm), 0);
        assert!(all(Storm::with_person) > 10);
    }

    #[test]
    fn floods_are_small_and_large() {
        let floods = (0..400).flat_map(|seed| Storm::new(seed).plan(&channels()));
        let rates: Vec<u32> = floods.filter_map(|gust| gust.call.per_second).collect();
        let small = rates.iter().filter(|rate| **rate < 1_000).count();
        assert!(rates.iter().all(|rate| (200..=5_000).contains(rate)), "{rates:?}");
        assert!((rates.len() / 3..rates.len() * 2 / 3).contains(&small), "{small}: {rates:?}");
    }

    #[test]
    fn a_storm_is_given_in_words() {
        let check = |text: &str, expected: Option<(u64, u32, u32)>| {
            let storm: Option<Storm> = text.parse().ok();
            assert_eq!(storm.map(|s| (s.seed, s.seconds, s.calm_seconds)), expected, "{text}");
        };
        check("7", Some((7, 600, 60)));
        check("7:100", Some((7, 100, 10)));
        check("7:100:30", Some((7, 100, 30)));
        check("7:100:300", Some((7, 100, 100)));
        check("", None);
        check("x", None);
        check("1:0", None);
        check("1:2:3:4", None);
    }
}
