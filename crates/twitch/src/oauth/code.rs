//! The authorization code flow: the browser comes back to us with a code.

use rand::RngExt;
use reqwest::StatusCode;
use url::{Url, form_urlencoded};

use super::{
    app::{self, App},
    endpoint::Pair,
    error::LoginError,
};
use crate::words::told;

/// Letters of the word that tells our own log-in from somebody else's.
const STATE_LENGTH: usize = 32;

/// A log-in for which the browser is under way.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    url: Url,
    redirect: String,
    state: String,
}

impl CodeRequest {
    /// Where the user goes.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Reads what the browser brings to the redirect address: the code.
    ///
    /// # Errors
    /// [`LoginError::WrongState`] when it is not the answer to this log-in; that the user
    /// said no, or that Twitch did.
    pub fn code(&self, query: &str) -> Result<String, LoginError> {
        let find = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if find("state").as_deref() != Some(self.state.as_str()) {
            return Err(LoginError::WrongState);
        }
        match (find("code").filter(|code| !code.is_empty()), find("error")) {
            (Some(code), _) => Ok(code),
            (None, Some(error)) if error == "access_denied" => Err(LoginError::Denied),
            (None, error) => {
                let words = find("error_description").or(error);
                Err(LoginError::Refused(
                    words.map_or_else(|| "no code came".to_owned(), |w| told(&w)),
                ))
            }
        }
    }
}

impl App {
    /// Begins a log-in that asks for `scopes`; the browser comes back to `redirect`, which
    /// must be registered for the application in just these letters.
    ///
    /// # Errors
    /// When the log-in service's address can't have paths.
    pub fn ask_code(&self, redirect: &str, scopes: &[String]) -> Result<CodeRequest, LoginError> {
        let mut url = self.0.base.clone();
        let no_base = || LoginError::Refused(format!("{} is no base address", self.0.base));
        url.path_segments_mut().map_err(|()| no_base())?.pop_if_empty().push("authorize");
        let state = random_word();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.0.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &state);
        Ok(CodeRequest { url, redirect: redirect.to_owned(), state })
    }

    /// Trades the code for a token.
    ///
    /// # Errors
    /// When Twitch refuses it, or gives no usable answer: then the log-in must begin anew.
    pub async fn trade(&self, request: &CodeRequest, code: &str) -> Result<Pair, LoginError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.redirect.as_str()),
        ];
        let answer = self.grant(&form).await?;
        match answer.status() {
            StatusCode::OK => app::pair(&answer),
            _ => Err(app::refusal(&answer)),
        }
    }
}

fn random_word() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..STATE_LENGTH).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> CodeRequest {
        let http = super::super::http_client(&[]).unwrap();
        let base = Url::parse("https://id.example.org/oauth2").unwrap();
        let app = App::new(base, "app".to_owned(), None, http);
        app.ask_code("http://localhost:3000", &["a:b".to_owned(), "c:d".to_owned()]).unwrap()
    }

    #[test]
    fn the_address_holds_everything() {
        let request = request();
        let expected = format!(
            "https://id.example.org/oauth2/authorize?response_type=code&client_id=app&\
             redirect_uri=http%3A%2F%2Flocalhost%3A3000&scope=a%3Ab+c%3Ad&state={}",
            request.state
        );
        assert_eq!(request.url().as_str(), expected);
        assert_eq!(request.state.len(), STATE_LENGTH);
        assert_ne!(request.state, super::tests::request().state);
    }

    #[test]
    fn only_the_answer_to_this_log_in_counts() {
        let request = request();
        let check = |query: String, expected: Result<&str, LoginError>| {
            assert_eq!(request.code(&query), expected.map(str::to_owned), "{query}");
        };
        let state = &request.state;
        check(format!("code=c1&scope=a&state={state}"), Ok("c1"));
        check("code=c1&state=other".to_owned(), Err(LoginError::WrongState));
        check("code=c1".to_owned(), Err(LoginError::WrongState));
        check(format!("error=access_denied&state={state}"), Err(LoginError::Denied));
        let refused = |words: &str| Err(LoginError::Refused(words.to_owned()));
        check(
            format!("error=server_error&error_description=it+broke&state={state}"),
            refused("it broke"),
        );
        check(format!("code=&state={state}"), refused("no code came"));
    }
}
