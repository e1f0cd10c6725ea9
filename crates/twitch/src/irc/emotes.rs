//! Emote names out of the `emotes` tag: `id:first-last,first-last/id:first-last`.
//!
//! The offsets count Unicode code points of the text (without the `/me` frame), both
//! ends included. What does not fit the text is skipped.

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
    let mut found: Vec<(usize, &str)> =
        tag.split('/').take(MAX_EMOTES).filter_map(|emote| first_use(emote, text)).collect();
    found.sort_by_key(|(start, _)| *start);
    let mut names: Vec<String> = Vec::with_capacity(found.len());
    for (_, name) in found {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Where an emote is first used, in bytes, and its name. Twitch lists the ranges in order.
fn first_use<'a>(emote: &str, text: &'a str) -> Option<(usize, &'a str)> {
    let (_, ranges) = emote.split_once(':')?;
    ranges.split(',').take(MAX_TRIES).find_map(|range| {
        let (first, last) = range.split_once('-')?;
        cut(text, first.parse().ok()?, last.parse().ok()?)
    })
}

/// The code points `first..=last` of `text`, with the byte where they start.
fn cut(text: &str, first: usize, last: usize) -> Option<(usize, &str)> {
    let chars = last.checked_sub(first)?.checked_add(1)?;
    if chars > MAX_NAME_CHARS {
        return None;
    }
    let (start, _) = text.char_indices().nth(first)?;
    let rest = text.get(start..)?;
    let (before_end, end_char) = rest.char_indices().nth(chars - 1)?;
    let name = rest.get(..before_end + end_char.len_utf8())?;
    (!name.contains(char::is_whitespace)).then_some((start, name))
}
