//! Emote names out of the `emotes` tag: `id:first-last,first-last/id:first-last`.
//!
//! The offsets count Unicode code points of the text (without the `/me` frame), both
//! ends included. What does not fit the text is skipped.

use std::collections::HashSet;

use cliphound_work::{each, steps};

/// More different emotes than this are not named; a message has at most 500 characters.
const MAX_EMOTES: usize = 128;
/// Ranges of one emote that are tried until one fits.
const MAX_TRIES: usize = 8;
/// Twitch's longest emote codes (prefix and name) stay well under this.
const MAX_NAME_CHARS: usize = 100;

/// Names of the emotes, each once, in order of first appearance.
pub(super) fn emote_names(tag: &str, text: &str) -> Vec<String> {
    if tag.is_empty() {
        return Vec::new();
    }
    steps(tag.len());
    let text = Text::of(text);
    let mut found: Vec<(usize, &str)> =
        tag.split('/').take(MAX_EMOTES).filter_map(|emote| text.first_use(emote)).collect();
    found.sort_by_key(|(start, _)| *start);
    let mut known = HashSet::new();
    let names = each(found.into_iter()).map(|(_, name)| name);
    names.filter(|name| known.insert(*name)).map(str::to_owned).collect()
}

/// A text whose code points are found by their numbers.
struct Text<'a> {
    text: &'a str,
    /// Where each begins, in bytes, and where the text ends.
    begins: Vec<usize>,
}

impl<'a> Text<'a> {
    fn of(text: &'a str) -> Self {
        let begins = each(text.char_indices()).map(|(at, _)| at);
        Self { text, begins: begins.chain([text.len()]).collect() }
    }

    /// Where an emote is first used, in bytes, and its name. Twitch lists the ranges in order.
    fn first_use(&self, emote: &str) -> Option<(usize, &'a str)> {
        let (_, ranges) = emote.split_once(':')?;
        ranges.split(',').take(MAX_TRIES).find_map(|range| {
            let (first, last) = range.split_once('-')?;
            self.cut(first.parse().ok()?, last.parse().ok()?)
        })
    }

    /// The code points `first..=last`, with the byte where they start.
    fn cut(&self, first: usize, last: usize) -> Option<(usize, &'a str)> {
        let end = last.checked_add(1)?;
        if end.checked_sub(first)? > MAX_NAME_CHARS {
            return None;
        }
        let (start, end) = (*self.begins.get(first)?, *self.begins.get(end)?);
        let name = self.text.get(start..end).filter(|name| !name.is_empty())?;
        (!each(name.chars()).any(char::is_whitespace)).then_some((start, name))
    }
}
