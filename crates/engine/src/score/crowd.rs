//! Who a window's crowd is, whatever its size: the forest judges this, the rules judge the size.

use super::baseline::DECAY;
use crate::window::Counts;

/// Number of figures about a crowd.
pub const FIGURES: usize = 2;

/// Names of the figures in their order.
pub const NAMES: [&str; FIGURES] = ["lasting_wording", "newcomers"];

/// How far each figure is above the usual one, in units of about one standard deviation;
/// 0 for less than usual, 6 at most.
pub type Point = [f32; FIGURES];

/// Usual people added to a window, so that two of three are no sensation.
const ADDED_PEOPLE: f32 = 5.0;
/// People on a figure, and in the window, that a usual share starts from.
const START: (f32, f32) = (0.3, 1.0);
/// Standard deviation of a share from window to window, about, on labelled streams.
const DEVIATION: f32 = 0.12;
/// Further outside nothing changes.
const MOST: f32 = 6.0;

/// What share of the people usually joins in with a wording that lasts, and what share is heard
/// for the first time. Learned anew in every run: after a restart everybody is a newcomer.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    /// Weighted sums over seconds.
    people: f32,
    figures: Point,
    weight: f32,
}

impl Crowd {
    /// Takes one more second's window.
    pub fn learn(&mut self, counts: &Counts) {
        self.people = self.people * DECAY + counts.chatters as f32;
        for (sum, people) in self.figures.iter_mut().zip(figures(counts)) {
            *sum = *sum * DECAY + people;
        }
        self.weight = self.weight * DECAY + 1.0;
    }

    /// The crowd of a window against the usual one.
    #[must_use]
    pub fn point(&self, counts: &Counts) -> Point {
        let weight = self.weight.max(1.0);
        let people = counts.chatters as f32;
        let now = figures(counts);
        std::array::from_fn(|i| {
            let usual = (self.figures[i] / weight + START.0) / (self.people / weight + START.1);
            let usual = usual.min(1.0);
            let share = (now[i] + ADDED_PEOPLE * usual) / (people + ADDED_PEOPLE);
            ((share - usual) / DEVIATION).clamp(0.0, MOST)
        })
    }
}

/// People who join in with a plain wording that lasts, and newcomers with plain words. Many who
/// come to one wording at once are no figure: that is how an emote nobody told us of looks.
fn figures(counts: &Counts) -> Point {
    [counts.joiners as f32, counts.newcomers as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(chatters: u32, joiners: u32, newcomers: u32) -> Counts {
        Counts { chatters, joiners, newcomers, ..Counts::default() }
    }

    fn after_ordinary_chat() -> Crowd {
        let mut crowd = Crowd::default();
        (0..600).for_each(|_| crowd.learn(&window(6, 0, 0)));
        crowd
    }

    #[test]
    fn its_size_says_nothing_about_a_crowd() {
        let crowd = after_ordinary_chat();
        assert_eq!(crowd.point(&window(60, 0, 0)), [0.0, 0.0]);
        assert_eq!(crowd.point(&window(0, 0, 0)), [0.0, 0.0]);
    }

    #[test]
    fn joiners_and_newcomers_stand_out_each_by_itself() {
        let crowd = after_ordinary_chat();
        let [joiners, newcomers] = crowd.point(&window(30, 28, 0));
        assert!(joiners > 5.0 && newcomers == 0.0, "{joiners} {newcomers}");
        let [joiners, newcomers] = crowd.point(&window(30, 0, 28));
        assert!(joiners == 0.0 && newcomers > 5.0, "{joiners} {newcomers}");
    }

    #[test]
    fn where_everybody_is_always_new_nobody_is() {
        let mut crowd = Crowd::default();
        (0..600).for_each(|_| crowd.learn(&window(6, 0, 6)));
        assert!(crowd.point(&window(30, 0, 30))[1] < 1.0);
    }
}
