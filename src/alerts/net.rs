//! The way to a receiver: names are resolved here, and only addresses that may be used are
//! connected to. What is checked is what is dialled, so a name can't change in between.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use cliphound_twitch::{net::remedy, words::told};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{
    form::Request,
    mail,
    verdict::{Answer, Verdict, of_http},
};
use crate::config::{
    Alert,
    alerts::{
        Receiver, Tls,
        reach::{self, Refused},
    },
};

/// Time to reach a receiver, in real time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole attempt, in real time.
const TIMEOUT: Duration = Duration::from_secs(15);
/// So much of an answer is read.
const MOST_BODY: usize = 4_096;

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the internet.
    Public,
    /// Those and private ones.
    Any,
    /// This machine only: the way there is not encrypted.
    Loopback,
}

/// A name leads to no address that may be used.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to {address}, {why}{hint}")]
pub struct OutOfReach {
    host: String,
    address: IpAddr,
    why: &'static str,
    hint: &'static str,
}

/// What to do where that is right.
const ALLOW: &str = ": if that is your own server, write allow_private = true";

impl Reach {
    /// What an alert's settings allow.
    #[must_use]
    pub fn of(alert: &Alert) -> Self {
        let is_plain = |url: &str| url.starts_with("http:");
        let is_plain = match &alert.to {
            Receiver::Discord { url }
            | Receiver::Slack { url }
            | Receiver::Ntfy { url, .. }
            | Receiver::Webhook { url, .. } => is_plain(url.expose()),
            Receiver::Sms { api, .. } => is_plain(api.as_str()),
            Receiver::Email { tls, .. } => *tls == Tls::None,
        };
        match (alert.allow_private, is_plain) {
            (_, true) => Self::Loopback,
            (true, false) => Self::Any,
            (false, false) => Self::Public,
        }
    }

    /// Whether this address of `host` may be used.
    ///
    /// # Errors
    /// When it may not.
    pub fn check(self, host: &str, address: IpAddr) -> Result<(), OutOfReach> {
        let no = |why, hint| OutOfReach { host: host.to_owned(), address, why, hint };
        match reach::judge(address, self != Self::Public) {
            Err(Refused::Private) => {
                Err(no("an address of this machine or of a private network", ALLOW))
            }
            Err(Refused::Never) => Err(no("an address that is never used for alerts", "")),
            Ok(()) if self == Self::Loopback && !reach::is_loopback(address) => Err(no(
                "an address of another machine, and the way there is not encrypted",
                ": use https or TLS, or a relay on this machine",
            )),
            Ok(()) => Ok(()),
        }
    }

    /// The addresses of a host that may be used; at least one.
    ///
    /// # Errors
    /// When the name is not known, or none of its addresses may be used ([`OutOfReach`]).
    pub async fn resolve(
        self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        let mut refused = None;
        let mut usable = Vec::new();
        for address in found {
            match self.check(host, address.ip()) {
                Ok(()) => usable.push(address),
                Err(error) => refused = Some(error),
            }
        }
        match (usable.is_empty(), refused) {
            (false, _) => Ok(usable),
            (true, Some(refused)) => Err(Box::new(refused)),
            (true, None) => Err(format!("{host} has no address").into()),
        }
    }
}

/// Names for [`Http`].
struct Checked(Reach);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let addresses = reach.resolve(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// HTTP to one receiver.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    reach: Reach,
}

impl Http {
    /// For the receiver of an alert. Reads its certificate, if it names one: blocking.
    ///
    /// # Errors
    /// When that can't be read, or TLS can't be used.
    pub fn new(alert: &Alert) -> anyhow::Result<Self> {
        let reach = Reach::of(alert);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cliphound/", env!("CARGO_PKG_VERSION")))
            // A proxy would resolve names itself, where nobody checks them.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .https_only(reach != Reach::Loopback)
            .dns_resolver(Checked(reach));
        if let Some(path) = &alert.ca_file {
            let certificate = reqwest::Certificate::from_pem(&certificate(path)?)
                .with_context(|| format!("{} is no certificate (PEM)", path.display()))?;
            builder = builder.tls_certs_merge([certificate]);
        }
        let client = builder.build().context("TLS can't be used on this system")?;
        Ok(Self { client, reach })
    }

    /// One attempt. `now_s`: Unix seconds.
    pub async fn post(&self, request: Request, now_s: i64) -> Verdict {
        if let Err(error) = self.literal(&request.url) {
            return Verdict::Never { for_all: true, why: error.to_string() };
        }
        let mut post = self
            .client
            .post(&request.url)
            .header("content-type", request.content_type)
            .body(request.body);
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        if let Some((user, password)) = request.login {
            post = post.basic_auth(user, Some(password));
        }
        match post.send().await {
            Ok(answer) => read(answer, now_s).await,
            Err(error) => trouble(&error.without_url()),
        }
    }

    /// An address in place of a name is resolved by nobody.
    fn literal(&self, url: &str) -> Result<(), OutOfReach> {
        let Ok(url) = Url::parse(url) else { return Ok(()) };
        let host = url.host_str().unwrap_or_default();
        match url.host() {
            Some(Host::Ipv4(address)) => self.reach.check(host, address.into()),
            Some(Host::Ipv6(address)) => self.reach.check(host, address.into()),
            _ => Ok(()),
        }
    }
}

/// The text of a certificate.
///
/// # Errors
/// When it can't be read.
pub fn certificate(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("ca_file {} can't be read", path.display()))
}

async fn read(mut answer: reqwest::Response, now_s: i64) -> Verdict {
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let mut body = Vec::new();
    while body.len() < MOST_BODY
        && let Ok(Some(piece)) = answer.chunk().await
    {
        body.extend_from_slice(&piece);
    }
    body.truncate(MOST_BODY);
    let body = String::from_utf8_lossy(&body);
    of_http(&Answer { status, retry_after: retry_after.as_deref(), body: &body }, now_s)
}

/// A receiver that can't be reached now, or never may be. A name leads elsewhere while a router without a
/// connection answers for everybody, so only an address that is written down is refused for good.
pub fn trouble(error: &(dyn Error + 'static)) -> Verdict {
    let (mut next, mut words, mut last) = (Some(error), Vec::new(), String::new());
    while let Some(error) = next {
        if let Some(out) = error.downcast_ref::<OutOfReach>() {
            let why = out.to_string();
            // In a URL an address of IPv6 stands in brackets.
            return match out.host.trim_matches(['[', ']']).parse::<IpAddr>() {
                Ok(_) => Verdict::Never { for_all: true, why },
                Err(_) => Verdict::Later { after: None, why },
            };
        }
        let text = error.to_string();
        // Some say in their own words what lies below them, too.
        if !words.iter().any(|said: &String| said.contains(&text)) {
            words.push(text.clone());
        }
        last = text;
        next = error.source();
    }
    let http = error.downcast_ref::<reqwest::Error>();
    let mail = error.downcast_ref::<lettre::transport::smtp::Error>();
    let is_connect =
        http.is_some_and(reqwest::Error::is_connect) || mail.is_some_and(mail::is_out_of_reach);
    if http.is_some_and(reqwest::Error::is_timeout) {
        return timed_out();
    }
    let why = match remedy(error) {
        Some(remedy) => mended(&remedy),
        // Between the first word and the last stands who called whom in our own program.
        None if is_connect => format!(
            "the receiver can't be reached ({last}): check its address and port, and whether it runs"
        ),
        None => words.join(": "),
    };
    Verdict::Later { after: None, why: told(&why) }
}

/// What to do about a connection, said of a receiver.
fn mended(remedy: &str) -> String {
    let of = |rest: &str, who: &str| format!("{who} {rest}");
    let its = remedy.strip_prefix("its ").map(|rest| of(rest, "the receiver's"));
    let told = its.or_else(|| remedy.strip_prefix("it ").map(|rest| of(rest, "the receiver")));
    let told = told.unwrap_or_else(|| remedy.to_owned());
    if told.contains(" is not trusted") {
        return format!("{told}; of your own server, name its certificate as ca_file");
    }
    told
}

/// For those who wait.
#[must_use]
pub fn timed_out() -> Verdict {
    Verdict::Later { after: None, why: "the receiver did not answer in time".to_owned() }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::{CertificateError, Error as TlsError};

    use super::*;

    #[test]
    fn what_people_can_mend_says_how() {
        let check = |error: std::io::Error, starts: &str, ends: &str| {
            let Verdict::Later { why, .. } = trouble(&error) else { panic!("{error}") };
            assert!(why.starts_with(starts) && why.ends_with(ends), "{why}");
        };
        let name = "failed to lookup address information: Name or service not known";
        let network = "look at this machine's network and DNS";
        check(std::io::Error::other(name), "the receiver's name is not known (", network);
        let unknown = CertificateError::UnknownIssuer;
        let certificate = TlsError::InvalidCertificate(unknown);
        let own = "of your own server, name its certificate as ca_file";
        let starts = "the receiver's certificate is not trusted (";
        check(std::io::Error::other(certificate), starts, own);
        let told = "it broke off";
        check(std::io::Error::other(told), told, told);
    }

    /// Says what lies below it, too.
    #[derive(Debug, thiserror::Error)]
    #[error("network error: {0}")]
    struct Talkative(#[source] std::io::Error);

    #[test]
    fn nothing_is_said_twice() {
        let error = Talkative(std::io::Error::other("it broke off"));
        let Verdict::Later { why, .. } = trouble(&error) else { panic!("{error}") };
        assert_eq!(why, "network error: it broke off");
    }

    #[test]
    fn only_an_address_that_is_written_down_is_refused_for_good() {
        let within = |host: &str| {
            let address = "fd00::1".parse().unwrap();
            trouble(&Reach::Public.check(host, address).unwrap_err())
        };
        for host in ["fd00::1", "[fd00::1]"] {
            assert!(matches!(within(host), Verdict::Never { for_all: true, .. }), "{host}");
        }
        assert!(matches!(within("hooks.example"), Verdict::Later { after: None, .. }));
    }

    #[tokio::test]
    async fn nobody_there_is_told_in_few_words() {
        let alert = crate::alerts::story::webhook("a", "http://127.0.0.1:1/x");
        let request = Request {
            url: "http://127.0.0.1:1/x".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            content_type: "application/json",
            login: None,
        };
        let http = Http::new(&alert).unwrap();
        let Verdict::Later { why, .. } = http.post(request, 0).await else { panic!() };
        assert!(why.starts_with("the receiver can't be reached (Connection refused"), "{why}");
        assert!(why.ends_with("whether it runs") && !why.contains("client error"), "{why}");
    }

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused_unless_allowed() {
        let check = async |reach: Reach, host: &str, expected: Option<&str>| {
            let found = reach.resolve(host, 80).await.map_err(|error| error.to_string());
            match (found, expected) {
                (Ok(_), None) => {}
                (Err(error), Some(part)) => assert!(error.contains(part), "{error}"),
                (found, _) => panic!("{host}: {found:?}"),
            }
        };
        check(Reach::Public, "localhost", Some("allow_private = true")).await;
        check(Reach::Public, "127.0.0.1", Some("allow_private = true")).await;
        check(Reach::Any, "localhost", None).await;
        check(Reach::Any, "192.168.0.1", None).await;
        check(Reach::Loopback, "localhost", None).await;
        check(Reach::Loopback, "::1", None).await;
        for elsewhere in ["192.168.0.1", "10.1.2.3", "fd12::1", "1.1.1.1"] {
            check(Reach::Loopback, elsewhere, Some("or a relay on this machine")).await;
        }
        check(Reach::Any, "169.254.169.254", Some("never used")).await;
        check(Reach::Public, "1.1.1.1", None).await;
    }
}
