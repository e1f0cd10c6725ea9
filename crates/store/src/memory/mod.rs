//! What this process knows of open clips, and what the disk has not taken yet: bounded,
//! written later, nothing twice. Pure.
//!
//! A promise that is only here is forgotten whole by a crash, so no restart can keep it a
//! second time: its clip may be asked for. One whose row is on the disk must have its call
//! on the disk, too; else a restart would read `waiting` and call again
//! (docs/adr/0015-promises-while-the-disk-fails.md).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::{
    chat::Words,
    error::StoreError,
    intent::{Intent, NewIntent, Promise, StateChange},
    review::Review,
    rows::{IntentKey, MomentRow, ViewerClip, WindowRow},
    state::IntentState,
    write::{Write, Written},
};

/// Promises that may wait for the disk. Some hours at Twitch's limit.
pub const MAX_INTENTS: usize = 4_096;
/// Moments that may wait; the oldest goes first.
pub const MAX_MOMENTS: usize = 8_192;
/// Windows that may wait, some 150 bytes each; the oldest goes first. 200 channels fill it in
/// 40 minutes, ten in 14 hours.
pub const MAX_WINDOWS: usize = 100_000;
/// Clips of viewers that may wait; the oldest goes first.
pub const MAX_VIEWER_CLIPS: usize = 4_096;
/// Open intents that are remembered beside the disk.
const MAX_OPEN: usize = 16_384;
/// Windows and viewers' clips that are written in one go.
const BATCH: usize = 2_048;

/// What the file says of the things that a write touches, as far as it can be read.
#[derive(Debug, Default)]
pub struct OnDisk {
    /// The intent of the write.
    pub intent: Option<Intent>,
    /// Of a promise: what the file alone would answer, unless it would take it.
    pub answer: Option<Promise>,
    /// Of a step with a clip: whose clip it is.
    pub owner: Option<IntentKey>,
}

/// An intent that is newer here than on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Newer {
    /// As it is now.
    pub intent: Intent,
    /// An older state of it is on the disk.
    pub is_on_disk: bool,
}

/// What goes to the disk in one transaction.
#[derive(Debug)]
pub struct Batch {
    /// Intents as they are now.
    pub intents: Vec<Newer>,
    /// Moments as they are now.
    pub moments: Vec<MomentRow>,
    /// What became of videos.
    pub downloads: BTreeMap<String, &'static str>,
    /// The oldest windows.
    pub windows: Vec<WindowRow>,
    /// The oldest clips of viewers.
    pub viewer_clips: Vec<ViewerClip>,
}

/// What is kept beside the disk.
#[derive(Debug, Default)]
pub struct Memory {
    /// Open intents as the disk has them.
    open: BTreeMap<IntentKey, Intent>,
    /// Intents that the disk does not have like this.
    pub intents: BTreeMap<IntentKey, Newer>,
    /// Moments that the disk does not have like this.
    pub moments: BTreeMap<IntentKey, MomentRow>,
    /// What became of videos.
    pub downloads: BTreeMap<String, &'static str>,
    /// Windows, the oldest first.
    pub windows: VecDeque<WindowRow>,
    /// Clips of viewers, the oldest first.
    pub viewer_clips: VecDeque<ViewerClip>,
    /// Rows that found no room.
    pub left_out: u64,
}

impl Memory {
    /// Nothing waits for the disk.
    pub fn is_saved(&self) -> bool {
        self.waiting() == 0
    }

    /// Rows that wait for the disk.
    pub fn waiting(&self) -> usize {
        let clips = self.intents.len() + self.moments.len() + self.downloads.len();
        clips + self.windows.len() + self.viewer_clips.len()
    }

    /// The disk has this intent.
    pub fn learn(&mut self, intent: Intent) {
        if !intent.state.is_open() {
            self.open.remove(&intent.key);
        } else if self.open.len() < MAX_OPEN || self.open.contains_key(&intent.key) {
            self.open.insert(intent.key.clone(), intent);
        }
    }

    /// No open intent is known beside the disk any more.
    pub fn forget_open(&mut self) {
        self.open.clear();
    }

    /// What else was written to the disk about open intents.
    pub fn learn_write(&mut self, write: &Write<'_>) {
        match write {
            Write::Moment(moment) | Write::Promise { moment: Some(moment), .. } => {
                if let Some(intent) = self.open.get_mut(&moment.key) {
                    stretch(intent, moment);
                }
            }
            Write::Retitle { key, title, of } => {
                if let Some(intent) = self.open.get_mut(*key) {
                    retitle(intent, title, *of);
                }
            }
            _ => {}
        }
    }

    /// Some of what waits, to be written in one go.
    pub fn batch(&self) -> Batch {
        Batch {
            intents: self.intents.values().cloned().collect(),
            moments: self.moments.values().cloned().collect(),
            downloads: self.downloads.clone(),
            windows: self.windows.iter().take(BATCH).cloned().collect(),
            viewer_clips: self.viewer_clips.iter().take(BATCH).cloned().collect(),
        }
    }

    /// All that waits about promises.
    pub fn promises(&self) -> Batch {
        Batch { windows: Vec::new(), viewer_clips: Vec::new(), ..self.batch() }
    }

    /// The disk has all of this, and nothing was kept meanwhile.
    pub fn saved(&mut self, batch: Batch) {
        self.intents.clear();
        self.moments.clear();
        self.downloads.clear();
        self.windows.drain(..batch.windows.len().min(self.windows.len()));
        self.viewer_clips.drain(..batch.viewer_clips.len().min(self.viewer_clips.len()));
        for newer in batch.intents {
            self.learn(newer.intent);
        }
    }

    /// The file is gone with all that was in it: what this process knows of open intents has
    /// to be written anew.
    pub fn all_is_unsaved(&mut self) {
        for (key, intent) in std::mem::take(&mut self.open) {
            self.intents.entry(key).or_insert(Newer { intent, is_on_disk: false });
        }
        for newer in self.intents.values_mut() {
            newer.is_on_disk = false;
        }
    }

    /// The intent, where it is newer here than on the disk.
    pub fn intent(&self, key: &IntentKey) -> Option<&Intent> {
        self.intents.get(key).map(|newer| &newer.intent)
    }

    /// Whose clip this is, as far as the disk does not know.
    pub fn clip_owner(&self, clip_id: &str) -> Option<&IntentKey> {
        let mut intents = self.intents.values().map(|newer| &newer.intent);
        intents.find(|intent| intent.clip_id.as_deref() == Some(clip_id)).map(|intent| &intent.key)
    }

    /// Whether the clip is known here.
    pub fn knows_clip(&self, clip_id: &str) -> bool {
        self.viewer_clips.iter().any(|clip| clip.clip_id == clip_id)
            || self.clip_owner(clip_id).is_some()
    }

    /// Keeps what the disk did not take because of `failed`.
    ///
    /// # Errors
    /// `failed` when there is no room, or the write must be on the disk; what the disk would
    /// have answered, too.
    pub fn keep(
        &mut self,
        write: &Write<'_>,
        mut disk: OnDisk,
        failed: StoreError,
    ) -> Result<Written, StoreError> {
        match write {
            Write::Promise { moment, intent } => {
                if let Some(moment) = moment {
                    let intent = disk.intent.take();
                    self.moment(moment, OnDisk { intent, ..OnDisk::default() });
                }
                return self.promise(intent, disk, failed).map(Written::Promise);
            }
            Write::Step { key, change, now_ms, .. } => {
                self.step((key, *now_ms), change, disk, failed)?
            }
            Write::Moment(moment) => self.moment(moment, disk),
            Write::Retitle { key, title, of } => {
                if let Some(newer) = self.newer(key, disk) {
                    retitle(&mut newer.intent, title, *of);
                }
            }
            Write::Download { clip_id, word } => {
                if self.downloads.len() >= MAX_INTENTS {
                    return Err(failed);
                }
                self.downloads.insert((*clip_id).to_owned(), word);
            }
            Write::Windows(rows) => {
                self.windows.extend(rows.iter().cloned());
                self.left_out += cut(&mut self.windows, MAX_WINDOWS);
            }
            Write::ViewerClips(clips) => {
                let new = clips.iter().filter(|clip| !self.knows_clip(&clip.clip_id));
                let new: Vec<_> = new.cloned().collect();
                self.viewer_clips.extend(new);
                self.left_out += cut(&mut self.viewer_clips, MAX_VIEWER_CLIPS);
            }
        }
        Ok(Written::Done)
    }

    fn promise(
        &mut self,
        new: &NewIntent,
        disk: OnDisk,
        failed: StoreError,
    ) -> Result<Promise, StoreError> {
        if self.intents.contains_key(&new.key) || self.open.contains_key(&new.key) {
            return Ok(Promise::Repeated);
        }
        let knows_better = |other: &IntentKey| self.intents.contains_key(other);
        match disk.answer {
            Some(Promise::Overlaps(other)) if knows_better(&other) => {}
            Some(answer) => return Ok(answer),
            None => {}
        }
        if new.automatic
            && let Some(other) = self.overlapping(new)
        {
            return Ok(Promise::Overlaps(other.clone()));
        }
        if self.intents.len() >= MAX_INTENTS {
            return Err(failed);
        }
        let newer = Newer { intent: promised(new), is_on_disk: false };
        self.intents.insert(new.key.clone(), newer);
        Ok(Promise::Made)
    }

    fn overlapping(&self, new: &NewIntent) -> Option<&IntentKey> {
        let here = self.intents.values().map(|newer| &newer.intent);
        let there = self.open.values().filter(|intent| !self.intents.contains_key(&intent.key));
        let ours = |intent: &&Intent| intent.key.broadcaster_id == new.key.broadcaster_id;
        let held = |intent: &&Intent| intent.automatic && intent.state.holds_its_stretch();
        let touches = |i: &&Intent| i.end_ms >= new.start_ms && i.start_ms <= new.end_ms;
        let mut all = here.chain(there).filter(ours).filter(held).filter(touches);
        all.next().map(|intent| &intent.key)
    }

    fn step(
        &mut self,
        (key, now_ms): (&IntentKey, i64),
        change: &StateChange,
        disk: OnDisk,
        failed: StoreError,
    ) -> Result<(), StoreError> {
        if let Some(clip_id) = change.clip_id() {
            let owner = self.clip_owner(clip_id).cloned().or(disk.owner.clone());
            if let Some(owner) = owner.filter(|owner| owner != key) {
                return Err(StoreError::ClipTaken { clip_id: clip_id.to_owned(), owner });
            }
        }
        let is_full = self.intents.len() >= MAX_INTENTS && !self.intents.contains_key(key);
        let Some(newer) = self.newer(key, disk) else {
            return Err(StoreError::NoIntent(key.clone()));
        };
        let must_be_on_disk = newer.is_on_disk && change.target() == IntentState::Requested;
        if is_full || must_be_on_disk {
            self.unless_changed(key);
            return Err(failed);
        }
        match newer.intent.clone().after(change, now_ms) {
            Ok(after) => newer.intent = after,
            Err(error) => {
                self.unless_changed(key);
                return Err(error);
            }
        }
        Ok(())
    }

    fn moment(&mut self, moment: &MomentRow, disk: OnDisk) {
        let known = self.moments.get(&moment.key);
        if known.is_some_and(|known| known.automatic != moment.automatic) {
            return;
        }
        if let Some(newer) = self.newer(&moment.key, disk) {
            stretch(&mut newer.intent, moment);
        }
        self.moments.insert(moment.key.clone(), moment.clone());
        while self.moments.len() > MAX_MOMENTS {
            let oldest = self.moments.keys().min_by_key(|key| key.trigger_ms).cloned();
            oldest.and_then(|key| self.moments.remove(&key));
            self.left_out += 1;
        }
    }

    /// The intent to be changed here, fetched from the disk where it is only there.
    fn newer(&mut self, key: &IntentKey, disk: OnDisk) -> Option<&mut Newer> {
        if disk.intent.is_some()
            && let Some(newer) = self.intents.get_mut(key)
        {
            // The file has it, whatever was thought: what holds for those on the disk holds.
            newer.is_on_disk = true;
        }
        if !self.intents.contains_key(key) {
            let intent = disk.intent.or_else(|| self.open.get(key).cloned())?;
            self.intents.insert(key.clone(), Newer { intent, is_on_disk: true });
        }
        self.intents.get_mut(key)
    }

    /// Takes back an intent that was fetched from the disk for nothing.
    fn unless_changed(&mut self, key: &IntentKey) {
        let is_same = |newer: &Newer| newer.is_on_disk && self.open.get(key) == Some(&newer.intent);
        if self.intents.get(key).is_some_and(is_same) {
            self.intents.remove(key);
        }
    }
}

/// A promise as it stands once it is made.
pub fn promised(new: &NewIntent) -> Intent {
    Intent {
        key: new.key.clone(),
        login: new.login.clone(),
        start_ms: new.start_ms,
        end_ms: new.end_ms,
        automatic: new.automatic,
        state: IntentState::Waiting,
        due_ms: new.due_ms,
        title: new.title.clone(),
        words: new.words.clone(),
        duration_s: new.duration_s,
        attempts: 0,
        reason: new.dry.clone(),
        clip_id: None,
        clip_url: None,
        edit_url: None,
        called_ms: None,
        created_ms: new.now_ms,
        updated_ms: new.now_ms,
        called_by: None,
        from_vod: false,
        dry: new.dry.is_some(),
        review: if new.in_review { Review::Asked } else { Review::None },
    }
}

/// A moment that grew takes its intent along while that waits.
fn stretch(intent: &mut Intent, moment: &MomentRow) {
    if intent.state == IntentState::Waiting && intent.automatic == moment.automatic {
        (intent.start_ms, intent.end_ms) = (moment.start_ms, moment.end_ms);
    }
}

/// Another title, which is nobody's words; with `of`, only in place of that one.
fn retitle(intent: &mut Intent, title: &str, of: Option<&str>) {
    if of.is_some_and(|of| intent.title != of) {
        return;
    }
    title.clone_into(&mut intent.title);
    intent.words = Words::default();
}

/// Drops the oldest beyond `most`, and says how many.
fn cut<T>(rows: &mut VecDeque<T>, most: usize) -> u64 {
    let too_many = rows.len().saturating_sub(most);
    rows.drain(..too_many);
    too_many as u64
}
