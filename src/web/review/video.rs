//! The videos of clips: whether one is there, and handing it out.

use std::path::PathBuf;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use cliphound_store::{ClipRow, MomentRow, WantedDownload};
use tower_http::services::ServeFile;

use super::{Desk, words};
use crate::{clips::download::name, web::problem::Problem};

/// How far the video of a clip has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Video {
    /// Nobody wants it, or it was deleted to make room.
    None,
    /// It is being fetched; so many bytes are there.
    Coming(u64),
    /// It is there, so large.
    Here(u64),
    /// It could not be fetched.
    Failed,
}

impl Video {
    /// How it stands, for the API.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Coming(_) => "coming",
            Self::Here(_) => "here",
            Self::Failed => "failed",
        }
    }

    /// How it stands, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Coming(0) => "the video is being fetched".to_owned(),
            Self::Coming(bytes) => {
                format!("the video is being fetched: {} so far", words::megabytes(*bytes))
            }
            Self::Here(bytes) => format!("the video is here ({})", words::megabytes(*bytes)),
            Self::Failed => {
                "the video could not be fetched: the log says why; Twitch gives videos to editors of the channel only".to_owned()
            }
        }
    }
}

/// Where the video of a clip lies, from what the database knows alone.
#[must_use]
pub fn path(desk: &dyn Desk, moment: &MomentRow, clip: &ClipRow) -> PathBuf {
    let wanted = WantedDownload {
        clip_id: clip.clip_id.clone(),
        broadcaster_id: moment.key.broadcaster_id.clone(),
        login: moment.login.clone(),
        called_ms: clip.called_ms,
    };
    name::path(desk.recordings(), &wanted)
}

/// How far the video of a clip has come.
pub async fn look(desk: &dyn Desk, moment: &MomentRow, clip: &ClipRow) -> Video {
    let path = path(desk, moment, clip);
    let bytes = async |path: PathBuf| tokio::fs::metadata(path).await.map(|meta| meta.len()).ok();
    if let Some(bytes) = bytes(path.clone()).await {
        return Video::Here(bytes);
    }
    match clip.download.as_str() {
        "wanted" => Video::Coming(bytes(name::part(&path)).await.unwrap_or(0)),
        "failed" => Video::Failed,
        _ => Video::None,
    }
}

/// Hands out a video, whole or in parts; to be kept as a file, or to be played.
///
/// # Errors
/// 404 when it is not there.
pub async fn send(path: PathBuf, request: Request, as_file: bool) -> Result<Response, Problem> {
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return Err(Problem::not_found("the video of this clip is not here: ask for its download"));
    }
    // Its parts are plain: see `clips::download::name`.
    let own =
        |part: Option<&std::ffi::OsStr>| part.and_then(|p| p.to_str()).unwrap_or("clip").to_owned();
    let channel = own(path.parent().and_then(|folder| folder.file_name()));
    let file = own(path.file_name());
    let mut files = ServeFile::new(&path);
    let answer = files.try_call(request).await.map_err(|error| Problem::failed(&error))?;
    let mut answer = answer.map(Body::new).into_response();
    let how = if as_file { "attachment" } else { "inline" };
    let disposition = format!("{how}; filename=\"{channel}_{file}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_video_is_sent_in_parts_under_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ninja/2026-03-01_A.mp4");
        let ask = |range: Option<&str>| {
            let mut request = Request::builder().uri("/x");
            if let Some(range) = range {
                request = request.header(header::RANGE, range);
            }
            request.body(Body::empty()).unwrap()
        };
        assert_eq!(send(path.clone(), ask(None), true).await.unwrap_err().status, 404);
        std::fs::create_dir(dir.path().join("ninja")).unwrap();
        std::fs::write(&path, b"0123456789").unwrap();
        let read = async |answer: Response| {
            axum::body::to_bytes(answer.into_body(), 100).await.unwrap().to_vec()
        };
        let whole = send(path.clone(), ask(None), true).await.unwrap();
        assert_eq!(whole.headers()[header::CONTENT_TYPE], "video/mp4");
        let name = &whole.headers()[header::CONTENT_DISPOSITION];
        assert_eq!(name, "attachment; filename=\"ninja_2026-03-01_A.mp4\"");
        assert_eq!(read(whole).await, b"0123456789");
        let part = send(path.clone(), ask(Some("bytes=2-4")), false).await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(read(part).await, b"234");
        let beyond = send(path, ask(Some("bytes=99-")), false).await.unwrap();
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    }
}
