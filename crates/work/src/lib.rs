//! Work, counted instead of timed: the same on every machine, however busy it is.
//!
//! What viewers can make longer (a line, its tags, a window, a list of people) is gone through in
//! few places: where a text is read and where something is looked up. Each of them says how many
//! steps it took, and `tests/linear` holds their sum to the length of what was typed. A release
//! build counts nothing.

#[cfg(debug_assertions)]
use std::cell::Cell;

#[cfg(debug_assertions)]
thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// So many steps are done: one is a character, a byte, or an item that is looked at.
#[inline]
pub fn steps(count: usize) {
    #[cfg(debug_assertions)]
    DONE.set(DONE.get().wrapping_add(count as u64));
    #[cfg(not(debug_assertions))]
    let _ = count;
}

/// The steps of all that this thread has done; always 0 in a release build.
#[must_use]
pub fn done() -> u64 {
    #[cfg(debug_assertions)]
    return DONE.get();
    #[cfg(not(debug_assertions))]
    return 0;
}

/// Each item is a step when it is taken.
pub fn each<I: Iterator>(items: I) -> impl Iterator<Item = I::Item> {
    items.inspect(|_| steps(1))
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_counted() {
        let before = done();
        steps(3);
        assert_eq!(each("abcdef".chars()).position(|c| c == 'd'), Some(3));
        assert_eq!(done() - before, 7);
    }
}
