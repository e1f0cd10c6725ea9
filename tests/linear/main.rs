//! Whatever viewers type and bring about, work grows with its length and nothing else.
//!
//! Counted are steps, not time (`crates/work`): characters and bytes that are read, items that are
//! looked at. So it holds on every machine alike. Each input is doubled again and again: what it
//! takes may double as well, and stays within so many steps a byte or a line.

#![cfg(debug_assertions)] // A release build counts nothing.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod lines;
mod typed;
mod window;

/// Doubled input may take so much more: twice, and what does not show in shorter ones. Work that
/// grows with the square takes four times as much.
const MOST_GROWTH: f64 = 2.3;
/// So many steps don't count when something is doubled: what a line takes, however short, with the
/// first 64 characters of other scripts compared with each other (2,016).
const ALWAYS: u64 = 3_000;

/// Holds what `work` takes for inputs of these sizes, each double the one before: it tells the steps
/// and how long its input was.
fn check(
    name: &str,
    sizes: impl Iterator<Item = usize>,
    most_each: u64,
    work: impl Fn(usize) -> (u64, usize),
) {
    let mut before = None;
    for size in sizes {
        let (steps, length) = work(size);
        println!("{name}: {length} take {steps} steps");
        assert!(steps > 0, "{name}: nothing is counted");
        assert!(
            steps <= ALWAYS + most_each * length as u64,
            "{name}: {length} take {steps} steps, more than {most_each} each"
        );
        if let Some((short, few)) = before {
            let most = MOST_GROWTH * few as f64 + ALWAYS as f64;
            assert!(
                steps as f64 <= most,
                "{name}: {short} take {few} steps and {length} take {steps}: that is more than linear"
            );
        }
        before = Some((length, steps));
    }
}

/// So many sizes, each double the one before.
fn doubled(first: usize, count: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(first), |size| Some(size * 2)).take(count)
}

/// The steps that something takes.
fn steps(what: impl FnOnce()) -> u64 {
    let before = cliphound_work::done();
    what();
    cliphound_work::done() - before
}
