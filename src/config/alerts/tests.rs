use std::collections::BTreeMap;

use super::{
    super::{Config, ConfigErrors, GlobalArgs},
    *,
};

const DISCORD: &str = "[[alerts]]\nname = 'team'\nkind = 'discord'\n";
const URL: &str = "url = 'https://discord.com/api/webhooks/1/hush-hush-hush'\n";

fn load(toml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("cliphound.toml"), toml).unwrap();
    let args = GlobalArgs {
        dir: Some(dir.path().to_owned()),
        config: Some(dir.path().join("cliphound.toml")),
        ..GlobalArgs::default()
    };
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::load(&args, &variables.iter().map(own).collect::<BTreeMap<_, _>>())
}

fn check(toml: &str, expected: &[&str]) {
    let config = load(toml, &[]).unwrap();
    let shown = config.settings().iter().filter(|s| s.key == LIST).map(|s| s.value.as_str());
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert!(!format!("{config:?}").contains("hush"), "{config:?}");
}

fn check_mistakes(toml: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let told = load(toml, variables).unwrap_err();
    let told: Vec<_> = told
        .mistakes()
        .iter()
        .map(|m| m.to_string().rsplit_once(" (").unwrap().0.to_owned())
        .collect();
    assert_eq!(told, expected, "{toml}");
    assert!(!told.concat().contains("hush"), "{told:?}");
}

#[test]
fn each_kind_is_shown_without_its_secrets() {
    check("", &[]);
    check(&format!("{DISCORD}{URL}"), &["team: discord at discord.com on clip"]);
    check(
        &format!(
            "{DISCORD}{URL}events = ['online', 'clip']\nchannels = ['https://www.twitch.tv/Ninja']\nmin_score = 0.8\nquiet = '23:00-08:00'\nzone = 'Europe/Berlin'\nin_quiet = 'drop'\nenabled = false"
        ),
        &[
            "team: discord at discord.com on online, clip of ninja from 0.8 on; quiet 23:00-08:00 Europe/Berlin, dropped (off)",
        ],
    );
    for then in ["", "in_quiet = 'wait'"] {
        check(
            &format!("{DISCORD}{URL}quiet = '23:00-08:00'\nzone = 'Europe/Berlin'\n{then}"),
            &["team: discord at discord.com on clip; quiet 23:00-08:00 Europe/Berlin"],
        );
    }
    check(
        "[[alerts]]\nname = 'm'\nkind = 'email'\nserver = 'smtp.example.org'\nusername = 'u'\npassword = 'hush hush'\nfrom = 'Cliphound <c@example.org>'\nto = 'me@example.org'\n[[alerts]]\nname = 's'\nkind = 'sms'\naccount = 'AC00000000000000000000000000000000'\ntoken = 'hushhush'\nfrom = '+15005550006'\nto = '+15005550009'\n[[alerts]]\nname = 'n'\nkind = 'ntfy'\nurl = 'https://ntfy.sh/hush'\npriority = 4\n[[alerts]]\nname = 'w'\nkind = 'webhook'\nurl = 'http://127.0.0.1:9/hush'\nallow_private = true",
        &[
            "m: email to me@example.org on clip",
            "s: sms to +15005550009 on clip",
            "n: ntfy at ntfy.sh on clip",
            "w: webhook at 127.0.0.1, unsigned on clip; private addresses allowed",
        ],
    );
}

#[test]
fn mail_servers_have_their_usual_ports() {
    let check = |server: &str, tls: &str, expected: (&str, u16, Tls)| {
        let tls = if tls.is_empty() { String::new() } else { format!("tls = '{tls}'\n") };
        let toml = format!(
            "[[alerts]]\nname = 'm'\nkind = 'email'\nallow_private = true\nserver = '{server}'\n{tls}from = 'a@b.c'\nto = ['d@e.f']"
        );
        let config = load(&toml, &[]).unwrap();
        let Receiver::Email { host, port, tls, .. } = &config.alerts[0].to else { panic!() };
        assert_eq!((host.as_str(), *port, *tls), expected);
    };
    check("smtp.example.org", "", ("smtp.example.org", 587, Tls::StartTls));
    check("smtp.example.org:465", "", ("smtp.example.org", 465, Tls::Implicit));
    check("smtp.example.org", "implicit", ("smtp.example.org", 465, Tls::Implicit));
    check("127.0.0.1:2525", "none", ("127.0.0.1", 2525, Tls::None));
    check("[::1]:443", "", ("::1", 443, Tls::StartTls));
}

#[test]
fn plain_text_goes_to_this_machine_only() {
    let hook = |url: &str| {
        format!(
            "[[alerts]]\nname = 'w'\nkind = 'webhook'\nallow_private = true\nurl = '{url}/hush'"
        )
    };
    let mail = |server: &str| {
        format!(
            "[[alerts]]\nname = 'm'\nkind = 'email'\nallow_private = true\nserver = '{server}'\ntls = 'none'\nfrom = 'a@b.c'\nto = ['d@e.f']"
        )
    };
    for here in ["127.0.0.1:9", "127.9.9.9", "[::1]:9", "[::ffff:127.0.0.1]:9", "localhost:9"] {
        assert!(load(&hook(&format!("http://{here}")), &[]).is_ok(), "{here}");
        assert!(load(&mail(here), &[]).is_ok(), "{here}");
    }
    for elsewhere in
        ["192.168.1.5", "10.0.0.1:9", "[fd12::1]:9", "ntfy.lan", "1.1.1.1", "localhost.example"]
    {
        let relay = "elsewhere use https (ca_file takes a certificate of your own), or a relay on this machine";
        check_mistakes(
            &hook(&format!("http://{elsewhere}")),
            &[],
            &[&format!(
                "alerts.url must begin with https://: http:// is for this machine only; {relay}"
            )],
        );
        check_mistakes(
            &mail(elsewhere),
            &[],
            &[&format!(
                "alerts.tls can be none for a server on this machine only: {}",
                relay.replace("https", "starttls or implicit")
            )],
        );
        assert!(load(&hook(&format!("https://{elsewhere}")), &[]).is_ok(), "{elsewhere}");
    }
}

#[test]
fn secrets_come_by_variables_too() {
    let url = "https://discord.com/api/webhooks/2/other";
    let config = load(DISCORD, &[("CLIPHOUND_ALERTS__TEAM__URL", url)]).unwrap();
    assert_eq!(config.alerts[0].to, Receiver::Discord { url: Hidden::from(url) });
    let stronger = load(&format!("{DISCORD}{URL}"), &[("CLIPHOUND_ALERTS__TEAM__URL", url)]);
    assert_eq!(stronger.unwrap().alerts[0].to, config.alerts[0].to);
    check_mistakes(
        &format!("{DISCORD}{URL}"),
        &[("CLIPHOUND_ALERTS__TAEM__URL", "hush")],
        &[
            "CLIPHOUND_ALERTS__TAEM__URL is of no alert; did you mean CLIPHOUND_ALERTS__TEAM__URL? Write CLIPHOUND_ALERTS__NAME__KEY for an alert of [[alerts]], with one of URL, SECRET, TOKEN, PASSWORD as the key",
        ],
    );
}

#[test]
fn each_mistake_has_its_sentence() {
    for (rest, expected) in [
        (
            "",
            "alerts.url is missing: the webhook's address (channel settings, Integrations, Webhooks)",
        ),
        (
            "url = 'http://hush.example'",
            "alerts.url must begin with https://: http:// is for this machine only; elsewhere use https (ca_file takes a certificate of your own), or a relay on this machine",
        ),
        (
            "url = 'http://localhost/hush'",
            "alerts.url is an address of this machine or of a private network: if that is your own server, write allow_private = true",
        ),
        ("url = 'hush'", "alerts.url must be an address that begins with https://"),
        ("url = 'https://u:hush@a.b'", "alerts.url must not hold a user name or password"),
        (
            "url = 'https://2130706433/hush'",
            "alerts.url is an address of this machine or of a private network: if that is your own server, write allow_private = true",
        ),
        (
            "url = 'https://169.254.169.254/hush'\nallow_private = true",
            "alerts.url is an address that is never used for alerts",
        ),
    ] {
        check_mistakes(&format!("{DISCORD}{rest}"), &[], &[expected]);
    }
    for (rest, expected) in [
        ("server = 'x'", "alerts.server goes with email only, not “discord”"),
        (
            "events = ['clips']",
            "alerts.events must be a list of clip, failed, review, online, trouble, and “clips” is none of them",
        ),
        ("events = []", "alerts.events is empty: name one, or write enabled = false"),
        ("channels = []", "alerts.channels is empty: leave it out for all channels"),
        ("min_score = 2", "alerts.min_score must be a number from 0 to 1, not 2"),
        (
            "template = '{gane}'",
            "alerts.template has “{gane}”, which is no placeholder: use {channel}, {event}, {title}, {reason}, {score}, {url}, {game}, {cause}, {time}",
        ),
        (
            "quiet = '8-9'",
            "alerts.quiet must be two times of the day such as 23:00-08:00, not “8-9”",
        ),
        ("zone = 'UTC'", "alerts.zone goes with quiet hours: write quiet = \"23:00-08:00\", too"),
        (
            "quiet = '23:00-08:00'\nzone = 'Berlin'",
            "alerts.zone must be a time zone that this machine knows, such as Europe/Berlin, or local, not “Berlin”",
        ),
        ("allow_private = 'yes'", "alerts.allow_private must be true or false, not “yes”"),
        ("urll = 'x'", "there is no setting alerts.urll; did you mean url?"),
    ] {
        check_mistakes(&format!("{DISCORD}{URL}{rest}"), &[], &[expected]);
    }
    check_mistakes(
        &format!(
            "{DISCORD}{URL}[[alerts]]\nname = 'TEAM'\nkind = 'fax'\n[[alerts]]\nkind = 'webhook'\nurl = 'https://a.b'\nsecret = 'short'"
        ),
        &[],
        &[
            "alerts.name is “TEAM” a second time: give each alert its own",
            "alerts.kind must be one of discord, slack, email, sms, ntfy, webhook, not “fax”",
            "alerts.name is missing: give it a name, such as name = \"team\"",
            "alerts.secret is too short: take 24 bytes or more, such as of openssl rand -base64 32",
        ],
    );
}

#[test]
fn what_is_wrong_with_mail_and_sms_is_told_at_once() {
    check_mistakes(
        "[[alerts]]\nname = 'm'\nkind = 'email'\nserver = 'a b'\ntls = 'none'\nusername = 'u'\nfrom = 'nobody'\nto = ['x', 'y@z.a']",
        &[],
        &[
            "alerts.server must be a host and port such as smtp.example.org:587, not “a b”",
            "alerts.tls can be none with allow_private = true, for a server on this machine",
            "alerts.password is missing: username has one",
            "alerts.from must be an address such as me@example.org or Name <me@example.org>, not “nobody”",
            "alerts.to must be an address such as me@example.org or Name <me@example.org>, not “x”",
        ],
    );
    check_mistakes(
        "[[alerts]]\nname = 's'\nkind = 'sms'\naccount = 'x'\nfrom = '!'\nto = '0151'",
        &[],
        &[
            "alerts.account must be the Account SID of Twilio: AC and 32 letters and digits",
            "alerts.token is missing: the Auth Token of Twilio",
            "alerts.from must be a number such as +15005550006, a sender's name, or a messaging service (MG…)",
            "alerts.to must be one number with + and its country, such as +4915112345678",
        ],
    );
}

#[test]
fn who_wants_what() {
    let toml = format!("{DISCORD}{URL}channels = ['ninja']\nmin_score = 0.8");
    let alert = load(&toml, &[]).unwrap().alerts.remove(0);
    let check = |event, login, score, expected| {
        assert_eq!(alert.wants(event, login, score), expected, "{event} {login} {score:?}");
    };
    check(AlertEvent::Clip, "ninja", Some(0.8), true);
    check(AlertEvent::Clip, "ninja", Some(0.79), false);
    check(AlertEvent::Clip, "ninja", None, true);
    check(AlertEvent::Clip, "ann", Some(0.9), false);
    check(AlertEvent::Failed, "ninja", Some(0.9), false);
    check(AlertEvent::Trouble, "", None, false);
    let toml = format!("{DISCORD}{URL}channels = ['ninja']\nevents = ['trouble']");
    let alert = load(&toml, &[]).unwrap().alerts.remove(0);
    assert!(alert.wants(AlertEvent::Trouble, "", None), "it concerns this channel, too");
}
