//! `[web]`: where Cliphound can be looked at, and by whom.

mod listen;
mod names;
mod public_url;

use cliphound_twitch::ChannelLogin;
use url::Url;

use super::reader::Reader;

pub use listen::Listen;
pub use names::{HostName, Proxy};

pub(super) const KEYS: &[&str] = &[
    "web.listen",
    "web.public_url",
    "web.hosts",
    "web.trusted_proxies",
    "web.owners",
    "web.editors",
    "web.viewers",
];

/// Being looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Web {
    /// Where the pages, the API, `/healthz`, `/readyz` and `/metrics` are.
    pub listen: Listen,
    /// What browsers call our pages from elsewhere, without a path: a proxy with TLS before us, or
    /// this machine on a private network. Links of alerts begin with it.
    pub public_url: Option<Url>,
    /// Names that requests may use besides those of this machine and the one in `public_url`.
    pub hosts: Vec<HostName>,
    /// Proxies that are believed who sent a request.
    pub trusted_proxies: Vec<Proxy>,
    /// Users of Twitch who may do everything.
    pub owners: Vec<ChannelLogin>,
    /// Users of Twitch who may judge and clip in all channels.
    pub editors: Vec<ChannelLogin>,
    /// Users of Twitch who may look at all channels.
    pub viewers: Vec<ChannelLogin>,
}

impl Web {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen: reader.parsed("web.listen", Listen::default()),
            public_url: public_url(reader),
            hosts: reader.several("web.hosts", Vec::new()),
            trusted_proxies: reader.several("web.trusted_proxies", Vec::new()),
            owners: reader.logins("web.owners"),
            editors: reader.logins("web.editors"),
            viewers: reader.logins("web.viewers"),
        }
    }
}

fn public_url(reader: &mut Reader<'_>) -> Option<Url> {
    let key = "web.public_url";
    let text = reader.optional(key)?;
    match public_url::parse(&text) {
        Ok(url) => Some(url),
        Err(problem) => {
            reader.mistake(key, format!("{key} {problem}"));
            None
        }
    }
}
