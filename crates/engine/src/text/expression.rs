//! How loudly a line is said, in any language: capitals, stretched letters, marks.

/// Whether a line is loud: written in capitals, with stretched letters, or with
/// two and more exclamation or question marks.
#[must_use]
pub fn is_loud(text: &str) -> bool {
    let mut letters = 0_u32;
    let mut capitals = 0_u32;
    let mut marks = 0_u32;
    let mut run = 0_u32;
    let mut longest_run = 0_u32;
    let mut previous = ' ';
    for c in text.chars() {
        letters += u32::from(c.is_alphabetic());
        capitals += u32::from(c.is_uppercase());
        marks += u32::from(matches!(c, '!' | '?' | '！' | '？'));
        run = if c == previous && c.is_alphanumeric() { run + 1 } else { 1 };
        longest_run = longest_run.max(run);
        previous = c;
    }
    // Four letters, so that "OK" and "GG" are not loud; 70 % leaves room for a name.
    let shouted = letters >= 4 && capitals * 10 >= letters * 7;
    shouted || marks >= 2 || longest_run >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_lines() {
        for text in
            ["LETS GOOO", "no wayyyy", "what??", "WHAT", "おおおお", "！！", "77777", "NOOOO"]
        {
            assert!(is_loud(text), "{text}");
        }
    }

    #[test]
    fn ordinary_lines() {
        for text in ["hello there", "GG", "why?", "OK", "", "Nice play!", "he is good at this"] {
            assert!(!is_loud(text), "{text}");
        }
    }
}
