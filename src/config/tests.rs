//! Settings from end to end: precedence, every bad value's sentence, what is masked.

use std::{collections::BTreeMap, fs};

use cliphound_twitch::{ChannelLogin, oauth::stored::Role};

use super::{ClipLength, Config, ConfigErrors, GlobalArgs, Origin, raw};

/// A folder with files, an environment and options.
#[derive(Default)]
struct Case<'a> {
    toml: &'a str,
    dotenv: &'a str,
    credential: &'a str,
    environment: &'a [(&'a str, &'a str)],
    args: GlobalArgs,
}

#[test]
fn a_file_that_is_no_utf_8_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("cliphound.toml"), b"[clips]\ntitle = 'caf\xe9'\n").unwrap();
    let args = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
    let told = Config::load(&args, &BTreeMap::new()).unwrap_err().to_string();
    assert!(told.starts_with("this is not text in UTF-8: save the file as UTF-8 ("), "{told}");
    assert!(told.ends_with("cliphound.toml, line 2)"), "{told}");
}

impl Case<'_> {
    fn load(mut self) -> Result<Config, ConfigErrors> {
        let dir = tempfile::tempdir().unwrap();
        let mut environment: BTreeMap<String, String> =
            self.environment.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        for (name, text) in [
            ("cliphound.toml", self.toml),
            (".env", self.dotenv),
            ("cliphound.env", self.credential),
        ] {
            if !text.is_empty() {
                fs::write(dir.path().join(name), text).unwrap();
            }
        }
        environment.insert("CREDENTIALS_DIRECTORY".into(), dir.path().display().to_string());
        self.args.dir.get_or_insert_with(|| dir.path().to_owned());
        Config::load(&self.args, &environment)
    }

    fn mistakes(self) -> Vec<String> {
        self.load().unwrap_err().mistakes().iter().map(ToString::to_string).collect()
    }
}

fn origin(config: &Config, key: &str) -> Origin {
    config.settings().iter().find(|s| s.key == key).unwrap().origin.clone()
}

#[test]
fn nothing_said_means_the_defaults() {
    let config = Case::default().load().unwrap();
    assert_eq!(
        config.engine_settings(&ChannelLogin::parse("ninja").unwrap()),
        cliphound_engine::Settings::default()
    );
    assert!(config.settings().iter().all(|s| s.origin == Origin::Default));
    assert_eq!(
        config.endpoints.eventsub_api.as_str(),
        "https://api.twitch.tv/helix/eventsub/subscriptions"
    );
    assert!(config.channels().unwrap_err().to_string().contains("TWITCH_CHANNELS"));
}

#[test]
fn every_key_is_read_and_shown() {
    let config = Case::default().load().unwrap();
    let shown: Vec<_> = config.settings().iter().map(|s| s.key).collect();
    let known: Vec<_> = raw::known_keys().chain(["speed", "signals", "signals"]).collect();
    assert_eq!(shown, known);
}

#[test]
fn the_strongest_source_wins() {
    let toml = "[clips]\nduration_s = 10\ncooldown_s = 11\n[storage]\nwindows_days = 12\n[log]\nfilter = 'warn'\n[chat]\nanswer = false\n";
    let dotenv = "CLIPHOUND_CLIPS__DURATION_S=20\nCLIPHOUND_CLIPS__COOLDOWN_S=21\nCLIPHOUND_STORAGE__WINDOWS_DAYS=22\nCLIPHOUND_LOG__FILTER=debug\n";
    let credential = "CLIPHOUND_CLIPS__DURATION_S=30\nCLIPHOUND_CLIPS__COOLDOWN_S=31\nCLIPHOUND_LOG__FILTER=debug\n";
    let environment = [("CLIPHOUND_CLIPS__DURATION_S", "40"), ("CLIPHOUND_LOG__FILTER", "debug")];
    let args = GlobalArgs { quiet: 1, ..GlobalArgs::default() };
    let config = Case { toml, dotenv, credential, environment: &environment, args }.load().unwrap();
    assert_eq!(config.clips.duration_s, ClipLength::Seconds(40));
    assert_eq!(config.clips.cooldown_s, 31);
    assert_eq!(config.storage.windows_days, 22);
    assert!(!config.chat.answer);
    assert_eq!(config.log.filter.as_str(), "warn");
    let places =
        ["log.filter", "clips.duration_s", "clips.cooldown_s", "chat.answer", "chat.source"]
            .map(|key| origin(&config, key).to_string());
    assert_eq!(places[0], "command line, -q");
    assert_eq!(places[1], "environment, CLIPHOUND_CLIPS__DURATION_S");
    assert!(places[2].ends_with("cliphound.env, line 2"), "{}", places[2]);
    assert!(places[3].ends_with("cliphound.toml, line 9"), "{}", places[3]);
    assert_eq!(places[4], "default");
}

#[test]
fn a_folder_is_no_settings_file() {
    let told = |args: GlobalArgs| Config::load(&args, &BTreeMap::new()).unwrap_err().to_string();
    let named = GlobalArgs { config: Some(".".into()), ..GlobalArgs::default() };
    assert_eq!(told(named), "the settings file . is a folder: name the file in it");
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".env")).unwrap();
    let told = told(GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() });
    assert!(told.ends_with(".env is a folder: put a file in its place, or remove it"), "{told}");
}

#[test]
fn a_subcommand_can_set_keys() {
    let mut args = GlobalArgs::default();
    args.set("clips.dry_run", "--dry-run", "true");
    let config = Case { toml: "[clips]\ndry_run = false", args, ..Case::default() }.load().unwrap();
    assert!(config.clips.dry_run);
}

#[test]
fn channels_are_read_in_any_spelling() {
    let spellings = [
        ("TWITCH_CHANNELS=ninja,shroud", ""),
        ("TWITCH_CHANNELS=#Ninja, #SHROUD ninja # both", ""),
        ("TWITCH_CHANNELS='ninja shroud'", ""),
        ("CLIPHOUND_TWITCH__CHANNELS=ninja,,shroud,", ""),
        ("", "[twitch]\nchannels = ['#ninja', 'Shroud', 'ninja']"),
        ("", "twitch.channels = 'ninja, shroud'"),
        ("TWITCH_CHANNELS=https://www.twitch.tv/Ninja/videos, twitch.tv/shroud", ""),
    ];
    for (dotenv, toml) in spellings {
        let config = Case { dotenv, toml, ..Case::default() }.load().unwrap();
        let names: Vec<_> = config.twitch.channels.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["ninja", "shroud"], "{dotenv}{toml}");
    }
}

#[test]
fn empty_variables_count_as_not_set() {
    let config = Case {
        dotenv: "TWITCH_CLIENT_ID=\nTWITCH_CHANNELS=\n",
        environment: &[("TWITCH_ACCESS_TOKEN", ""), ("CLIPHOUND_CLIPS__DURATION_S", " ")],
        ..Case::default()
    }
    .load()
    .unwrap();
    assert!(config.twitch.client_id.is_none() && config.twitch.access_token.is_none());
}

#[test]
fn each_bad_value_gets_its_sentence() {
    let table = [
        (
            "CLIPHOUND_CLIPS__DURATION_S=61",
            "clips.duration_s must be a whole number from 5 to 60 seconds, or auto, not “61”",
        ),
        (
            "CLIPHOUND_CLIPS__DURATION_S=long",
            "clips.duration_s must be a whole number from 5 to 60 seconds, or auto, not “long”",
        ),
        (
            "CLIPHOUND_CLIPS__BUDGET_PER_HOUR=0",
            "clips.budget_per_hour must be a number from 0.1 to 60 clips an hour, not “0”",
        ),
        (
            "CLIPHOUND_CLIPS__BUDGET_PER_HOUR=NaN",
            "clips.budget_per_hour must be a number from 0.1 to 60 clips an hour, not “NaN”",
        ),
        (
            "CLIPHOUND_CLIPS__SENSITIVITY=5",
            "clips.sensitivity must be a number from 0.25 to 4, not “5”",
        ),
        (
            "CLIPHOUND_CLIPS__SENSITIVITY=0,5",
            "clips.sensitivity must be a number from 0.25 to 4, not “0,5”: write a point, not a comma",
        ),
        (
            "CLIPHOUND_CLIPS__COOLDOWN_S=9",
            "clips.cooldown_s must be a whole number from 10 to 3600 seconds, not “9”",
        ),
        ("CLIPHOUND_CLIPS__DRY_RUN=maybe", "clips.dry_run must be true or false, not “maybe”"),
        ("CLIPHOUND_CLIPS__PUBLISH=maybe", "clips.publish must be auto or review, not “maybe”"),
        (
            "CLIPHOUND_CLIPS__TITLE={mood}",
            "clips.title has “{mood}”, which is no placeholder: use {channel}, {game}, {title}, {reason}, {time}, {score}",
        ),
        (
            "CLIPHOUND_EMOTES__SERVICES=7tv,twitch",
            "emotes.services can't be read: “twitch” is not one of 7tv, bttv, ffz",
        ),
        ("CLIPHOUND_EMOTES__ENABLED=7", "emotes.enabled must be true or false, not “7”"),
        ("CLIPHOUND_CHAT__SOURCE=smoke", "chat.source must be irc, eventsub or auto, not “smoke”"),
        ("CLIPHOUND_CHAT__ANSWER=2", "chat.answer must be true or false, not “2”"),
        (
            "CLIPHOUND_STORAGE__WINDOWS_DAYS=0",
            "storage.windows_days must be a whole number from 1 to 3650 days, not “0”",
        ),
        (
            "CLIPHOUND_STORAGE__DOWNLOADS_GB=1.5",
            "storage.downloads_gb must be a whole number from 0 to 100000 GB, not “1.5”",
        ),
        ("CLIPHOUND_LOG__FORMAT=xml", "log.format must be text or json, not “xml”"),
        (
            "CLIPHOUND_LOG__FILTER=loud",
            "log.filter must be off, error, warn, info, debug, trace or a list such as info,cliphound=debug, not “loud”",
        ),
        (
            "CLIPHOUND_ENDPOINTS__HELIX=http://api.twitch.tv",
            "endpoints.helix must be encrypted (https://…) unless it is on this machine, not “http://api.twitch.tv”",
        ),
        (
            "CLIPHOUND_ENDPOINTS__IRC=https://irc.twitch.tv",
            "endpoints.irc must start with ircs:// or irc:// or wss:// or ws://, not “https://irc.twitch.tv”",
        ),
        (
            "CLIPHOUND_ENDPOINTS__FFZ=wss://a.b",
            "endpoints.ffz must start with https:// or http://, not “wss://a.b”",
        ),
        ("CLIPHOUND_SPEED=2000", "speed must be a number from 0.1 to 1000 times, not “2000”"),
    ];
    for (line, expected) in table {
        let told = Case { dotenv: line, ..Case::default() }.mistakes();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(expected), "{}\n{expected}", told[0]);
        assert!(told[0].ends_with(".env, line 1)"), "{}", told[0]);
    }
}

#[test]
fn a_review_that_could_make_no_clip_is_refused() {
    let toml = "[clips]\npublish = 'review'\nvod = false";
    let told = Case { toml, ..Case::default() }.mistakes();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("clips.publish = review needs clips.vod = true"), "{told:?}");
    let toml = "[clips]\npublish = 'review'";
    assert!(Case { toml, ..Case::default() }.load().is_ok());
}

#[test]
fn a_title_without_anything_is_a_mistake_in_the_file() {
    let told = Case { toml: "[clips]\ntitle = ' '", ..Case::default() }.mistakes();
    assert!(told[0].starts_with("clips.title must not be empty"), "{told:?}");
}

#[test]
fn types_are_told_in_toml() {
    let toml = "[storage]\ndownloads_gb = '50GB'\nchat_days = '7'\n[clips]\nsensitivity = true\nduration_s = true\ndry_run = 1\ntitle = 3\n[twitch]\nchannels = [1]\nclient_secret = 5\n";
    let told = Case { toml, ..Case::default() }.mistakes().join("\n");
    for part in [
        "storage.downloads_gb must be a whole number from 0 to 100000 GB, not “50GB” (",
        "storage.chat_days must be a whole number from 0 to 365 days, not “7”: write it without quotes",
        "clips.sensitivity must be a number from 0.25 to 4, not true",
        "clips.duration_s must be text in quotes, not true",
        "clips.dry_run must be true or false, not 1",
        "clips.title must be text in quotes, not 3",
        "twitch.channels must be a list of names, not a list of something else than text",
        "twitch.client_secret must be text: put it in quotes",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = Case {
        toml: "[clips]\nduration_s = 3\n[chatt]\nx = 1",
        dotenv: "TWITCH_CHANNELS=a b! c/d\nTWITCH_CHANNEL=x\nnonsense\nTWITCH_BOT_TOKEN=not-ours",
        environment: &[("CLIPHOUND_CLIPS__DURATION", "3"), ("TWITCH_CHANEL", "not ours")],
        ..Case::default()
    }
    .mistakes();
    assert_eq!(told.len(), 6, "{told:#?}");
    let text = told.join("\n");
    for part in [
        "there is no setting CLIPHOUND_CLIPS__DURATION; did you mean CLIPHOUND_CLIPS__DURATION_S?",
        "there is no setting TWITCH_CHANNEL; did you mean TWITCH_CHANNELS?",
        "there is no section [chatt]; did you mean chat?",
        "“b!” is not a Twitch login",
        "“c/d” is not a Twitch login",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn one_source_says_a_thing_once() {
    let told = Case {
        dotenv: "TWITCH_CHANNELS=a\nCLIPHOUND_TWITCH__CHANNELS=b\nCLIPHOUND_DIR=x",
        ..Case::default()
    }
    .mistakes()
    .join("\n");
    assert!(told.contains("twitch.channels is set twice"), "{told}");
    assert!(told.contains("CLIPHOUND_DIR has no effect"), "{told}");
}

#[test]
fn an_account_is_whole_and_its_mistakes_are_told_without_it() {
    for (dotenv, expected) in [
        ("TWITCH_ACCESS_TOKEN=hushhush", "set TWITCH_CLIENT_ID"),
        ("CLIPHOUND_TWITCH__LOGIN_FLOW=magic", "must be device or code"),
        ("CLIPHOUND_TWITCH__REDIRECT=https://example.org", "must be an address of this machine"),
        ("TWITCH_CLIENT_ID=app\nTWITCH_REFRESH_TOKEN=hushhush", "set TWITCH_ACCESS_TOKEN"),
        ("TWITCH_CLIENT_SECRET='hush hush'", "copy it again"),
    ] {
        let told = Case { dotenv, ..Case::default() }.mistakes().join("");
        assert!(told.contains(expected) && !told.contains("hush"), "{told}");
    }
}

#[test]
fn speed_wants_every_endpoint_on_loopback() {
    let mut environment = vec![("CLIPHOUND_SPEED", "20")];
    let told = Case { environment: &environment, ..Case::default() }.mistakes().join("");
    assert!(told.contains("endpoints.helix (https://api.twitch.tv/helix)"), "{told}");

    let names: Vec<String> = raw::known_keys()
        .filter(|key| key.starts_with("endpoints."))
        .map(raw::variable_of)
        .collect();
    for name in &names {
        let web = ["IRC", "EVENTSUB", "_EVENTS"].iter().any(|end| name.ends_with(end));
        environment.push((name, if web { "ws://127.0.0.1:9" } else { "http://127.0.0.1:9" }));
    }
    let config = Case { environment: &environment, ..Case::default() }.load().unwrap();
    assert!((config.clock().speed() - 20.0).abs() < f64::EPSILON);

    environment.pop();
    let unset = Case { environment: &environment, ..Case::default() }.load();
    assert!(unset.is_ok(), "an emote service that nobody set is no reason to refuse");
    environment.push(("CLIPHOUND_ENDPOINTS__FFZ", "https://ffz.example"));
    let told = Case { environment: &environment, ..Case::default() }.mistakes().join("");
    assert!(told.contains("endpoints.ffz (") && !told.contains("endpoints.bttv"), "{told}");
}

#[test]
fn secrets_are_masked_wherever_settings_are_shown() {
    let dotenv = "TWITCH_CLIENT_ID=app\nTWITCH_CLIENT_SECRET=hush1\nTWITCH_ACCESS_TOKEN=oauth:hush2\nTWITCH_REFRESH_TOKEN=hush3\n";
    let config = Case { dotenv, ..Case::default() }.load().unwrap();
    let shown = format!("{config:?} {:#?}", config.settings());
    assert!(shown.contains("(set)") && shown.contains("app"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    let token = config.twitch.access_token.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token), "hush2");
}

#[test]
fn a_named_settings_file_must_exist() {
    let args = GlobalArgs { config: Some("missing.toml".into()), ..GlobalArgs::default() };
    let told = Case { args, ..Case::default() }.mistakes();
    assert_eq!(
        told,
        ["the settings file missing.toml does not exist: create it, or leave --config out"]
    );
}

/// The example names every setting, loads as it stands, and what it shows are the defaults.
#[test]
fn the_example_is_complete_and_correct() {
    let example = include_str!("../../.env.example");
    for name in raw::known_keys().filter(|key| !key.starts_with("twitch.")).map(raw::variable_of) {
        assert!(example.contains(&format!("{name}=")), "{name} is not in .env.example");
    }
    Case { dotenv: example, ..Case::default() }.load().unwrap();
    let in_force: String = example
        .lines()
        .map(|line| line.strip_prefix("#").unwrap_or(line).to_owned() + "\n")
        .filter(|line| line.starts_with("CLIPHOUND_") || line.starts_with("TWITCH_"))
        .collect();
    let shown = |config: &Config| -> Vec<_> {
        config.settings().iter().map(|s| (s.key, s.value.clone())).collect()
    };
    let in_force = Case { dotenv: &in_force, ..Case::default() }.load().unwrap();
    assert_eq!(shown(&in_force), shown(&Case::default().load().unwrap()));
}

#[test]
fn the_owner_is_asked_for_what_the_signals_use() {
    let check = |toml: &str, expected: &[&str]| {
        let config = Case { toml, ..Case::default() }.load().unwrap();
        let names: Vec<_> = config.scopes(Role::Broadcaster).iter().map(|s| s.name).collect();
        let always = ["channel:read:ads", "channel:read:polls", "channel:read:predictions"];
        let start = ["channel:manage:clips", "channel:read:editors"];
        assert_eq!(names, [&start[..], &always[..], expected].concat(), "{toml}");
    };
    check("", &["channel:read:hype_train", "bits:read"]);
    check("signals = []", &[]);
    let signal = |rest: &str| format!("[[signals]]\nname = 'x'\n{rest}");
    check(&signal("on = 'redemption'\nreward = 'y'"), &["channel:read:redemptions"]);
    check(&signal("on = 'raid'\ndoes = 'force'"), &[]);
    let no_recordings = Case { toml: "clips.vod = false", ..Case::default() }.load().unwrap();
    let all = [Role::Clipper, Role::Broadcaster].map(|role| no_recordings.scopes(role)).concat();
    assert!(all.iter().all(|scope| !scope.name.ends_with(":manage:clips")));
}

#[test]
fn what_the_owner_may_manage_may_be_read() {
    let config = Case::default().load().unwrap();
    let given = ["channel:manage:polls".to_owned()];
    let missing: Vec<_> = config
        .owners_signals()
        .into_iter()
        .filter(|signal| !signal.scope.is_in(&given))
        .map(|signal| signal.what)
        .collect();
    assert_eq!(missing, ["ad breaks", "predictions", "hype trains", "anonymous cheers"]);
}

#[test]
fn only_names_that_were_written_down_are_lost() {
    let lost = |toml: &str| {
        let config = Case { toml, ..Case::default() }.load().unwrap();
        let signals = config.owners_signals();
        let names = signals.iter().flat_map(|signal| config.named_by(signal));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(lost("").is_empty());
    let named = |on: &str| format!("[[signals]]\nname = 'x'\non = '{on}'\n");
    assert_eq!(lost(&named("hype_train")), ["x"]);
    assert!(lost(&named("cheer")).is_empty(), "chat tells them");
}

#[test]
fn what_needs_recordings_is_told_where_somebody_wants_it() {
    let check = |toml: &str, given: &[&str], expected: Option<&str>| {
        let config = Case { toml, ..Case::default() }.load().unwrap();
        let given: Vec<String> = given.iter().map(|&scope| scope.to_owned()).collect();
        assert_eq!(config.without_recordings(&given).as_deref(), expected, "{toml}");
    };
    check("", &["clips:edit"], None);
    check("[clips]\nvod = true", &["clips:edit"], Some("clips.vod"));
    check("[clips]\nvod = false", &[], None);
    let both = "[clips]\npublish = 'review'\ndownload = true";
    check(both, &[], Some("clips.publish = review and clips.download"));
    check(both, &["editor:manage:clips"], None);
    check(both, &["channel:manage:clips"], None);
    check("[clips]\ndownload = true\ndry_run = true", &[], None);
}

#[test]
fn a_token_at_a_wrong_place_is_not_repeated() {
    let token = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5";
    for dotenv in [
        format!("TWITCH_CHANNELS={token}"),
        format!("TWITCH_CHANNELS=TWITCH_ACCESS_TOKEN={token}"),
        format!("CLIPHOUND_{token}=1"),
        format!("CLIPHOUND_CLIPS__DURATION_S={token}"),
        format!("CLIPHOUND_ENDPOINTS__HELIX=https://ann:{token}@example.org"),
    ] {
        let told = Case { dotenv: &dotenv, ..Case::default() }.mistakes().join(" ");
        assert!(!told.is_empty() && !told.to_lowercase().contains(token), "{told}");
    }
}
