//! Recorded streams: a channel's VODs, which lag behind while it is live. Pure.

use std::collections::BTreeMap;

/// The VOD of a live stream is so far behind it.
const BEHIND_MS: i64 = 60_000;
/// VODs that are kept of a channel; the oldest go first.
const MAX_VODS: usize = 50;

/// One recorded stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VodRecord {
    pub id: String,
    pub start_ms: i64,
    /// `None`: it is live.
    pub end_ms: Option<i64>,
}

impl VodRecord {
    /// How much of it there is, in whole seconds.
    pub fn length_s(&self, now_ms: i64) -> i64 {
        let end_ms = self.end_ms.unwrap_or(now_ms - BEHIND_MS).min(now_ms);
        (end_ms - self.start_ms).max(0) / 1000
    }
}

/// The VODs of all channels, by login, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Vods(BTreeMap<String, Vec<VodRecord>>);

impl Vods {
    /// Takes over what a channel does now: a stream that began, or has ended.
    pub fn see(&mut self, login: &str, channel_id: u64, live_since_ms: Option<i64>, now_ms: i64) {
        let vods = self.0.entry(login.to_owned()).or_default();
        let newest = vods.last_mut().filter(|vod| vod.end_ms.is_none());
        match (newest, live_since_ms) {
            (Some(vod), Some(since_ms)) if vod.start_ms == since_ms => return,
            (Some(vod), _) => vod.end_ms = Some(now_ms),
            (None, _) => {}
        }
        let Some(start_ms) = live_since_ms else { return };
        let id =
            (2_000_000_000 + start_ms / 1000 % 1_000_000_000 + channel_id.cast_signed() % 1_000)
                .to_string();
        vods.push(VodRecord { id, start_ms, end_ms: None });
        if vods.len() > MAX_VODS {
            vods.remove(0);
        }
    }

    /// Those of a channel, newest first.
    pub fn of<'a>(&'a self, login: &str) -> impl Iterator<Item = &'a VodRecord> {
        self.0.get(login).into_iter().flatten().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_leaves_its_vod() {
        let mut vods = Vods::default();
        for (live, now_ms) in [
            (Some(1_000_000), 2_000_000),
            (Some(1_000_000), 3_000_000),
            (None, 4_000_000),
            (None, 5_000_000),
            (Some(6_000_000), 6_000_000),
        ] {
            vods.see("a", 7, live, now_ms);
        }
        let of: Vec<_> = vods.of("a").map(|vod| (vod.start_ms, vod.end_ms)).collect();
        assert_eq!(of, [(6_000_000, None), (1_000_000, Some(4_000_000))]);
        let lengths: Vec<_> = vods.of("a").map(|vod| vod.length_s(6_090_000)).collect();
        assert_eq!(lengths, [30, 3_000]);
        assert_eq!(vods.of("b").count(), 0);
    }
}
