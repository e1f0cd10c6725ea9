//! Accounts that are no audience: bots that many channels use.

/// Whether `login` (lower case) is a widely used chat bot.
#[must_use]
pub fn is_known_bot(login: &str) -> bool {
    // Compared by length first: most logins are done after that, without a hash.
    matches!(
        login,
        "botisimo"
            | "botrixoficial"
            | "buttsbot"
            | "cloudbot"
            | "coebot"
            | "commanderroot"
            | "creatisbot"
            | "deepbot"
            | "dixperbro"
            | "fossabot"
            | "frostytoolsdotcom"
            | "kofistreambot"
            | "lolrankbot"
            | "moobot"
            | "nightbot"
            | "ohbot"
            | "own3d"
            | "phantombot"
            | "playwithviewersbot"
            | "pokemoncommunitygame"
            | "pretzelrocks"
            | "restreambot"
            | "sery_bot"
            | "songlistbot"
            | "soundalerts"
            | "ssakdook"
            | "stay_hydrated_bot"
            | "streamelements"
            | "streamlabs"
            | "streamstickers"
            | "supibot"
            | "tangiabot"
            | "vivbot"
            | "wizebot"
            | "wzbot"
            | "xanbot"
    )
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
