//! The lines of a window by their numbers, which count on: each is found, and taken out, without
//! a look at the others.

use std::collections::{BTreeSet, VecDeque};

use cliphound_work::{each, steps};

use super::Line;

/// Lines in the order in which they came.
#[derive(Debug, Default)]
pub struct Lines {
    /// `None` where a line was taken out from between others.
    places: VecDeque<Option<Line>>,
    /// Number of the first place; those after it count on.
    first: u64,
    /// Lines that are there.
    count: usize,
    /// Ids of messages with their lines' numbers; an id may come again.
    ids: BTreeSet<(u64, u64)>,
}

impl Lines {
    /// Takes the newest line, and how it was typed; its number.
    #[inline]
    pub fn push(&mut self, line: Line, typed: &str) -> u64 {
        steps(1);
        let number = self.first + self.places.len() as u64;
        if line.id != 0 {
            self.ids.insert((line.id, number));
        }
        self.places.push_back(Some(line));
        if let Some(Some(line)) = self.places.back_mut() {
            line.wording.write(typed);
        }
        self.count += 1;
        number
    }

    /// The line of a number.
    pub fn get(&self, number: u64) -> Option<&Line> {
        steps(1);
        let place = number.checked_sub(self.first)?;
        self.places.get(usize::try_from(place).ok()?)?.as_ref()
    }

    /// Takes a line out.
    pub fn remove(&mut self, number: u64) {
        let Some(id) = self.get(number).map(|line| line.id) else { return };
        if id != 0 {
            self.ids.remove(&(id, number));
        }
        self.count -= 1;
        // Most are the oldest, and only others are looked for.
        if number != self.first {
            self.places[(number - self.first) as usize] = None;
            return;
        }
        self.places.pop_front();
        self.first += 1;
        while let Some(None) = self.places.front() {
            steps(1);
            self.places.pop_front();
            self.first += 1;
        }
    }

    /// Numbers of the lines with this id.
    pub fn with_id(&self, id: u64) -> Vec<u64> {
        each(self.ids.range((id, 0)..=(id, u64::MAX))).map(|(_, number)| *number).collect()
    }

    /// The oldest line with its number.
    pub fn oldest(&self) -> Option<(u64, &Line)> {
        Some((self.first, self.places.front()?.as_ref()?))
    }

    /// All, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        each(self.places.iter()).flatten()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many places they take, with those from which lines were taken out.
    pub fn places(&self) -> usize {
        self.places.len()
    }
}
