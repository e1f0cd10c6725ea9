//! What needs a VOD or an editor's rights: clips from VODs, their videos, stream markers.

use twitch_api::{
    helix::{
        EmptyBody,
        clips::{
            GetClipsRequest, create_clip_from_vod::CreateClipFromVodRequest,
            get_clips_download::GetClipsDownloadRequest,
        },
        streams::create_stream_marker::{CreateStreamMarkerBody, CreateStreamMarkerRequest},
        videos::{GetVideosRequest, VideoTypeFilter},
    },
    types,
};

use super::{
    Helix,
    client::user_id,
    convert,
    error::HelixError,
    types::{ClipDownload, CreatedClip, Vod, VodClip},
};

/// Either of these lets an account make clips from VODs and fetch videos of clips.
pub const CLIP_MANAGING: [&str; 2] = ["editor:manage:clips", "channel:manage:clips"];
/// Lets an account set stream markers.
pub const MARKING: [&str; 1] = ["channel:manage:broadcast"];
/// VODs that are looked at: the newest, as many as an answer has. Twitch keeps them for 60 days at most:
/// whoever streams daily has all in them.
const VODS: usize = 100;
/// Longest description of a marker, in characters (Twitch's limit).
const MAX_DESCRIPTION: usize = 140;

impl Helix {
    /// The newest recorded streams of a channel, the newest first.
    ///
    /// # Errors
    /// Of the call.
    pub async fn vods(&self, broadcaster_id: &str) -> Result<Vec<Vod>, HelixError> {
        let mut request = GetVideosRequest::user_id(user_id(broadcaster_id));
        request.type_ = Some(VideoTypeFilter::Archive);
        request.first = Some(VODS);
        let page = self.get(request).await?;
        Ok(page.data.iter().filter_map(convert::vod).collect())
    }

    /// Asks for a clip from a VOD, once, like [`Helix::create_clip`]. Needs one of the scopes
    /// [`CLIP_MANAGING`], and an account that may edit the channel.
    ///
    /// # Errors
    /// After [`HelixError::AnswerLost`] and [`HelixError::Unavailable`] the clip may exist.
    pub async fn create_vod_clip(&self, request: &VodClip) -> Result<CreatedClip, HelixError> {
        let editor = self.need_one_of(&CLIP_MANAGING).await?.user_id;
        let wanted = CreateClipFromVodRequest::new(
            user_id(&editor),
            user_id(&request.broadcaster_id),
            types::VideoId::from(request.vod_id.as_str()),
            request.end_s,
            request.title.clone(),
        )
        .duration(convert::duration_s(request.duration_s));
        let answer = self.post(wanted, EmptyBody).await?;
        Ok(convert::created(answer.data))
    }

    /// Where the video of a clip can be fetched; `None` when Twitch does not tell (yet).
    /// Needs one of the scopes [`CLIP_MANAGING`], and an account that may edit the channel.
    ///
    /// # Errors
    /// Of the call.
    pub async fn clip_download(
        &self,
        broadcaster_id: &str,
        clip_id: &str,
    ) -> Result<Option<ClipDownload>, HelixError> {
        let editor = self.need_one_of(&CLIP_MANAGING).await?.user_id;
        let ids = vec![types::ClipId::from(clip_id)];
        let request = GetClipsDownloadRequest::new(user_id(&editor), user_id(broadcaster_id), ids);
        let page = self.get(request).await?;
        let found = page.data.into_iter().map(convert::download);
        Ok({ found }.find(|download| download.clip_id == clip_id))
    }

    /// Whether the account may edit a channel. Twitch tells it by nothing but what it allows: so
    /// it is asked for the video of the channel's most watched clip, which is for editors only.
    /// `None` when that shows nothing: no clip yet, or one without a video. Needs one of the
    /// scopes [`CLIP_MANAGING`].
    ///
    /// # Errors
    /// Of either call.
    pub async fn edits(&self, broadcaster_id: &str) -> Result<Option<bool>, HelixError> {
        self.need_one_of(&CLIP_MANAGING).await?;
        let any = GetClipsRequest::broadcaster_id(user_id(broadcaster_id)).first(1);
        let clips = self.get(any).await?.data;
        let Some(clip) = clips.first() else { return Ok(None) };
        match self.clip_download(broadcaster_id, clip.id.as_str()).await {
            Ok(found) => {
                let has_video = |found: &ClipDownload| {
                    found.landscape_url.is_some() || found.portrait_url.is_some()
                };
                Ok(found.filter(has_video).map(|_| true))
            }
            Err(HelixError::Forbidden(_)) => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }

    /// Marks this instant of a live stream, once. Needs the scope of [`MARKING`], and an
    /// account that may edit the channel. A long description is cut.
    ///
    /// # Errors
    /// Of the call; after a lost answer the marker may be there.
    pub async fn mark(&self, broadcaster_id: &str, description: &str) -> Result<(), HelixError> {
        self.need_one_of(&MARKING).await?;
        let description: String = description.chars().take(MAX_DESCRIPTION).collect();
        let body = CreateStreamMarkerBody::new(user_id(broadcaster_id), description);
        self.post(CreateStreamMarkerRequest::new(), body).await?;
        Ok(())
    }
}
