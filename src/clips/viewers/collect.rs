//! Asks Get Clips for what viewers made, keeps each clip once, and hands it on as evidence.

use std::sync::Arc;

use cliphound_clock::Clock;
use cliphound_store::{Store, ViewerClip};
use cliphound_twitch::helix::{Clip, Vod};
use tokio::sync::watch;

use super::{
    past::{self, PastStream},
    plan::{LiveNow, Plan, Question},
};
use crate::{
    clips::api::ClipApi,
    costs,
    crew::{beat, blocking, rest},
    records::Records,
};

/// Get Clips gives at most 1000 clips of a span: longer ones are asked for in parts.
const SPAN_MS: i64 = 3_600_000;
/// No stream is watched: no question will be due.
const NEVER_MS: i64 = i64::MAX / 2;

/// Where a clip of a viewer lies: broadcaster id, start and end on Twitch's clock.
pub type Evidence = Box<dyn Fn(&str, i64, i64) + Send + Sync>;

/// Collects viewers' clips.
pub struct Collector<A> {
    /// Twitch.
    pub api: A,
    /// The database.
    pub store: Store,
    /// viewer_clips.tsv.
    pub records: Arc<Records>,
    /// Our clock.
    pub clock: Clock,
    /// Who hears of each clip whose place is known.
    pub evidence: Evidence,
}

impl<A: ClipApi> Collector<A> {
    /// Runs for as long as somebody tells which streams are live.
    pub async fn run(self, mut live: watch::Receiver<LiveNow>) {
        let mut plan = Plan::default();
        plan.resume(self.past().await, self.clock.now_ms());
        loop {
            let next_ms = plan.next_ms().unwrap_or(NEVER_MS);
            let is_over = rest(async {
                tokio::select! {
                    changed = live.changed() => changed.is_err(),
                    () = sleep_until(&self.clock, next_ms) => false,
                }
            });
            if is_over.await {
                return;
            }
            let now_ms = self.clock.now_ms();
            plan.see(&live.borrow_and_update().clone(), now_ms);
            self.heed_forgotten(&mut plan).await;
            let mut unanswered = Vec::new();
            for question in plan.due(now_ms) {
                beat();
                let answer = self.ask(&question).await;
                plan.heard(&question, answer.as_ref().is_ok_and(|is_answered| *is_answered));
                unanswered.extend(answer.err().map(|error| (question.stream.login, error)));
            }
            // Where one can't be listed, few can.
            if let Some((login, error)) = unanswered.first() {
                let others = unanswered.len() - 1;
                tracing::warn!(channel = %login, others, "viewers' clips can't be listed: {error:#}");
            }
        }
    }

    /// A channel that is being forgotten is asked about no more: who is live is told once a minute,
    /// and what was asked for is kept for longer.
    async fn heed_forgotten(&self, plan: &mut Plan) {
        let Ok(asked) = self.store.forgettings().await else { return };
        let channels: Vec<_> = asked.into_iter().filter(|row| row.kind == "channel").collect();
        plan.forget(|id, login| channels.iter().any(|row| row.is_about(id, login)));
    }

    /// The streams that an earlier run did not ask for to the end.
    async fn past(&self) -> Vec<PastStream> {
        let now_ms = self.clock.now_ms();
        match self.store.watched_since(now_ms - past::BACK_MS).await {
            Ok(log) => past::unasked(&log, now_ms),
            Err(error) => {
                costs::tell(&error, "streams that ended while nobody looked can't be read");
                Vec::new()
            }
        }
    }

    /// Asks; false without an account that could.
    async fn ask(&self, question: &Question) -> anyhow::Result<bool> {
        let Ok(Some(ours)) = self.api.creator() else { return Ok(false) };
        let started_ms = self.start_of(question).await?;
        let mut from_ms = started_ms.map_or(question.from_ms, |at_ms| at_ms.min(question.from_ms));
        let (mut found, mut known) = (0, Vec::new());
        while from_ms < question.to_ms {
            let to_ms = (from_ms + SPAN_MS).min(question.to_ms);
            let clips = rest(self.api.between(&question.broadcaster_id, from_ms, to_ms)).await?;
            for clip in clips.into_iter().filter(|clip| clip.creator_id != ours) {
                beat();
                found += u32::from(self.take(question, started_ms, clip, &mut known).await?);
            }
            // How often they were watched meanwhile.
            self.store.add_viewer_clips(&known).await?;
            known.clear();
            from_ms = to_ms;
        }
        if found > 0 {
            tracing::info!(channel = %question.stream.login, clips = found, "clips that viewers made");
        }
        Ok(true)
    }

    /// When the stream began; of one that an earlier run left, its VOD tells it, if there is one.
    async fn start_of(&self, question: &Question) -> anyhow::Result<Option<i64>> {
        if question.is_start_known {
            return Ok(Some(question.stream.started_ms));
        }
        let vods = rest(self.api.vods(&question.broadcaster_id)).await?;
        let holds = |vod: &&Vod| {
            let ended_ms = vod.started_ms.saturating_add(vod.length_s.saturating_mul(1000));
            (vod.started_ms..=ended_ms).contains(&question.from_ms)
        };
        Ok(vods.iter().find(holds).map(|vod| vod.started_ms))
    }

    /// Keeps a clip that is new, once it is known where it lies or nobody will ask again:
    /// first its line, which the file knows to leave out the second time, then its row; and
    /// only then, so that it counts once, it is evidence. One that is known comes to `known`.
    async fn take(
        &self,
        question: &Question,
        started_ms: Option<i64>,
        clip: Clip,
        known: &mut Vec<ViewerClip>,
    ) -> anyhow::Result<bool> {
        if clip.vod_offset.is_none() && !question.is_last {
            return Ok(false);
        }
        // Ours, too, when somebody else was logged in then.
        if self.store.clip_owner(&clip.id).await?.is_some()
            || self.store.is_forgotten(&clip.creator_name).await?
        {
            return Ok(false);
        }
        let place = started_ms.and_then(|started_ms| place(started_ms, &clip));
        let row = ViewerClip {
            clip_id: clip.id,
            broadcaster_id: question.broadcaster_id.clone(),
            login: question.stream.login.clone(),
            creator: clip.creator_name,
            created_ms: clip.created_ms,
            vod_offset: clip.vod_offset,
            start_ms: place.map(|(start_ms, _)| start_ms),
            duration_s: clip.duration_s,
            title: clip.title,
            views: clip.views,
            found_ms: self.clock.now_ms(),
        };
        if self.store.knows_clip(&row.clip_id).await? {
            known.push(row);
            return Ok(false);
        }
        if question.counts_only {
            return Ok(false);
        }
        let (records, line) = (Arc::clone(&self.records), row.clone());
        blocking("writing a record", move || records.viewer_clips.append(&clip.url, &line))
            .await??;
        self.store.add_viewer_clips(&[row]).await?;
        if let Some((start_ms, end_ms)) = place {
            (self.evidence)(&question.broadcaster_id, start_ms, end_ms);
        }
        Ok(true)
    }
}

/// What a clip shows, on Twitch's clock, of one whose place in the VOD is known. One that would
/// be made before what it shows is of another VOD.
fn place(started_ms: i64, clip: &Clip) -> Option<(i64, i64)> {
    let start_ms = started_ms.checked_add(clip.vod_offset?.checked_mul(1000)?)?;
    let end_ms = start_ms.checked_add((clip.duration_s * 1000.0) as i64)?;
    (start_ms < clip.created_ms).then_some((start_ms, end_ms))
}

async fn sleep_until(clock: &Clock, at_ms: i64) {
    if at_ms == NEVER_MS {
        return std::future::pending().await;
    }
    clock.sleep_until_ms(at_ms).await;
}
