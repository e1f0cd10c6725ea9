//! Which emotes most people were on in the last half hour. Pure.

use cliphound_engine::Popular;

use super::history::SPAN_MS;

/// Emotes known at a time; the least used go first.
pub const KEPT: usize = 48;

/// Emotes with the people who were on them, window by window; what is older than half an hour
/// weighs ever less.
#[derive(Debug, Clone, Default)]
pub struct Emotes {
    counts: Vec<(String, f32)>,
    at_ms: i64,
}

impl Emotes {
    /// The emotes of one more window of 15 s.
    pub fn count(&mut self, now_ms: i64, seen: &[Popular]) {
        self.fade(now_ms);
        for popular in seen {
            let people = popular.people as f32;
            match self.counts.iter_mut().find(|(name, _)| *name == popular.name) {
                Some((_, count)) => *count += people,
                None => self.counts.push((popular.name.clone(), people)),
            }
        }
        self.counts.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.counts.truncate(KEPT);
    }

    /// The emotes that most people were on, with how many (once a window of 15 s each).
    pub fn top(&self, most: usize) -> impl Iterator<Item = (&str, u32)> {
        self.counts.iter().take(most).map(|(name, count)| (name.as_str(), count.round() as u32))
    }

    /// The mean age of what counts is half an hour.
    fn fade(&mut self, now_ms: i64) {
        let passed_ms = (now_ms - std::mem::replace(&mut self.at_ms, now_ms)).max(0);
        let share = (-(passed_ms as f32) / SPAN_MS as f32).exp();
        self.counts.iter_mut().for_each(|(_, count)| *count *= share);
        self.counts.retain(|(_, count)| *count >= 0.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(names: &[(&str, u32)]) -> Vec<Popular> {
        let of =
            |(name, people): &(&str, u32)| Popular { name: (*name).to_owned(), people: *people };
        names.iter().map(of).collect()
    }

    #[test]
    fn many_people_count_and_old_ones_fade() {
        let mut emotes = Emotes::default();
        emotes.count(0, &seen(&[("KEKW", 5), ("LUL", 9)]));
        emotes.count(15_000, &seen(&[("KEKW", 6)]));
        assert_eq!(emotes.top(9).collect::<Vec<_>>(), [("KEKW", 11), ("LUL", 9)]);
        emotes.count(SPAN_MS, &seen(&[("Pog", 5)]));
        assert_eq!(emotes.top(2).map(|(name, _)| name).collect::<Vec<_>>(), ["Pog", "KEKW"]);
        emotes.count(9 * SPAN_MS, &[]);
        assert_eq!(emotes.top(9).count(), 0);
        let many: Vec<String> = (0..4 * KEPT).map(|n| format!("e{n}")).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), 3)).collect();
        emotes.count(9 * SPAN_MS, &seen(&many));
        assert_eq!(emotes.top(usize::MAX).count(), KEPT);
    }
}
