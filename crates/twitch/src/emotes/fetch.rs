//! Asks the emote services over HTTP: bounded in size and time.

use std::time::Duration;

use url::Url;

use super::{
    bttv,
    emote::{Fetched, Place, Service},
    ffz, seventv,
};
use crate::oauth::http::is_plain_here;

/// Time to reach a service. Real time, whatever the clock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole answer. Real time.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest answer that is read: 7TV tells 2 kB an emote, and a channel may have some
/// thousand.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Base addresses of the services; paths are appended to them.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Such as `https://7tv.io/v3`.
    pub seventv: Url,
    /// Such as `https://api.betterttv.net/3`.
    pub bttv: Url,
    /// Such as `https://api.frankerfacez.com/v1`.
    pub ffz: Url,
}

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No whole answer came.
    #[error("{0}")]
    Unreachable(&'static str),
    /// A status that is neither success nor 404.
    #[error("it answered {0}")]
    Status(u16),
    /// More than 16 MB.
    #[error("its answer is too large")]
    TooLarge,
    /// Something else than what it documents: HTML, say.
    #[error("its answer makes no sense")]
    Malformed,
}

/// The client of the three services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EmoteApi {
    addresses: Addresses,
    http: reqwest::Client,
}

impl EmoteApi {
    /// A client; asks nothing yet.
    ///
    /// # Errors
    /// When the system's TLS set-up can't be used.
    pub fn new(addresses: Addresses) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder();
        let all = [&addresses.seventv, &addresses.bttv, &addresses.ffz];
        let is_here = all.into_iter().any(is_plain_here);
        let builder = if is_here { builder.no_proxy() } else { builder };
        let http = builder
            .user_agent(concat!("cliphound/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()?;
        Ok(Self { addresses, http })
    }

    /// The emotes of a place. Who has no account at a service (404) has no emotes there.
    /// Twitch's own come by Helix: here it has none.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, service: Service, place: &Place) -> Result<Fetched, FetchError> {
        let Some(url) = self.address(service, place) else { return Ok(Fetched::default()) };
        let Some(body) = self.get(url).await? else { return Ok(Fetched::default()) };
        let read = match (service, place) {
            (Service::SevenTv, Place::Global) => seventv::global,
            (Service::SevenTv, Place::Channel(_)) => seventv::channel,
            (Service::Bttv, Place::Global) => bttv::global,
            (Service::Bttv, Place::Channel(_)) => bttv::channel,
            (_, Place::Global) => ffz::global,
            (_, Place::Channel(_)) => ffz::channel,
        };
        read(&body).map_err(|_| FetchError::Malformed)
    }

    fn address(&self, service: Service, place: &Place) -> Option<Url> {
        let (base, path) = match (service, place) {
            (Service::SevenTv, Place::Global) => (&self.addresses.seventv, "emote-sets/global"),
            (Service::SevenTv, Place::Channel(_)) => (&self.addresses.seventv, "users/twitch"),
            (Service::Bttv, Place::Global) => (&self.addresses.bttv, "cached/emotes/global"),
            (Service::Bttv, Place::Channel(_)) => (&self.addresses.bttv, "cached/users/twitch"),
            (Service::Ffz, Place::Global) => (&self.addresses.ffz, "set/global"),
            (Service::Ffz, Place::Channel(_)) => (&self.addresses.ffz, "room/id"),
            (Service::Twitch, _) => return None,
        };
        let mut url = base.clone();
        let mut segments = url.path_segments_mut().ok()?;
        segments.pop_if_empty().extend(path.split('/'));
        if let Place::Channel(id) = place {
            segments.push(id);
        }
        drop(segments);
        Some(url)
    }

    /// The body of a success; `None` for a 404.
    async fn get(&self, url: Url) -> Result<Option<Vec<u8>>, FetchError> {
        let mut answer = self.http.get(url).send().await.map_err(|error| why(&error))?;
        match answer.status().as_u16() {
            200..=299 => {}
            404 => return Ok(None),
            status => return Err(FetchError::Status(status)),
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| why(&error))? {
            if body.len() + piece.len() > MAX_BODY {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Some(body))
    }
}

fn why(error: &reqwest::Error) -> FetchError {
    FetchError::Unreachable(if error.is_timeout() {
        "it does not answer in time"
    } else if error.is_connect() {
        "there is no connection"
    } else {
        "its answer broke off"
    })
}

#[cfg(test)]
mod tests {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;

    async fn api(server: &MockServer) -> EmoteApi {
        let base = |name: &str| Url::parse(&format!("{}/{name}/", server.uri())).unwrap();
        let addresses = Addresses { seventv: base("7"), bttv: base("b"), ffz: base("f") };
        EmoteApi::new(addresses).unwrap()
    }

    async fn answer(server: &MockServer, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at)).respond_with(answer).mount(server).await;
    }

    #[tokio::test]
    async fn each_service_has_its_addresses() {
        let server = MockServer::start().await;
        let seventv = r#"{"id":"S","emotes":[{"id":"1","name":"A1"}]}"#;
        let bttv = r#"{"channelEmotes":[{"id":"1","code":"B1"}]}"#;
        let ffz = r#"{"sets":{"1":{"emoticons":[{"id":1,"name":"C1"}]}}}"#;
        for (at, body) in [
            ("/7/emote-sets/global", seventv.to_owned()),
            ("/7/users/twitch/5", format!(r#"{{"emote_set":{seventv}}}"#)),
            ("/b/cached/emotes/global", r#"[{"id":"1","code":"B1"}]"#.to_owned()),
            ("/b/cached/users/twitch/5", bttv.to_owned()),
            ("/f/set/global", ffz.replacen('{', r#"{"default_sets":[1],"#, 1)),
            ("/f/room/id/5", ffz.to_owned()),
        ] {
            answer(&server, at, ResponseTemplate::new(200).set_body_string(body)).await;
        }
        let api = api(&server).await;
        let names = [(Service::SevenTv, "A1"), (Service::Bttv, "B1"), (Service::Ffz, "C1")];
        for (service, name) in names {
            for place in [Place::Global, Place::channel("5").unwrap()] {
                let found = api.fetch(service, &place).await.unwrap();
                assert_eq!(found.emotes[0].name, name, "{service} {place:?}");
            }
            let nobody = Place::channel("6").unwrap();
            assert_eq!(api.fetch(service, &nobody).await, Ok(Fetched::default()), "{service}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer() {
        let check = async |reply: ResponseTemplate, expected: FetchError| {
            let server = MockServer::start().await;
            answer(&server, "/7/emote-sets/global", reply).await;
            let found = api(&server).await.fetch(Service::SevenTv, &Place::Global).await;
            assert_eq!(found, Err(expected));
        };
        check(ResponseTemplate::new(503), FetchError::Status(503)).await;
        check(ResponseTemplate::new(302), FetchError::Status(302)).await;
        let html = ResponseTemplate::new(200).set_body_string("<html>hello</html>");
        check(html, FetchError::Malformed).await;
        let large = ResponseTemplate::new(200).set_body_bytes(vec![b' '; MAX_BODY + 1]);
        check(large, FetchError::TooLarge).await;
        let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
        let [seventv, bttv, ffz] = [nowhere.clone(), nowhere.clone(), nowhere];
        let api = EmoteApi::new(Addresses { seventv, bttv, ffz }).unwrap();
        let found = api.fetch(Service::Ffz, &Place::Global).await;
        assert_eq!(found, Err(FetchError::Unreachable("there is no connection")));
    }
}
