//! A few of many, in one line of the log.

/// So many are named; of more it is said how many.
const NAMED: usize = 10;

/// `ann, bob`, or ten of them and how many there are besides.
pub fn named(mut all: impl ExactSizeIterator<Item = String>) -> String {
    let mut words = all.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    if all.len() > 0 {
        words.push_str(&format!(" and {} more", all.len()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_counted() {
        let of = |count: usize| named((0..count).map(|number| number.to_string()));
        assert_eq!(of(2), "0, 1");
        assert_eq!(of(10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
        assert!(of(12).ends_with("9 and 2 more"), "{}", of(12));
    }
}
