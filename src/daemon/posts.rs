//! The daemon's long-lived tasks: their names, and how long each may be silent (in real time)
//! before it counts as one that hangs. What each may wait for besides its work is a rest.
//!
//! Started anew alone, with their queues, because nothing but their own next round depends on
//! what they had in hand: [`VIEWERS`], [`IDS`], [`EMOTES`], [`DOWNLOADS`], [`VERDICTS`], [`WITNESS`], [`VIEWERS_CLIPS`],
//! [`VODS`], [`DISK`], [`FIGURES`], [`OLD_FIGURES`], [`NEWS`], [`ALERTS`], [`ALERT`], [`ANSWERS`], [`MODELS`], [`SETTINGS`], [`ACCOUNT`],
//! [`TOKEN_FILE`], [`BOARD`], [`FEEDS`], [`TROUBLES`], [`FORGETTER`], [`WEB`]. So is a [`CHANNEL`], which owns all it knows and reloads its model, and a [`CLIP`],
//! whose state is in the database.
//!
//! The process ends when one of the others panics: [`SOURCES`], [`OWN_SIGNALS`] and [`CHAT`] are
//! the one stream of events with its connections and Twitch's time, [`CHANNELS`] knows who is
//! followed and by which task, [`CLIPS`] knows which clip has which task, [`WATCHED`] when each
//! channel was watched. What they had in hand is only right as a whole, so it begins anew as a
//! whole.
//!
//! The connections to chat have no post: whatever one waits for has a bound of its own (dialling,
//! log-in, Twitch's silence), what it hands on to is a post, and one that ends by a bug ends
//! [`SOURCES`]. A [`RECORDING`] that panics ends alone, and says so.

use std::time::Duration;

use crate::crew::Post;

pub use crate::clips::CLIP;

/// Hands chat to the channels; looks at the clock every second.
pub const CHAT: Post = Post::lasting("chat", secs(20));
/// Reads chat; waits when [`CHAT`] does not take it.
pub const SOURCES: Post = Post::lasting("sources", secs(60));
/// Hears what only owners are told.
pub const OWN_SIGNALS: Post = Post::lasting("own signals", secs(60));
/// One channel; it waits for the disk when it loads its model.
pub const CHANNEL: Post = Post::lasting("channel", secs(120));
/// Who is followed; waits for channels that end, and for the disk.
pub const CHANNELS: Post = Post::lasting("channels", secs(180));
/// Takes orders of clips.
pub const CLIPS: Post = Post::lasting("clips", secs(120));
/// Writes figures; the database waits for a lock, and the disk for itself.
pub const FIGURES: Post = Post::lasting("figures", secs(120));
/// Writes later what the disk did not take.
pub const DISK: Post = Post::lasting("disk", secs(120));
/// Deletes old figures, a few thousand rows at a time.
pub const OLD_FIGURES: Post = Post::lasting("old figures", secs(300));
/// Tells of clips.
pub const NEWS: Post = Post::lasting("news", secs(60));
/// Puts alerts into the outbox; the database waits for a lock.
pub const ALERTS: Post = Post::lasting("alerts", secs(120));
/// Sends what waits for one alert; waiting for the receiver is a rest.
pub const ALERT: Post = Post::lasting("alert", secs(120));
/// Answers in chat, one answer after the other.
pub const ANSWERS: Post = Post::lasting("answers", secs(120));
/// Saves models, one after the other; each is asked of a channel.
pub const MODELS: Post = Post::lasting("models", secs(300));
/// Reads changed settings.
pub const SETTINGS: Post = Post::lasting("settings", secs(120));
/// Keeps a role's token valid; a call to Twitch takes half a minute at most, and so does the
/// wait for the token file.
pub const ACCOUNT: Post = Post::lasting("account", secs(300));
/// Looks at the token file; it waits for calls of [`ACCOUNT`].
pub const TOKEN_FILE: Post = Post::lasting("token file", secs(300));
/// Asks who the channels are: some calls, and a read of the disk a channel.
pub const IDS: Post = Post::lasting("ids", secs(300));
/// Asks who is live: a call a hundred channels.
pub const VIEWERS: Post = Post::lasting("viewers", secs(300));
/// Keeps when each channel was watched; the database waits for a lock.
pub const WATCHED: Post = Post::lasting("watched", secs(120));
/// Asks where moments without a clip lie: some calls.
pub const VODS: Post = Post::lasting("vods", secs(600));
/// Looks for viewers' clips: some calls a question.
pub const VIEWERS_CLIPS: Post = Post::lasting("viewers' clips", secs(600));
/// Fetches videos, two at a time.
pub const DOWNLOADS: Post = Post::lasting("downloads", secs(1_800));
/// Keeps lines of chat around moments; the database waits for a lock.
pub const WITNESS: Post = Post::lasting("chat around moments", secs(120));
/// Hands verdicts to the channels; the database waits for a lock.
pub const VERDICTS: Post = Post::lasting("verdicts", secs(120));
/// Keeps the emotes; requests are waited for beside other things.
pub const EMOTES: Post = Post::lasting("emotes", secs(120));
/// Looks up what the board showed before a restart; the database waits for a lock.
pub const BOARD: Post = Post::lasting("board", secs(120));
/// Draws what pages follow.
pub const FEEDS: Post = Post::lasting("feeds", secs(60));
/// Looks what is wrong; a try of the disk has some seconds.
pub const TROUBLES: Post = Post::lasting("troubles", secs(60));
/// Forgets channels and users; the database and clips under way are waited for.
pub const FORGETTER: Post = Post::lasting("forgetter", secs(300));
/// Listens for whoever wants to look.
pub const WEB: Post = Post::lasting("web", secs(60));
/// Writes the recording and takes deleted chat out of it, in a thread; its queue is a rest.
pub const RECORDING: Post = Post::lasting("recording", secs(300));
/// Sums up what was measured.
pub const SUMS: Post = Post::lasting("sums", secs(60));

/// Hands on what an owner's session hears, of which there is one for each: it ends with it, and is
/// missed then.
pub const HANDING_ON: Post = Post::passing("owner's signals");

/// Tasks whose end is worth waiting for when the daemon ends: they write what would be lost, or
/// hold a call whose answer counts.
pub const WORTH_WAITING_FOR: [&str; 6] =
    ["clips", "clip", "missed clip", "figures", "watched", "recording"];

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worth_waiting_for_is_called_so() {
        for post in [CLIPS, CLIP, FIGURES, WATCHED, RECORDING] {
            assert!(WORTH_WAITING_FOR.contains(&post.name()));
        }
    }
}
