//! A Twitch that speaks TLS, certificates that nobody trusts, and names that vanish.

use std::process::Stdio;

use cliphound_twitch_sim::FaultCall;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line, command_at, spawnable},
    eventsub::SOURCE,
    mount,
    twitch::Twitch,
};

/// A channel so small that little happens in it but what a story does.
const QUIET: &[&str] = &["ninja:1"];
const BAD_CERTIFICATE: [&str; 3] =
    ["certificate is not trusted", "certificate is not valid now", "certificate is for another"];
const SUBSCRIBE: &str = "POST /helix/eventsub/subscriptions";
const NO_NAME: &str = "its name is not known (failed to lookup address";

/// A moderator asks for a clip, and it is made and seen.
async fn clip(twitch: &Twitch, daemon: &mut Daemon, who: &str) {
    twitch.say_moderator("ninja", who, "!testclip");
    comes_to(daemon, who, "confirmed").await;
}

async fn comes_to(daemon: &mut Daemon, who: &str, state: &str) {
    let cause = format!("manual:{who}");
    let fits = |line: &Line| line.is("cause", &cause) && line.is("state", state);
    daemon.log_line(&cause, fits).await;
}

/// The line says this, in its message or in a field of it.
fn tells(line: &Line, message: &str, why: &str) -> bool {
    line.has(message) && line.to_string().contains(why)
}

/// Chat is heard, for the first time or again.
fn is_joined(line: &Line) -> bool {
    line["message"] == "joined"
}

/// Until the weather is fair, and for the connections that there are, too.
fn spoil(twitch: &Twitch, fault: &str) {
    twitch.fault(&FaultCall::new(fault).seconds(86_400));
    twitch.fault(&FaultCall::new("net_reset"));
}

fn assert_no_secret(twitch: &Twitch, text: &str) {
    for name in ["TWITCH_CLIENT_SECRET", "TWITCH_ACCESS_TOKEN", "TWITCH_REFRESH_TOKEN"] {
        assert!(!text.contains(&twitch.environment[name]), "{name} is told: {text}");
    }
}

async fn a_life_over_tls(source: &str, lost: &str) {
    let home = tempfile::tempdir().unwrap();
    let twitch = Twitch::encrypted(QUIET, SPEED, home.path()).await.with(SOURCE, source);
    let twitch = twitch.with("CLIPHOUND_CLIPS__DOWNLOAD", "true");
    let dir = home.path().join("data");
    let mut daemon = Daemon::run(&dir, &twitch, &["-vv"]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    clip(&twitch, &mut daemon, "mod1").await;
    daemon.told("its video is fetched", |line| line.has("video is there")).await;
    if source == "eventsub" {
        twitch.inject("eventsub_reconnect");
        daemon.log_line("moved", |line| line.has("moved to the new address")).await;
        clip(&twitch, &mut daemon, "mod2").await;
    }
    assert_eq!(daemon.seen(|line| line.has("can't be reached")), 0, "{}", daemon.log());

    // Somebody else answers in Twitch's place.
    spoil(&twitch, "net_tls");
    let why = |line: &Line| BAD_CERTIFICATE.iter().any(|why| tells(line, lost, why));
    daemon.log_line("said", why).await;
    daemon.log_line("goes on", |line| why(line) && line["attempt"] == 4).await;
    let told = command_at(&dir, &twitch, &["check"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let service = if source == "irc" { "warn  irc " } else { "warn  eventsub " };
    let says = |line: &str| {
        let line = line.trim();
        line.starts_with(service) && BAD_CERTIFICATE.iter().any(|why| line.contains(why))
    };
    assert!(told.out.lines().any(says), "{}", told.out);
    assert_no_secret(&twitch, &told.out);
    let clips = twitch.clips().len();
    let subscribed = twitch.answered(SUBSCRIBE, "202").await;
    twitch.fair_weather();
    if source == "irc" {
        daemon.log_line("it comes back alone", is_joined).await;
    } else {
        twitch.until_answered(SUBSCRIBE, "202", subscribed + 5).await;
    }
    assert_eq!(daemon.seen(|line| why(line) && line["attempt"] == 1), 1, "once");
    assert_eq!(daemon.seen(|line| why(line) && line["attempt"] == 3), 0, "not each time");
    assert_eq!(twitch.clips().len(), clips);
    clip(&twitch, &mut daemon, "mod3").await;
    daemon.terminate().await;
    assert_no_secret(&twitch, &daemon.log());
    assert_eq!(twitch.clips().len(), daemon.lines("clip_urls.txt").len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_over_tls_with_chat_by_irc() {
    a_life_over_tls("irc", "chat can't be reached").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_over_tls_with_chat_by_eventsub() {
    a_life_over_tls("eventsub", "EventSub can't be reached").await;
}

/// Twitch's certificate is good, but this machine does not know its root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_root_nothing_is_said_to_anybody() {
    let home = tempfile::tempdir().unwrap();
    let twitch = Twitch::encrypted(QUIET, SPEED, home.path()).await;
    let other = tempfile::tempdir().unwrap();
    let _other = Twitch::encrypted(QUIET, SPEED, other.path()).await;
    let root = other.path().join("root.pem");
    let twitch = twitch.with(SOURCE, "irc").with("SSL_CERT_FILE", root.to_str().unwrap());
    let mut daemon = Daemon::run(&home.path().join("data"), &twitch, &[]).await;
    let why = BAD_CERTIFICATE[0];
    let says = |message: &'static str| move |line: &Line| tells(line, message, why);
    daemon.told("log-in", says("log-in gives no usable answer")).await;
    daemon.told("chat", says("chat can't be reached")).await;
    daemon.terminate().await;
    let stats = twitch.stats().await;
    assert_eq!(stats["requests"], serde_json::json!({}), "{stats}");
    let twitch = twitch.with("SSL_CERT_FILE", home.path().join("root.pem").to_str().unwrap());
    let mut daemon = Daemon::run(&home.path().join("data"), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_sim_speaks_tls_under_a_name() {
    let home = tempfile::tempdir().unwrap();
    let [root, hosts] = ["root.pem", "hosts"].map(|name| home.path().join(name));
    let mut twitch = Twitch::nowhere().with("SSL_CERT_FILE", root.to_str().unwrap());
    let flags = ["--tls", root.to_str().unwrap(), "--hosts", hosts.to_str().unwrap()];
    let line = [&["sim", "--channel", "ninja:1"][..], &flags].concat();
    let mut sim = spawnable(home.path(), &twitch, &line);
    let mut sim = sim.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut told = BufReader::new(sim.stdout.take().unwrap()).lines();
    let info = timeout(PATIENCE, told.next_line()).await.unwrap().unwrap().unwrap();
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    for name in ["irc", "helix", "oauth", "eventsub", "seventv", "seventv_events", "bttv", "ffz"] {
        let url = info[name].as_str().unwrap();
        assert!(url.contains("s://localhost:"), "{url}");
        twitch = twitch.with(&format!("CLIPHOUND_ENDPOINTS__{}", name.to_uppercase()), url);
    }
    assert!(std::fs::read_to_string(&hosts).unwrap().contains(" 127.0.0.1 localhost"));
    let told = command_at(home.path(), &twitch.with("NO_PROXY", "localhost"), &["check"]).await;
    for service in ["irc", "helix", "oauth", "eventsub", "7tv", "7tv live", "bttv", "ffz"] {
        let good = format!("ok    {service:12}  localhost:");
        assert!(told.out.contains(&good), "{service}: {}", told.out);
    }
    sim.kill().await.unwrap();
}

/// Names can't be resolved for a while: what was promised is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_vanish_cost_no_clip() {
    let home = tempfile::tempdir().unwrap();
    let hosts = home.path().join("hosts");
    let twitch = Twitch::named(QUIET, SPEED, &hosts).await.with(SOURCE, "irc");
    let Some(starter) = mount::with_hosts(&hosts).await else { return };
    let dir = home.path().join("data");
    let mut daemon = Daemon::run_by(starter, &dir, &twitch, &["-vv"]);
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    clip(&twitch, &mut daemon, "mod1").await;

    // Connections stay, as with DNS, but Helix has to be reached anew.
    twitch.fault(&FaultCall::new("net_dns").seconds(86_400));
    twitch.fault(&FaultCall::new("net_reset").service("helix"));
    twitch.say_moderator("ninja", "mod2", "!testclip");
    let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:mod2");
    daemon.log_line("accepted", asked).await;
    let heard = |line: &Line| line.has("chat was lost");
    assert_eq!(daemon.seen(heard), 0, "chat is still heard");
    let why = |line: &Line| line.is("channel", "ninja") && line.to_string().contains(NO_NAME);
    daemon.log_line("no live clip", why).await;
    twitch.fault(&FaultCall::new("net_reset").service("irc"));
    let says = |line: &Line| tells(line, "chat can't be reached", NO_NAME);
    daemon.log_line("said", says).await;
    assert_eq!(twitch.clips().len(), 1);
    twitch.fair_weather();
    daemon.log_line("it comes back alone", is_joined).await;
    daemon.told("mod2's clip", |line| is_settled(line, "mod2")).await;
    clip(&twitch, &mut daemon, "mod3").await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(|line| says(line) && line["attempt"] == 1), 1, "once");
    let who: Vec<_> = daemon
        .lines("moments.tsv")
        .into_iter()
        .map(|line| line[7].replace("manual:", ""))
        .collect();
    for moderator in ["mod1", "mod2", "mod3"] {
        assert_eq!(who.iter().filter(|who| *who == moderator).count(), 1, "{who:?}");
    }
    assert_eq!(twitch.clips().len(), daemon.lines("clip_urls.txt").len());
}

/// Its intent has ended, with a clip or with words.
fn is_settled(line: &Line, who: &str) -> bool {
    let ends = ["confirmed", "missed"];
    line.is("cause", &format!("manual:{who}")) && ends.iter().any(|end| line.is("state", end))
}
