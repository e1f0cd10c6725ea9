//! The rules: how unusual a window is by what every channel has in common.

/// People that a moment needs in the smallest channel: one or two are a conversation.
const LEAST_PEOPLE: f32 = 3.0;
/// Viewers at which one more person is needed; then one more with each doubling.
const VIEWERS_A_STEP: f32 = 200.0;
/// Viewers counted at most: beyond, chat does not grow with the audience.
const MOST_VIEWERS: f32 = 200_000.0;
/// Chatters of a usual window, times this, stand in for unknown viewers: about one
/// viewer in a hundred writes within 15 s.
const VIEWERS_A_CHATTER: f32 = 100.0;

/// How unusual the window is, in nats: the log ratio of the people who react, damped
/// while fewer people are there than the channel's size asks for.
#[must_use]
pub fn unusual(nats: f32, people: u32, least: f32) -> f32 {
    let enough = (people as f32 / least).min(1.0);
    nats * enough * enough
}

/// People that a moment needs, by viewers (or, unknown, by the usual chatters of a window):
/// 3 at 0, 4 at 200, 6 at 1,400, 9 at 12,600.
#[must_use]
pub fn least_people(viewers: Option<u32>, usual_chatters: f32) -> f32 {
    let viewers = viewers.map_or(usual_chatters * VIEWERS_A_CHATTER, |v| v as f32);
    LEAST_PEOPLE + libm::log2f(1.0 + viewers.clamp(0.0, MOST_VIEWERS) / VIEWERS_A_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_viewers_ask_for_more_people() {
        let needed = |viewers| least_people(Some(viewers), 0.0);
        assert_eq!(needed(0), 3.0);
        assert_eq!(needed(200), 4.0);
        assert!((needed(12_600) - 9.0).abs() < 0.01);
        assert!(needed(u32::MAX) < 14.0);
    }

    #[test]
    fn one_person_alone_is_damped() {
        assert!(unusual(2.0, 1, 3.0) < 0.25);
        assert_eq!(unusual(2.0, 3, 3.0), 2.0);
    }
}
