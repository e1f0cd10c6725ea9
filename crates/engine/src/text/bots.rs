//! Accounts that are no audience: bots that many channels use.

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
    KNOWN_BOTS.binary_search(&login).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_it_can_be_searched() {
        assert!(KNOWN_BOTS.is_sorted());
        assert!(is_known_bot("nightbot") && is_known_bot("xanbot"));
        assert!(!is_known_bot("nightbots"));
    }
}
