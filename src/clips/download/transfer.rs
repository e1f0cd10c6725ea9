//! Fetches one file over HTTP, and goes on where an earlier attempt was cut off.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail, ensure};
use cliphound_twitch::net::is_loopback;
use reqwest::{StatusCode, Url, header};
use tokio::{
    fs::{File, OpenOptions},
    io::AsyncWriteExt,
};

use super::name;

/// The largest video: a minute of video is about 50 MB.
const MAX_BYTES: u64 = 1 << 30;
/// Time for one attempt; the next goes on where this one was. Real time.
const ATTEMPT: Duration = Duration::from_secs(600);
/// Steps of the progress in the log, in percent.
const STEP: u64 = 25;

/// Fetches `address` into `path`; until it is whole, it lies beside it as `.part`.
///
/// # Errors
/// When the address may not be used, the transfer breaks or is not as long as announced, or
/// the disk fails. What has come is kept for the next attempt.
pub async fn fetch(http: &reqwest::Client, address: &str, path: &Path) -> anyhow::Result<u64> {
    let address = checked(address)?;
    let part = name::part(path);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.context("its folder can't be made")?;
    }
    let have = tokio::fs::metadata(&part).await.map_or(0, |meta| meta.len());
    let mut request = http.get(address).timeout(ATTEMPT);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let (from, total) = match answer.status() {
        StatusCode::OK => (0, answer.content_length()),
        StatusCode::PARTIAL_CONTENT => {
            let range = content_range(&answer).context("a part without its place")?;
            ensure!(range.0 == have, "Twitch sent another part than the one asked for");
            (have, range.1)
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            tokio::fs::remove_file(&part).await.context("what is there is too long")?;
            bail!("what was there is not of this video: starting anew");
        }
        status => bail!("the answer was {status}"),
    };
    ensure!(total.is_none_or(|total| total <= MAX_BYTES), "the video is larger than 1 GiB");
    let mut file = open(&part, from).await.context("the file can't be written")?;
    let length = copy(&mut answer, &mut file, from, total, path).await?;
    ensure!(
        total.is_none_or(|total| total == length),
        "it ended after {length} of {} bytes",
        total.unwrap_or(0)
    );
    file.sync_all().await.context("the file can't be written")?;
    drop(file);
    tokio::fs::rename(&part, path).await.context("the file can't be named")?;
    Ok(length)
}

/// TLS, except on this machine.
fn checked(address: &str) -> anyhow::Result<Url> {
    let url = Url::parse(address).context("its address makes no sense")?;
    let may = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    ensure!(may, "its address is not https");
    Ok(url)
}

/// First byte and, where told, length of the whole: `bytes 100-199/200`.
fn content_range(answer: &reqwest::Response) -> Option<(u64, Option<u64>)> {
    let text = answer.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// Opens what is there to go on at `from`; from 0, anew.
async fn open(part: &Path, from: u64) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    if from > 0 {
        return options.append(true).open(part).await;
    }
    options.write(true).create(true).truncate(true).open(part).await
}

async fn copy(
    answer: &mut reqwest::Response,
    file: &mut File,
    from: u64,
    total: Option<u64>,
    path: &Path,
) -> anyhow::Result<u64> {
    let (mut length, mut told) = (from, from);
    let result = loop {
        match answer.chunk().await {
            Ok(Some(piece)) => {
                length += piece.len() as u64;
                ensure!(length <= MAX_BYTES, "the video is larger than 1 GiB");
                file.write_all(&piece).await.context("the file can't be written")?;
                if let Some(percent) = progress(told, length, total) {
                    told = length;
                    tracing::info!(file = %path.display(), percent, "fetching a video");
                }
            }
            Ok(None) => break Ok(length),
            Err(error) => break Err(error.without_url()),
        }
    };
    file.flush().await.context("the file can't be written")?;
    Ok(result?)
}

/// The percentage to tell, if another step is reached since `told` bytes.
fn progress(told: u64, length: u64, total: Option<u64>) -> Option<u64> {
    let total = total.filter(|total| *total > 0)?;
    let steps = |bytes: u64| bytes * 100 / total / STEP;
    (steps(length) > steps(told)).then(|| length * 100 / total)
}

#[cfg(test)]
mod tests {
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{header as has, method},
    };

    use super::*;

    async fn fetched(server: &MockServer, path: &Path) -> anyhow::Result<u64> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        fetch(&http, &format!("{}/v.mp4", server.uri()), path).await
    }

    #[tokio::test]
    async fn a_video_is_fetched_whole() {
        let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
        let answer = ResponseTemplate::new(200).set_body_bytes(vec![7; 1000]);
        Mock::given(method("GET")).respond_with(answer).expect(1).mount(&server).await;
        let path = dir.path().join("ninja/a.mp4");
        assert_eq!(fetched(&server, &path).await.unwrap(), 1000);
        assert_eq!(std::fs::read(&path).unwrap(), vec![7; 1000]);
        assert!(!name::part(&path).exists());
    }

    #[tokio::test]
    async fn it_goes_on_where_it_was_cut_off() {
        let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
        let path = dir.path().join("a.mp4");
        std::fs::write(name::part(&path), b"abc").unwrap();
        let answer = ResponseTemplate::new(206)
            .insert_header("Content-Range", "bytes 3-5/6")
            .set_body_bytes(b"def".as_slice());
        Mock::given(has("Range", "bytes=3-")).respond_with(answer).expect(1).mount(&server).await;
        assert_eq!(fetched(&server, &path).await.unwrap(), 6);
        assert_eq!(std::fs::read(&path).unwrap(), b"abcdef");
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_taken() {
        for (answer, words, left) in [
            (
                ResponseTemplate::new(206).insert_header("Content-Range", "bytes 0-2/6"),
                "another part",
                true,
            ),
            (
                ResponseTemplate::new(206)
                    .insert_header("Content-Range", "bytes 3-4/6")
                    .set_body_bytes(b"de".as_slice()),
                "after 5 of 6 bytes",
                true,
            ),
            (ResponseTemplate::new(416), "starting anew", false),
            (ResponseTemplate::new(403), "403", true),
        ] {
            let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
            let path = dir.path().join("a.mp4");
            std::fs::write(name::part(&path), b"abc").unwrap();
            Mock::given(method("GET")).respond_with(answer).mount(&server).await;
            let error = format!("{:#}", fetched(&server, &path).await.unwrap_err());
            assert!(error.contains(words), "{error}");
            assert_eq!((name::part(&path).exists(), path.exists()), (left, false), "{words}");
        }
    }

    #[test]
    fn addresses_are_tls_except_here() {
        for (address, expected) in [
            ("https://cdn.example/a.mp4?sig=x", true),
            ("http://127.0.0.1:9/a.mp4", true),
            ("http://LocalHost:9/a.mp4", true),
            ("http://cdn.example/a.mp4", false),
            ("http://localhost.cdn.example/a.mp4", false),
            ("file:///etc/passwd", false),
            ("nonsense", false),
        ] {
            assert_eq!(checked(address).is_ok(), expected, "{address}");
        }
    }

    #[test]
    fn progress_is_told_in_steps() {
        assert_eq!(progress(0, 24, Some(100)), None);
        assert_eq!(progress(0, 26, Some(100)), Some(26));
        assert_eq!(progress(26, 49, Some(100)), None);
        assert_eq!(progress(26, 100, Some(100)), Some(100));
        assert_eq!(progress(0, 100, None), None);
    }
}
