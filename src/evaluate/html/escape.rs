//! Text that can do nothing to a page. Pure.

use crate::plain::is_plain;

/// `text` as it may stand in an element or a quoted attribute; what is no text becomes spaces.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if !is_plain(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out() {
        assert_eq!(escape("<b a='\"'>&\u{7}\n"), "&lt;b a=&#39;&quot;&#39;&gt;&amp; \n");
    }
}
