//! Accounts that are no audience: bots that many channels use.

/// Chat bots that are widely used; lower case.
const BOTS: &[&str] = &[
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

/// Whether `login` (lower case) is a widely used chat bot.
#[inline]
#[must_use]
pub fn is_known_bot(login: &str) -> bool {
    // Most logins are done by their first letter and their length.
    let lengths = login.as_bytes().first().map_or(0, |first| LENGTHS[usize::from(*first)]);
    lengths & length_bit(login) != 0 && BOTS.contains(&login)
}

/// The lengths of the bots' names by their first letter, as bits.
static LENGTHS: [u32; 256] = {
    let mut lengths = [0; 256];
    let mut i = 0;
    while i < BOTS.len() {
        lengths[BOTS[i].as_bytes()[0] as usize] |= length_bit(BOTS[i]);
        i += 1;
    }
    lengths
};

const fn length_bit(login: &str) -> u32 {
    1 << (login.len() % 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_known_by_their_whole_login() {
        assert!(is_known_bot("nightbot") && is_known_bot("xanbot"));
        assert!(!is_known_bot("nightbots") && !is_known_bot("nightbox") && !is_known_bot(""));
        assert!(BOTS.iter().all(|bot| is_known_bot(bot)));
    }
}
