//! What a channel's task is made with, is told, and hands on.

use std::{path::PathBuf, sync::Arc};

use cliphound_engine::{EmoteSet, Live, Model, Quieting, Settings, Teaching, VerdictInput};
use cliphound_twitch::{ChannelLogin, chat::Heard};
use tokio::sync::{mpsc, oneshot};

use crate::{
    board::Board,
    clips::ToClips,
    config::{ClipLength, NamedSignal, Publish, title::TitleTemplate},
    daemon::{
        answers::ToSay, figures::Figure, models::Snapshot, record::Recorder, stats::Stats,
        verdicts::Bell, watched::Watched, witness::Testimony,
    },
};

/// A line to a channel's task.
#[derive(Debug)]
pub enum ToChannel {
    /// Heard in chat.
    Heard(Heard),
    /// The channel's user id.
    Id(String),
    /// What Get Streams says.
    Stream {
        /// Whether it is live.
        live: Live,
        /// Viewers, where known.
        viewers: Option<u32>,
    },
    /// The channel's emotes, all of them.
    Emotes(EmoteSet),
    /// What the stream is called, for titles.
    About {
        /// Category's name.
        game: String,
        /// Title of the stream.
        title: String,
    },
    /// A viewer made a clip of this stretch (Twitch's clock), or an editor cut it: evidence for how
    /// late chat reacts.
    Evidence {
        /// Its start.
        start_ms: i64,
        /// Its end.
        end_ms: i64,
    },
    /// Somebody asks for a moment outside of chat, and may.
    Asked {
        /// Who: the name in the moment's cause.
        by: String,
        /// The title of the clip, if they gave one.
        title: Option<String>,
    },
    /// Somebody holds moments back outside of chat, or lets them come again.
    Quiet(Quieting),
    /// An editor's verdict on one moment, of this run or an earlier one.
    Verdict(Box<VerdictInput>),
    /// All verdicts of this channel, in place of those that its engine knows.
    Verdicts(Vec<VerdictInput>),
    /// Nothing of this user is to be left.
    Forget(ChannelLogin),
    /// The user has changed these settings.
    Shape(Box<Shape>),
    /// Asks for what verdicts have taught the engine; nothing comes before it has heard anything.
    Teaching(oneshot::Sender<Teaching>),
    /// Asks for what the engine has learned; nothing comes before it has heard anything.
    Model(oneshot::Sender<Snapshot>),
    /// It begins anew with what this model knows, or (`None`) with nothing.
    Renew(Option<Box<Model>>),
    /// A bug.
    #[cfg(test)]
    Panic,
}

/// What a channel's task is made with.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The channel.
    pub login: ChannelLogin,
    /// What may change while it runs.
    pub shape: Shape,
    /// Folder of the models.
    pub models: PathBuf,
}

/// The settings of a channel that may change while it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// For its engine.
    pub settings: Settings,
    /// For its clips.
    pub title: TitleTemplate,
    /// Length of its clips.
    pub length: ClipLength,
    /// Whether somebody has to say yes before a clip of it is made.
    pub publish: Publish,
    /// What its streamer named.
    pub signals: Vec<NamedSignal>,
}

/// Where a channel's task hands on what its engine asks for.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// To the clip worker.
    pub clips: mpsc::Sender<ToClips>,
    /// To the database.
    pub figures: mpsc::Sender<Figure>,
    /// To whoever asked in chat.
    pub answers: mpsc::Sender<ToSay>,
    /// To the recording, if there is one.
    pub recorder: Option<Recorder>,
    /// Where everybody sees how the channel is.
    pub board: Board,
    /// To whoever keeps chat and takes out what was deleted.
    pub witness: Option<mpsc::Sender<Testimony>>,
    /// The user wants lines of chat around moments kept.
    pub keeps_chat: bool,
    /// Told when moments are held back.
    pub watched: Watched,
    /// Told when the engine begins anew and knows no verdicts.
    pub verdicts: Arc<Bell>,
    /// Counters of the daemon.
    pub stats: Arc<Stats>,
}
