//! Faults that wait for their moment. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Fault, FaultCall, FaultError, Order};

/// Faults that wait, each for a place or for any, how often they will come, and until when.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<(Fault, Option<String>), Rest>);

/// What is left of a fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rest {
    count: u32,
    /// Unix ms on the simulator's clock; `None`: until it has come.
    until_ms: Option<i64>,
}

/// A fault that waits or goes on, as it is told to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingFault {
    /// Its name.
    pub fault: &'static str,
    /// The channel (or service) that it is for; absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How often it will yet come; absent: as often as it can until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// When it ends, Unix ms on the simulator's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl Faults {
    /// From the command line: each `name` or `name:count`.
    pub fn from_names(names: &[String]) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for given in names {
            let (name, count) = given.split_once(':').unwrap_or((given, "1"));
            let unknown = |_| FaultError::Unknown { given: given.clone() };
            let call = FaultCall::new(name).count(count.parse().map_err(unknown)?);
            faults.add(&Order::check(&call)?, 0);
        }
        Ok(faults)
    }

    /// Lets a fault come so many times more. Of two that end, the later end holds; one that
    /// does not end stays.
    pub fn add(&mut self, order: &Order, now_ms: i64) {
        let until_ms = order.seconds.map(|seconds| now_ms + seconds * 1000);
        let key = (order.fault, order.place.clone());
        let rest = self.0.entry(key).or_insert(Rest { count: 0, until_ms });
        rest.count = rest.count.saturating_add(order.count);
        rest.until_ms = rest.until_ms.zip(until_ms).map(|(a, b)| a.max(b));
    }

    /// Whether the fault comes now, for this place or for any; if so, that uses one up.
    pub fn take(&mut self, fault: Fault, place: Option<&str>) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let for_place = (fault, place.map(str::to_owned));
        let key = if self.0.contains_key(&for_place) { for_place } else { (fault, None) };
        let Some(rest) = self.0.get_mut(&key).filter(|rest| rest.count > 0) else { return false };
        if rest.until_ms.is_none() || rest.count < u32::MAX {
            rest.count -= 1;
        }
        if rest.count == 0 {
            self.0.remove(&key);
        }
        true
    }

    /// Whether the fault goes on, for this place or for all. Uses nothing up.
    pub fn goes_on(&self, fault: Fault, place: Option<&str>) -> bool {
        !self.0.is_empty()
            && (self.0.contains_key(&(fault, None))
                || self.0.contains_key(&(fault, place.map(str::to_owned))))
    }

    /// Whether the fault goes on anywhere. Uses nothing up.
    pub fn goes_on_somewhere(&self, fault: Fault) -> bool {
        self.0.keys().any(|(known, _)| *known == fault)
    }

    /// Takes back what has ended by now.
    pub fn expire(&mut self, now_ms: i64) {
        self.0.retain(|_, rest| rest.until_ms.is_none_or(|until_ms| now_ms < until_ms));
    }

    /// Takes all back.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What waits, for people.
    pub fn list(&self) -> Vec<WaitingFault> {
        let told = |((fault, place), rest): (&(Fault, Option<String>), &Rest)| WaitingFault {
            fault: fault.name(),
            place: place.clone(),
            count: (rest.count < u32::MAX).then_some(rest.count),
            until_ms: rest.until_ms,
        };
        self.0.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(faults: &mut Faults, call: FaultCall, now_ms: i64) {
        faults.add(&Order::check(&call).unwrap(), now_ms);
    }

    #[test]
    fn faults_come_as_often_as_asked() {
        let mut faults = Faults::from_names(&["clip_503:2".to_owned()]).unwrap();
        add(&mut faults, FaultCall::new("clip_503").channel("#A"), 0);
        let takes = [Some("b"), Some("a"), Some("a"), Some("a")];
        assert_eq!(
            takes.map(|channel| faults.take(Fault::Clip503, channel)),
            [true, true, true, false]
        );
        assert!(!faults.take(Fault::ClipLate, None));
    }

    #[test]
    fn faults_come_until_their_time_is_over() {
        let mut faults = Faults::default();
        add(&mut faults, FaultCall::new("clip_503").seconds(2), 1_000);
        add(&mut faults, FaultCall::new("clip_late").seconds(9).count(1), 1_000);
        assert!((0..100).all(|_| faults.take(Fault::Clip503, None)));
        assert!(faults.take(Fault::ClipLate, None) && !faults.take(Fault::ClipLate, None));
        faults.expire(2_999);
        assert_eq!(faults.list().len(), 1);
        assert_eq!((faults.list()[0].count, faults.list()[0].until_ms), (None, Some(3_000)));
        faults.expire(3_000);
        assert!(!faults.take(Fault::Clip503, None));
    }

    #[test]
    fn an_unknown_fault_gets_the_list() {
        let error = Faults::from_names(&["what".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("'what' is not a fault; known are: clip_lost_answer, clip_503"));
        assert_eq!(Fault::parse("irc_drop").unwrap().name(), "irc_drop");
        let never = Order::check(&FaultCall::new("clip_503").count(0)).unwrap_err().to_string();
        assert_eq!(never, "clip_503: count must be at least 1");
    }
}
