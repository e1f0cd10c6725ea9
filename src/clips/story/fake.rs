//! The Twitch of these stories: it answers as told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use cliphound_clock::Clock;
use cliphound_store::{IntentState, Store};
use cliphound_twitch::helix::{Clip, CreateClip, CreatedClip, HelixError, Vod, VodClip};

use crate::clips::{ClipApi, NoCreator};

/// A Twitch that answers as told.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Told>>);

#[derive(Default)]
pub struct Told {
    pub no_account: bool,
    /// Twitch takes the account's token no more.
    pub dead_token: bool,
    /// It is found so by a call.
    pub dies: bool,
    /// User id of the account; `None`: 1.
    pub creator: Option<String>,
    /// Somebody else, who is logged in as soon as a clip was asked for.
    pub next_creator: Option<String>,
    pub answers: VecDeque<Result<CreatedClip, HelixError>>,
    /// Get Clips shows the clips only from this question on.
    pub shown_after: usize,
    pub questions: usize,
    pub made: Vec<Clip>,
    /// The id of the clip that comes of the next call, whether its answer arrives or not.
    pub makes: Option<&'static str>,
    /// The clock of the run.
    pub clock: Option<Clock>,
    /// So many questions to Get Clips fail before one is answered.
    pub failing: usize,
    /// Get Clips never answers.
    pub hangs: bool,
    /// Each question to Get Clips meets a bug.
    pub bad_looks: bool,
    /// So many calls of Create Clip meet a bug before one is answered.
    pub bugs: usize,
    /// The database is gone once a clip was asked for.
    pub closes: bool,
    pub asked: Vec<CreateClip>,
    /// Answers to Create Clip From VOD; without one, the account may not.
    pub vod_answers: VecDeque<Result<CreatedClip, HelixError>>,
    pub vods: Vec<Vod>,
    /// Whether the account shows to be an editor, by its user id.
    pub edits: BTreeMap<&'static str, bool>,
    /// Questions for that.
    pub edit_questions: usize,
    /// Get Videos never answers.
    pub vods_hang: bool,
    /// Questions for them.
    pub vod_questions: usize,
    /// The account may make none from them.
    pub no_vods: bool,
    pub asked_of_vods: Vec<VodClip>,
    pub markers: Vec<String>,
    /// What the database says at each call.
    pub store: Option<Store>,
    pub states_at_calls: Vec<IntentState>,
}

impl Fake {
    pub fn answering(answer: Result<CreatedClip, HelixError>) -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().answers.push_back(answer);
        fake
    }

    pub fn make(&self, id: &str, created_ms: i64) {
        self.0.lock().unwrap().made.push(Clip {
            id: id.to_owned(),
            url: format!("https://clips.twitch.tv/{id}"),
            broadcaster_id: "7".to_owned(),
            creator_id: "1".to_owned(),
            creator_name: String::new(),
            title: String::new(),
            created_ms,
            duration_s: 60.0,
            thumbnail_url: String::new(),
            vod_offset: None,
            views: 0,
        });
    }

    pub fn asked(&self) -> Vec<CreateClip> {
        self.0.lock().unwrap().asked.clone()
    }

    async fn shown(&self) -> Result<Vec<Clip>, HelixError> {
        let hangs = {
            let mut told = self.0.lock().unwrap();
            told.questions += 1;
            if told.bad_looks {
                drop(told);
                panic!("for the test");
            }
            told.hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let told = self.0.lock().unwrap();
        if told.questions <= told.failing {
            return Err(HelixError::NotSent("no network".to_owned()));
        }
        Ok(if told.questions > told.shown_after { told.made.clone() } else { Vec::new() })
    }
}

impl ClipApi for Fake {
    fn creator(&self) -> Result<Option<String>, NoCreator> {
        let told = self.0.lock().unwrap();
        match (told.no_account, told.dead_token) {
            (true, _) => Err(NoCreator::Nobody("no account".to_owned())),
            (_, true) => Err(NoCreator::DeadToken("the token is dead".to_owned())),
            _ => Ok(Some(told.creator.clone().unwrap_or_else(|| "1".to_owned()))),
        }
    }

    async fn create(&self, clip: &CreateClip) -> Result<CreatedClip, HelixError> {
        let store = self.0.lock().unwrap().store.clone();
        if let Some(store) = store {
            let states = store.open_intents().await.unwrap().into_iter().map(|intent| intent.state);
            self.0.lock().unwrap().states_at_calls.extend(states);
            if self.0.lock().unwrap().closes {
                store.close().await;
            }
        }
        let mut told = self.0.lock().unwrap();
        told.asked.push(clip.clone());
        told.dead_token |= told.dies;
        if let Some(next) = told.next_creator.take() {
            told.creator = Some(next);
        }
        if let Some(id) = told.makes.take() {
            let now_ms = told.clock.as_ref().unwrap().now_ms();
            drop(told);
            self.make(id, now_ms);
            told = self.0.lock().unwrap();
        }
        if let Some(left) = told.bugs.checked_sub(1) {
            told.bugs = left;
            drop(told);
            panic!("for the test");
        }
        let none = HelixError::NotFound("nothing told".to_owned());
        told.answers.pop_front().unwrap_or(Err(none))
    }

    fn may_use_vods(&self) -> bool {
        !self.0.lock().unwrap().no_vods
    }

    async fn edits(&self, _: &str) -> Result<Option<bool>, HelixError> {
        let mut told = self.0.lock().unwrap();
        told.edit_questions += 1;
        Ok(told.edits.get(told.creator.as_deref().unwrap_or("1")).copied())
    }

    async fn vods(&self, _: &str) -> Result<Vec<Vod>, HelixError> {
        let (hangs, vods) = {
            let mut told = self.0.lock().unwrap();
            told.vod_questions += 1;
            (told.vods_hang, told.vods.clone())
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        Ok(vods)
    }

    async fn create_from_vod(&self, clip: &VodClip) -> Result<CreatedClip, HelixError> {
        let mut told = self.0.lock().unwrap();
        told.asked_of_vods.push(clip.clone());
        let none = HelixError::Forbidden("nothing told".to_owned());
        told.vod_answers.pop_front().unwrap_or(Err(none))
    }

    fn may_mark(&self) -> bool {
        true
    }

    async fn mark(&self, _: &str, description: &str) -> Result<(), HelixError> {
        self.0.lock().unwrap().markers.push(description.to_owned());
        Ok(())
    }

    async fn by_id(&self, id: &str) -> Result<Option<Clip>, HelixError> {
        Ok(self.shown().await?.into_iter().find(|clip| clip.id == id))
    }

    async fn between(&self, id: &str, from: i64, to: i64) -> Result<Vec<Clip>, HelixError> {
        let fits =
            |clip: &Clip| clip.broadcaster_id == id && (from..=to).contains(&clip.created_ms);
        Ok(self.shown().await?.into_iter().filter(fits).collect())
    }
}
