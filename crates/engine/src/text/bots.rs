//! Accounts that are no audience: bots that many channels use.

use std::{collections::HashSet, sync::LazyLock};

use foldhash::fast::FixedState;

/// Logins of widely used chat bots, sorted.
const KNOWN_BOTS: &[&str] = &[
    "botisimo",
    "botrixoficial",
    "buttsbot",
    "cloudbot",
    "coebot",
    "commanderroot",
    "creatisbot",
    "deepbot",
    "dixperbro",
    "fossabot",
    "frostytoolsdotcom",
    "kofistreambot",
    "lolrankbot",
    "moobot",
    "nightbot",
    "ohbot",
    "own3d",
    "phantombot",
    "playwithviewersbot",
    "pokemoncommunitygame",
    "pretzelrocks",
    "restreambot",
    "sery_bot",
    "songlistbot",
    "soundalerts",
    "ssakdook",
    "stay_hydrated_bot",
    "streamelements",
    "streamlabs",
    "streamstickers",
    "supibot",
    "tangiabot",
    "vivbot",
    "wizebot",
    "wzbot",
    "xanbot",
];

/// Whether `login` (lower case) is a known bot.
#[must_use]
pub fn is_known_bot(login: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str, FixedState>> =
        LazyLock::new(|| KNOWN_BOTS.iter().copied().collect());
    KNOWN.contains(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_known_by_their_whole_login() {
        assert!(is_known_bot("nightbot") && is_known_bot("xanbot"));
        assert!(!is_known_bot("nightbots"));
    }
}
