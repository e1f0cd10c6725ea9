//! The valence of a whole line from those of its tokens.
//!
//! The shape follows VADER (Hutto and Gilbert, 2014): negation turns round and
//! damps, emphasis strengthens, the sum is squashed to -1 … 1. The rules are our own
//! and know that capitals in chat are excitement rather than anger.

/// A negated word counts so much of its opposite (VADER's constant).
const NEGATED: f32 = -0.74;
/// A negation reaches this many tokens.
const NEGATION_REACH: u8 = 3;
/// Squashing: sum / sqrt(sum² + this); VADER's 15 on a scale of ±4, so 15 / 16 on ±1.
const SQUASH: f32 = 15.0 / 16.0;
/// What a loud line adds to its valence, in that valence's direction (our choice).
const LOUD: f32 = 1.3;

/// Adds up the tokens of one line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Valence {
    sum: f32,
    negated_for: u8,
}

impl Valence {
    /// Takes the next token's valence (0 for a neutral one).
    pub fn add(&mut self, valence: f32) {
        let turned = if self.negated_for > 0 { NEGATED } else { 1.0 };
        self.sum += valence * turned;
        self.negated_for = self.negated_for.saturating_sub(1);
    }

    /// The next tokens are negated.
    pub fn negate(&mut self) {
        self.negated_for = NEGATION_REACH;
    }

    /// The line's valence, -1 to 1.
    #[must_use]
    pub fn finish(self, loud: bool) -> f32 {
        // Most lines are neutral, and a root is long waited for.
        if self.sum == 0.0 {
            return self.sum;
        }
        let sum = if loud { self.sum * LOUD } else { self.sum };
        sum / (sum * sum + SQUASH).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::read;

    fn check(text: &str, sign: f32) {
        let got = read(text, &[]).sentiment;
        if sign == 0.0 {
            assert!(got.abs() < 0.05, "{text}: {got}");
        } else {
            assert!(got * sign > 0.1, "{text}: {got}");
        }
    }

    #[test]
    fn lines_of_chat() {
        check("that was great", 1.0);
        check("not great", -1.0);
        check("this is horrible", -1.0);
        check("LETS GOOO!!!!", 1.0);
        check("Sadge", -1.0);
        check("KEKW KEKW", 1.0);
        check("where is he from", 0.0);
        check("", 0.0);
    }
}
