//! Ids of messages that came before: Twitch may send a message more than once. Pure.

use std::collections::{HashSet, VecDeque};

/// Ids that are kept; the oldest go first. At some hundred messages a second, half a minute;
/// Twitch repeats a message within seconds.
const KEPT: usize = 16_384;

/// The newest ids.
#[derive(Debug, Default)]
pub struct Recent {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Recent {
    /// Keeps an id; false when it is known. Without an id nothing can be said: that is new.
    pub fn is_new(&mut self, id: &str) -> bool {
        if id.is_empty() {
            return true;
        }
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_until_it_is_old() {
        let mut recent = Recent::default();
        assert!(recent.is_new("first") && !recent.is_new("first"));
        assert!(recent.is_new("") && recent.is_new(""));
        for n in 0..KEPT {
            assert!(recent.is_new(&n.to_string()));
        }
        assert!(!recent.is_new("0") && recent.is_new("first"));
        assert_eq!((recent.known.len(), recent.order.len()), (KEPT, KEPT));
    }
}
