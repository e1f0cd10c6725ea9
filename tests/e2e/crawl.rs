//! Everything that a person can get from a daemon by looking: all of the API that is described,
//! and every page that another one leads to.

use std::collections::{BTreeSet, VecDeque};

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::{PATIENCE, dashboard::Dashboard};

/// More answers than a small daemon has: a crawl that goes round in circles fails.
const MOST: usize = 600;
/// Where to begin: pages, their streams of events, and what machines ask.
const SEEDS: [&str; 7] = [
    "/",
    "/live/events",
    "/review/events",
    "/api/v1/events?after=0",
    "/metrics",
    "/healthz",
    "/readyz",
];

/// What was answered: the path, and its whole answer with its headers.
pub struct Answer {
    pub path: String,
    pub text: Vec<u8>,
}

/// All answers, of the API with these words in place of what stands in braces.
pub async fn everything(owner: &Dashboard, words: &[(&str, &[&str])]) -> Vec<Answer> {
    let mut seeds: Vec<String> = SEEDS.map(str::to_owned).to_vec();
    seeds.extend(described(owner).await.iter().flat_map(|path| filled(path, words)));
    let mut known: BTreeSet<String> = seeds.iter().cloned().collect();
    let (mut waiting, mut answers) = (VecDeque::from(seeds), Vec::new());
    while let Some(path) = waiting.pop_front() {
        let answer = owner.request("GET", &path).send().await.unwrap();
        let (is_page, text) = read(answer).await;
        if is_page {
            let links = links(&String::from_utf8_lossy(&text));
            waiting.extend(links.into_iter().filter(|link| known.insert(link.clone())));
        }
        answers.push(Answer { path, text });
        assert!(answers.len() < MOST, "the pages have no end: {known:?}");
    }
    answers
}

/// What can be got by the API, as it describes itself.
async fn described(owner: &Dashboard) -> Vec<String> {
    let text = owner.page("/api/v1/openapi.json").await;
    let api: Value = serde_json::from_str(&text).unwrap();
    let paths = api["paths"].as_object().unwrap().iter();
    paths.filter(|(_, ways)| ways["get"].is_object()).map(|(path, _)| path.clone()).collect()
}

/// A path with each word that fits where it has `{name}`.
fn filled(path: &str, words: &[(&str, &[&str])]) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (name, after) = rest.split_once('}').unwrap();
    let (_, fits) = words.iter().find(|(known, _)| *known == name).unwrap_or_else(|| {
        panic!("{path}: nothing is known that goes in place of {name}; add it to the test")
    });
    fits.iter().flat_map(|word| filled(&format!("{before}{word}{after}"), words)).collect()
}

/// Whether it is a page, and its headers with its content; of a stream its first piece. The
/// cookie that is renewed is for whoever sent it.
async fn read(mut answer: Response) -> (bool, Vec<u8>) {
    let kind = answer.headers().get("content-type").map_or(&b""[..], |kind| kind.as_bytes());
    let (is_page, is_stream) =
        (kind.starts_with(b"text/html"), kind.starts_with(b"text/event-stream"));
    let mut text = Vec::new();
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "set-cookie") {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(value.as_bytes());
    }
    while let Some(piece) = timeout(PATIENCE, answer.chunk()).await.unwrap().unwrap() {
        text.extend_from_slice(&piece);
        if is_stream {
            break;
        }
    }
    (is_page, text)
}

/// Addresses of ours that a page leads to.
fn links(page: &str) -> Vec<String> {
    let quoted = ["href=\"/", "src=\"/", "data-live=\"/"];
    let found = quoted.iter().flat_map(|begin| page.split(begin).skip(1));
    let found = found.filter_map(|rest| rest.split_once('"').map(|(path, _)| path));
    found.map(|path| format!("/{}", path.replace("&amp;", "&"))).collect()
}
