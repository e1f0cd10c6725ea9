//! Settings: cliphound.toml, .env, the environment, and the command line.

use std::{collections::BTreeMap, fs};

use clap::Parser as _;
use cliphound::{
    cli::Cli,
    config::{Config, GlobalArgs},
};
use proptest::{collection::vec, prelude::*};

use crate::{bytes::spoilt_text, hold::hold};

const SECRET: &str = "hushhushhushhushhushhushhush00";

const TOMLS: [&str; 4] = [
    "[twitch]\nchannels = [\"ninja\", \"#Other\"]\nclient_id = \"app\"\nclient_secret = \"hushhushhushhushhushhushhush00\"\naccess_token = \"hushhushhushhushhushhushhush00\"\nnever = []\n\n[clips]\nduration_s = 30\ntitle = \"{channel}: {reason} {score}\"\nbudget_per_hour = 8.5\ncooldown_s = 120\ndry_run = false\npublish = \"review\"\nvod = true\ndownload = false\n",
    "[chat]\nsource = \"auto\"\ncommand_users = [\"ann\"]\nignored_users = []\nanswer = true\n[commands]\nclip = \"vip\"\ncliphound = \"nobody\"\ncooldown_s = 10\nuser_cooldown_s = 60\n[emotes]\nenabled = true\n[storage]\nwindows_days = 30\n[log]\nformat = \"json\"\nfilter = \"info,cliphound=debug\"\n[endpoints]\nirc = \"ircs://irc.chat.twitch.tv:6697\"\nhelix = \"http://127.0.0.1:9/helix\"\noauth = \"https://id.twitch.tv/oauth2\"\neventsub = \"wss://eventsub.wss.twitch.tv/ws\"\n",
    "[[signals]]\nname = \"train\"\nkind = \"hype_train\"\nlevel = 2\nforces = true\n[[signals]]\nname = \"water\"\nkind = \"redemption\"\nreward = \"Hydrate\"\nchannels = [\"ninja\"]\n[[signals]]\nname = \"big\"\nkind = \"cheer\"\nbits = 1000\n",
    "[[alerts]]\nname = \"team\"\nkind = \"discord\"\nurl = \"https://discord.example/hushhushhushhushhushhushhush00\"\nevents = [\"clip\", \"online\"]\nmin_score = 0.5\nquiet = \"23:00-08:00\"\nzone = \"UTC\"\ntemplate = \"{title} {url}\"\n[[alerts]]\nname = \"mail\"\nkind = \"email\"\nserver = \"smtp.example.org:465\"\nusername = \"me\"\npassword = \"hushhushhushhushhushhushhush00\"\nfrom = \"C <c@example.org>\"\nto = [\"me@example.org\"]\n",
];

const DOTENVS: [&str; 2] = [
    "# a comment\nTWITCH_CHANNELS=#ninja, other # both\nTWITCH_CLIENT_ID=app\nTWITCH_CLIENT_SECRET='hushhushhushhushhushhushhush00'\nTWITCH_ACCESS_TOKEN=\"hushhushhushhushhushhushhush00\"\nTWITCH_REFRESH_TOKEN=hushhushhushhushhushhushhush00\n",
    "export CLIPHOUND_CLIPS__DURATION_S=auto\nCLIPHOUND_CLIPS__TITLE='{reason} {time}'\nCLIPHOUND_COMMANDS__CLIP=everyone\nCLIPHOUND_TWITCH__REDIRECT=http://localhost:3000\nCLIPHOUND_SPEED=20\nCLIPHOUND_ENDPOINTS__SEVENTV=https://7tv.io/v3\n",
];

const NAMES: [&str; 12] = [
    "TWITCH_CHANNELS",
    "TWITCH_NEVER",
    "CLIPHOUND_SPEED",
    "CLIPHOUND_CLIPS__DURATION_S",
    "CLIPHOUND_CLIPS__BUDGET_PER_HOUR",
    "CLIPHOUND_CLIPS__TITLE",
    "CLIPHOUND_LOG__FILTER",
    "CLIPHOUND_ENDPOINTS__IRC",
    "CLIPHOUND_ENDPOINTS__HELIX",
    "CLIPHOUND_CHAT__COMMAND_USERS",
    "CLIPHOUND_STORAGE__WINDOWS_DAYS",
    "CLIPHOUND_NO__SUCH",
];

#[test]
fn any_settings() {
    let folder = tempfile::tempdir().unwrap();
    let value = prop_oneof!["[ -~]{0,20}", "-?[0-9.e]{0,12}", ".{0,20}", Just("1e400".to_owned())];
    let variables = vec((prop::sample::select(&NAMES[..]), value), 0..3);
    let case = (spoilt_text(&TOMLS, 5), spoilt_text(&DOTENVS, 5), variables);
    hold("settings", 30, case, move |(toml, dotenv, variables)| {
        fs::write(folder.path().join("cliphound.toml"), &toml).unwrap();
        fs::write(folder.path().join(".env"), &dotenv).unwrap();
        let mut args = GlobalArgs::default();
        args.dir = Some(folder.path().to_owned());
        let environment: BTreeMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        match Config::load(&args, &environment) {
            Ok(config) => {
                drop(config.channels().ok().and_then(|channels| {
                    channels.first().map(|login| config.engine_settings(login))
                }));
                let settings: Vec<_> = config.settings().iter().map(|s| format!("{s:?}")).collect();
                let told = format!("{config:?} {}", settings.concat());
                // Elsewhere, a secret may have become the value of what is none.
                let is_whole = TOMLS.contains(&toml.as_str()) && DOTENVS.contains(&dotenv.as_str());
                prop_assert!(!is_whole || !told.contains(SECRET), "{}", told);
            }
            Err(mistakes) => {
                prop_assert!(!mistakes.mistakes().is_empty());
                let told = mistakes.to_string();
                prop_assert!(!told.contains(SECRET), "{}", told);
            }
        }
        Ok(())
    });
}

#[test]
fn any_command_line() {
    const WORDS: [&str; 24] = [
        "run",
        "demo",
        "sim",
        "replay",
        "evaluate",
        "login",
        "logout",
        "check",
        "review",
        "list",
        "accept",
        "--dir",
        "--config",
        "--log-format",
        "json",
        "-vv",
        "-q",
        "--channel",
        "ninja",
        "--json",
        "--top",
        "3",
        "--",
        "-",
    ];
    let word = prop_oneof![6 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => "[ -~é\\t]{0,12}"];
    hold("command lines", 20, vec(word, 0..8), |words| {
        let line = std::iter::once("cliphound".to_owned()).chain(words);
        if let Err(usage) = Cli::try_parse_from(line) {
            prop_assert!(!usage.to_string().is_empty());
        }
        Ok(())
    });
}
