//! Where an alert goes: the keys that belong to each kind, checked.

use std::fmt;

use lettre::message::Mailbox;
use url::{Host, Url};

use super::{super::tables::Fields, Hidden, reach};

/// Longest topic of ntfy.
const LONGEST_TOPIC: usize = 64;
/// Twilio's API.
const TWILIO: &str = "https://api.twilio.com";
/// Receivers of one e-mail.
const MOST_MAILBOXES: usize = 20;

/// What kind of receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A webhook of a Discord channel.
    Discord,
    /// An incoming webhook of Slack.
    Slack,
    /// An e-mail.
    Email,
    /// A text message by Twilio.
    Sms,
    /// A topic of ntfy.
    Ntfy,
    /// JSON to anybody.
    Webhook,
}

const KINDS: [Kind; 6] =
    [Kind::Discord, Kind::Slack, Kind::Email, Kind::Sms, Kind::Ntfy, Kind::Webhook];

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Receiver {
    /// A webhook of a Discord channel.
    Discord {
        /// Its address, which is its secret.
        url: Hidden,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Its address, which is its secret.
        url: Hidden,
    },
    /// A topic of ntfy.
    Ntfy {
        /// The server's address with the topic.
        url: Hidden,
        /// An access token, where the topic is protected.
        token: Option<Hidden>,
        /// 1 to 5.
        priority: Option<u32>,
    },
    /// JSON to anybody.
    Webhook {
        /// The address.
        url: Hidden,
        /// What it is signed with.
        secret: Option<Hidden>,
    },
    /// An e-mail by SMTP.
    Email {
        /// The server's name or address.
        host: String,
        /// Its port.
        port: u16,
        /// How the way there is encrypted.
        tls: Tls,
        /// User name and password, where the server wants them.
        login: Option<(String, Hidden)>,
        /// Who sends it.
        from: Mailbox,
        /// Who gets it.
        to: Vec<Mailbox>,
    },
    /// A text message by Twilio.
    Sms {
        /// The API's address.
        api: Url,
        /// The account's id, `AC…`.
        account: String,
        /// The account's token.
        token: Hidden,
        /// Our number, a sender's name, or a messaging service (`MG…`).
        from: String,
        /// The number that gets it.
        to: String,
    },
}

/// How the way to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// After STARTTLS, which must work.
    StartTls,
    /// From the first byte.
    Implicit,
    /// Not at all: on this machine only.
    None,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Ntfy => "ntfy",
            Self::Webhook => "webhook",
        }
    }

    /// The keys that not every kind has.
    const fn own(self) -> &'static [&'static str] {
        match self {
            Self::Discord | Self::Slack => &["url"],
            Self::Ntfy => &["url", "token", "priority"],
            Self::Webhook => &["url", "secret"],
            Self::Email => &["server", "tls", "username", "password", "from", "to"],
            Self::Sms => &["url", "account", "token", "from", "to"],
        }
    }
}

impl Receiver {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Discord { .. } => Kind::Discord,
            Self::Slack { .. } => Kind::Slack,
            Self::Ntfy { .. } => Kind::Ntfy,
            Self::Webhook { .. } => Kind::Webhook,
            Self::Email { .. } => Kind::Email,
            Self::Sms { .. } => Kind::Sms,
        }
    }

    /// The host that is talked to.
    #[must_use]
    pub fn host(&self) -> String {
        let of = |url: &Url| url.host_str().unwrap_or_default().to_owned();
        match self {
            Self::Discord { url }
            | Self::Slack { url }
            | Self::Ntfy { url, .. }
            | Self::Webhook { url, .. } => {
                Url::parse(url.expose()).map(|u| of(&u)).unwrap_or_default()
            }
            Self::Email { host, .. } => host.clone(),
            Self::Sms { api, .. } => of(api),
        }
    }
}

/// Without any secret: the host is none.
impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook { secret: None, .. } => write!(f, "webhook at {}, unsigned", self.host()),
            Self::Email { to, .. } => {
                let to: Vec<_> = to.iter().map(|mailbox| mailbox.email.to_string()).collect();
                write!(f, "email to {}", to.join(", "))
            }
            Self::Sms { to, .. } => write!(f, "sms to {to}"),
            _ => write!(f, "{} at {}", self.kind().as_str(), self.host()),
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_>, allow_private: bool) -> Option<Receiver> {
    let kind = kind(fields)?;
    let all = KINDS.iter().flat_map(|kind| kind.own());
    let mut told: Vec<&str> = Vec::new();
    for field in all.filter(|field| !kind.own().contains(field)) {
        if fields.has(field) && !told.contains(field) {
            told.push(field);
            let owners: Vec<_> = KINDS
                .iter()
                .filter(|kind| kind.own().contains(field))
                .map(|k| k.as_str())
                .collect();
            let problem = format!("goes with {} only, not “{}”", owners.join(", "), kind.as_str());
            fields.mistake(field, &problem);
        }
    }
    let need_url = |fields: &mut Fields<'_>| {
        let what = match kind {
            Kind::Discord => "the webhook's address (channel settings, Integrations, Webhooks)",
            Kind::Slack => "the incoming webhook's address, https://hooks.slack.com/services/…",
            Kind::Ntfy => "the server's address with the topic, such as https://ntfy.sh/TOPIC",
            _ => "the address that gets the alerts",
        };
        url(fields, allow_private, what)
    };
    match kind {
        Kind::Discord => Some(Receiver::Discord { url: hidden(&need_url(fields)?) }),
        Kind::Slack => Some(Receiver::Slack { url: hidden(&need_url(fields)?) }),
        Kind::Ntfy => {
            let url = need_url(fields).and_then(|url| topic(fields, url));
            let token = secret(fields, "token");
            let priority = fields.number("priority", 1..=5, "(5 is the most urgent)");
            Some(Receiver::Ntfy { url: url?, token, priority })
        }
        Kind::Webhook => {
            let (url, secret) = (need_url(fields), signing_key(fields));
            Some(Receiver::Webhook { url: hidden(&url?), secret })
        }
        Kind::Email => email(fields, allow_private),
        Kind::Sms => sms(fields, allow_private),
    }
}

fn kind(fields: &mut Fields<'_>) -> Option<Kind> {
    let known = KINDS.map(Kind::as_str).join(", ");
    if !fields.has("kind") {
        fields.mistake("kind", &format!("is missing: say where it goes, one of {known}"));
    }
    let word = fields.text("kind")?;
    let found = KINDS.into_iter().find(|kind| kind.as_str() == word);
    if found.is_none() {
        fields.mistake("kind", &format!("must be one of {known}, not “{word}”"));
    }
    found
}

/// An address; never quoted, for it is a secret.
fn url(fields: &mut Fields<'_>, allow_private: bool, what: &str) -> Option<Url> {
    if !fields.has("url") {
        fields.mistake("url", &format!("is missing: {what}"));
    }
    let text = fields.text("url")?;
    match checked(text, allow_private) {
        Ok(url) => Some(url),
        Err(problem) => {
            fields.mistake("url", problem);
            None
        }
    }
}

const PRIVATE: &str = "is an address of this machine or of a private network: if that is your own server, write allow_private = true";

fn checked(text: &str, allow_private: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be an address that begins with https://")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password");
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) => None,
        None => return Err("must hold a host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if !is_here(url.host_str().unwrap_or_default().trim_matches(['[', ']'])) => {
            return Err(
                "must begin with https://: http:// is for this machine only; elsewhere use https (ca_file takes a certificate of your own), or a relay on this machine",
            );
        }
        "http" if !allow_private => return Err(PRIVATE),
        "http" => {}
        _ => return Err("must be an address that begins with https://"),
    }
    match literal.map(|address| reach::judge(address, allow_private)) {
        Some(Err(_)) if allow_private => Err("is an address that is never used for alerts"),
        Some(Err(_)) => Err(PRIVATE),
        _ => Ok(url),
    }
}

fn hidden(url: &Url) -> Hidden {
    Hidden::from(url.as_str())
}

fn topic(fields: &mut Fields<'_>, url: Url) -> Option<Hidden> {
    let topic = url.path().rsplit('/').next().unwrap_or_default();
    let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_topic = !topic.is_empty() && topic.len() <= LONGEST_TOPIC && topic.chars().all(is_sign);
    if !is_topic || url.query().is_some() {
        fields.mistake(
            "url",
            "must end with a topic of letters, digits, - and _, such as https://ntfy.sh/TOPIC",
        );
        return None;
    }
    Some(hidden(&url))
}

fn secret(fields: &mut Fields<'_>, field: &'static str) -> Option<Hidden> {
    let text = fields.text(field)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        fields.mistake(field, "must be text on one line");
        return None;
    }
    Some(Hidden::from(text))
}

fn signing_key(fields: &mut Fields<'_>) -> Option<Hidden> {
    let key = secret(fields, "secret")?;
    if let Err(problem) = key.signing_key() {
        fields.mistake("secret", problem);
        return None;
    }
    Some(key)
}

fn needed<'a>(fields: &mut Fields<'a>, field: &'static str, what: &str) -> Option<&'a str> {
    if !fields.has(field) {
        fields.mistake(field, &format!("is missing: {what}"));
    }
    fields.text(field)
}

fn email(fields: &mut Fields<'_>, allow_private: bool) -> Option<Receiver> {
    let server = needed(fields, "server", "the mail server, such as smtp.example.org:587");
    let place = server.and_then(|server| place(fields, server));
    let tls = tls(fields, place.as_ref(), allow_private);
    let username = fields.text("username").filter(|name| !name.is_empty());
    let password = secret(fields, "password");
    let login = match (username, password) {
        (Some(name), Some(password)) => Some((name.to_owned(), password)),
        (None, None) => None,
        (Some(_), None) => {
            if !fields.has("password") {
                fields.mistake("password", "is missing: username has one");
            }
            None
        }
        (None, Some(_)) => {
            fields.mistake("username", "is missing: password is of one");
            None
        }
    };
    let from = needed(fields, "from", "who sends it, such as cliphound@example.org");
    let from = from.and_then(|text| mailbox(fields, "from", text));
    let to = needed_words(fields, "to", "who gets it, such as to = [\"me@example.org\"]");
    let to: Option<Vec<_>> = to.and_then(|to| {
        to.iter().map(|text| mailbox(fields, "to", text)).collect::<Option<Vec<_>>>()
    });
    let (tls, to, (host, port)) = (tls?, to?, place?);
    if to.is_empty() || to.len() > MOST_MAILBOXES {
        fields.mistake("to", &format!("must name 1 to {MOST_MAILBOXES} addresses"));
        return None;
    }
    let usual = match tls {
        Tls::StartTls => 587,
        Tls::Implicit => 465,
        Tls::None => 25,
    };
    Some(Receiver::Email { host, port: port.unwrap_or(usual), tls, login, from: from?, to })
}

fn needed_words(fields: &mut Fields<'_>, field: &'static str, what: &str) -> Option<Vec<String>> {
    if !fields.has(field) {
        fields.mistake(field, &format!("is missing: {what}"));
    }
    fields.words(field)
}

/// Host and port.
fn place(fields: &mut Fields<'_>, server: &str) -> Option<(String, Option<u16>)> {
    // What is no host is told by whoever reads addresses.
    let url = Url::parse(&format!("https://{server}"))
        .ok()
        .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty());
    let found = url.as_ref().and_then(|url| match url.host()? {
        Host::Ipv6(address) => Some(address.to_string()),
        host => Some(host.to_string()),
    });
    if found.is_none() || server.contains('/') {
        let problem =
            format!("must be a host and port such as smtp.example.org:587, not “{server}”");
        fields.mistake("server", &problem);
        return None;
    }
    // 443 is https' own port, which `Url` leaves out.
    let port = url.and_then(|url| url.port()).or(server.ends_with(":443").then_some(443));
    Some((found?, port))
}

fn tls(
    fields: &mut Fields<'_>,
    place: Option<&(String, Option<u16>)>,
    allow_private: bool,
) -> Option<Tls> {
    let port = place.and_then(|(_, port)| *port);
    // What is no host has its own sentence.
    let is_here = place.is_none_or(|(host, _)| is_here(host));
    match fields.text("tls") {
        None if fields.has("tls") => None,
        None if port == Some(465) => Some(Tls::Implicit),
        None | Some("starttls") => Some(Tls::StartTls),
        Some("implicit") => Some(Tls::Implicit),
        Some("none") if is_here && allow_private => Some(Tls::None),
        Some("none") => {
            let problem = if is_here {
                "can be none with allow_private = true, for a server on this machine"
            } else {
                "can be none for a server on this machine only: elsewhere use starttls or implicit (ca_file takes a certificate of your own), or a relay on this machine"
            };
            fields.mistake("tls", problem);
            None
        }
        Some(other) => {
            fields.mistake("tls", &format!("must be starttls, implicit or none, not “{other}”"));
            None
        }
    }
}

/// Whether a host is this machine, by its name or its address.
fn is_here(host: &str) -> bool {
    host.parse().map_or_else(|_| host == "localhost", reach::is_loopback)
}

fn mailbox(fields: &mut Fields<'_>, field: &'static str, text: &str) -> Option<Mailbox> {
    let is_line = !text.chars().any(char::is_control);
    let parsed = text.parse().ok().filter(|_| is_line);
    if parsed.is_none() {
        let problem = format!(
            "must be an address such as me@example.org or Name <me@example.org>, not “{text}”"
        );
        fields.mistake(field, &problem);
    }
    parsed
}

fn sms(fields: &mut Fields<'_>, allow_private: bool) -> Option<Receiver> {
    let api =
        if fields.has("url") { url(fields, allow_private, "") } else { Url::parse(TWILIO).ok() };
    let account = needed(fields, "account", "the Account SID of Twilio, AC…").and_then(|account| {
        let is_sid = account.starts_with("AC") && account.len() == 34;
        if !is_sid || !account.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            fields.mistake(
                "account",
                "must be the Account SID of Twilio: AC and 32 letters and digits",
            );
            return None;
        }
        Some(account.to_owned())
    });
    if !fields.has("token") {
        fields.mistake("token", "is missing: the Auth Token of Twilio");
    }
    let token = secret(fields, "token");
    let from = needed(fields, "from", "your number at Twilio, such as +15005550006");
    let from = from.and_then(|from| {
        let is_name = (1..=11).contains(&from.len())
            && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        let is_service = from.starts_with("MG") && from.len() == 34;
        if !is_number(from) && !is_name && !is_service {
            fields.mistake("from", "must be a number such as +15005550006, a sender's name, or a messaging service (MG…)");
            return None;
        }
        Some(from.to_owned())
    });
    let to = needed(fields, "to", "the number that gets it, such as +4915112345678");
    let to = to.and_then(|to| {
        if !is_number(to) {
            fields
                .mistake("to", "must be one number with + and its country, such as +4915112345678");
            return None;
        }
        Some(to.to_owned())
    });
    Some(Receiver::Sms { api: api?, account: account?, token: token?, from: from?, to: to? })
}

/// E.164.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
