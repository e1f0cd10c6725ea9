//! A browser without a screen: somebody who is logged in to the dashboard of a daemon.

use std::time::Duration;

use cliphound_clock::Clock;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};
use serde_json::Value;

use crate::{PATIENCE, daemon::Daemon};

/// The owner's, in these stories.
pub const NAME: &str = "ann";
pub const PASSWORD: &str = "a few plain words";

/// Somebody's browser, which keeps a session.
#[derive(Clone)]
pub struct Dashboard {
    /// Such as `http://127.0.0.1:41234`.
    pub url: String,
    http: Client,
    cookie: Option<String>,
}

impl Dashboard {
    /// Nobody, at a daemon that runs.
    pub fn at(url: &str) -> Self {
        // As a browser says of what its own pages send.
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .default_headers(headers)
            .build()
            .unwrap();
        Self { url: url.to_owned(), http, cookie: None }
    }

    /// Nobody, at a daemon whose log was not read further than its address.
    pub async fn of(daemon: &mut Daemon) -> Self {
        let line = daemon.log_line("its address", |line| line["address"].is_string()).await;
        Self::at(&format!("http://{}", line["address"].as_str().unwrap()))
    }

    /// The owner, by the link that the log of a new daemon tells. Wait for nothing in its log
    /// before: this reads on to the link.
    pub async fn first_owner(daemon: &mut Daemon) -> Self {
        let line = daemon.log_line("the link", |line| line["link"].is_string()).await;
        let link = line["link"].as_str().unwrap().to_owned();
        let (url, code) = link.split_once("/setup?code=").unwrap();
        let mut owner = Self::at(url);
        let form = [("code", code), ("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(owner.log_in_by("/setup", &form).await, StatusCode::SEE_OTHER);
        owner
    }

    /// Logs in by a form; whether it worked shows in the status and in [`Self::is_in`].
    pub async fn log_in_by(&mut self, path: &str, form: &[(&str, &str)]) -> StatusCode {
        let answer = self.request("POST", path).form(form).send().await.unwrap();
        self.cookie = session(&answer).or(self.cookie.take());
        answer.status()
    }

    /// Logs in with a name and a password.
    pub async fn log_in(&mut self, name: &str, password: &str) -> StatusCode {
        self.log_in_by("/login", &[("name", name), ("password", password)]).await
    }

    /// Keeps the session that an answer brought.
    pub fn take(&mut self, answer: &Response) {
        self.cookie = session(answer).or(self.cookie.take());
    }

    /// What opens the session.
    pub fn session(&self) -> &str {
        self.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).unwrap().1
    }

    /// A request in the session's name.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Goes to another site, without the session.
    pub async fn follow(&self, url: &str) -> Response {
        self.http.get(url).header("sec-fetch-site", "none").send().await.unwrap()
    }

    /// A page, whatever it is.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.request("GET", path).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let (status, text) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    /// Whether somebody is logged in.
    pub async fn is_in(&self) -> bool {
        self.get("/settings").await.0 == StatusCode::OK
    }

    /// Sends a form of a page, with what such a form carries.
    pub async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let csrf = self.csrf().await;
        let mut form = form.to_vec();
        form.push(("csrf", &csrf));
        self.request("POST", path).form(&form).send().await.unwrap()
    }

    /// The same; what it is answered.
    pub async fn send(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let answer = self.submit(path, form).await;
        (answer.status(), answer.text().await.unwrap())
    }

    /// Calls the API, below `/api/v1`; what it answers as JSON.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self.request(method, &format!("/api/v1{path}"));
        if method != "GET" {
            request = request.header("x-csrf", self.csrf().await);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The token that this session's forms carry.
    pub async fn csrf(&self) -> String {
        between(&self.page("/settings").await, "<meta name=\"csrf\" content=\"", "\"")
    }
}

/// What stands between two pieces of a page.
pub fn between(page: &str, before: &str, after: &str) -> String {
    let from = page.split_once(before).unwrap_or_else(|| panic!("{before}: {page}")).1;
    from.split_once(after).unwrap().0.to_owned()
}

/// Where an answer leads.
pub fn leads_to(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

fn session(answer: &Response) -> Option<String> {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    cookies.rfind(|cookie| cookie.starts_with("cliphound=")).map(str::to_owned)
}

/// Waits until chat is heard and the disk works.
pub async fn until_ready(owner: &Dashboard) {
    let look = async {
        while !owner.get("/readyz").await.0.is_success() {
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap();
}

/// Waits until a page is as it should be.
pub async fn until_page(owner: &Dashboard, path: &str, fits: impl Fn(&str) -> bool) -> String {
    let look = async {
        loop {
            let page = owner.page(path).await;
            if fits(&page) {
                return page;
            }
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("{path} stays as it is"))
}
