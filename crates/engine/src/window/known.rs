//! Who was heard on this channel before, in bounded memory.

/// Slots of one generation: 8 KB. A person has one slot, so two of them may be taken for one.
const SLOTS: usize = 65_536;
/// People in one generation; with so many, one in eight newcomers is taken for known.
const MOST: u32 = 8_192;

/// The people heard last: the newest 8,192 for certain, the 8,192 before them as well. Who has
/// not been heard since counts as a newcomer again.
#[derive(Debug, Clone)]
pub struct Known {
    recent: Vec<u64>,
    before: Vec<u64>,
    people: u32,
}

impl Default for Known {
    fn default() -> Self {
        let empty = vec![0; SLOTS / 64];
        Self { recent: empty.clone(), before: empty, people: 0 }
    }
}

impl Known {
    /// Notes a person's line; true when it is the first one.
    pub fn meet(&mut self, person: u64) -> bool {
        let slot = slot(person);
        let (word, bit) = (slot / 64, 1_u64 << (slot % 64));
        if self.recent[word] & bit != 0 {
            return false;
        }
        if self.people >= MOST {
            std::mem::swap(&mut self.recent, &mut self.before);
            self.recent.fill(0);
            self.people = 0;
        }
        self.recent[word] |= bit;
        self.people += 1;
        self.before[word] & bit == 0
    }
}

/// Where a person is noted, below 65,536. Two people of one slot are told apart nowhere here:
/// who stands in for another in a stored run has to have the slot of that one.
#[must_use]
pub fn slot(person: u64) -> usize {
    // The high bits of FNV-1a and of a running number are poor, and so are the low ones.
    (person.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_the_first() {
        let mut known = Known::default();
        let firsts: Vec<bool> = [7, 8, 7, 8, 9].into_iter().map(|who| known.meet(who)).collect();
        assert_eq!(firsts, [true, true, false, false, true]);
    }

    #[test]
    fn it_is_bounded_and_forgets_the_oldest() {
        let mut known = Known::default();
        known.meet(0);
        for person in 1..=u64::from(3 * MOST) {
            known.meet(person);
        }
        assert!(known.meet(0), "not heard for long");
        assert!(!known.meet(u64::from(3 * MOST) - 10), "heard lately");
        let words = known.recent.len() + known.before.len();
        assert_eq!(words * 8, 16_384, "bytes");
    }
}
