//! Writes go to the disk; what the disk does not take waits in memory and follows later.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use crate::{
    disk::{FullDisks, Waited},
    error::StoreError,
    intent::Intent,
    memory::{Memory, OnDisk},
    rows::IntentKey,
    sqlite::{BUSY_TIMEOUT, Connections, Slot, Turn, intents, lock, remove_unfinished, writes},
    write::{Write, Written},
};

/// The file, and what is kept beside it.
#[derive(Debug)]
pub struct Keeper {
    pub connections: Connections,
    memory: Mutex<Memory>,
    /// Who else writes to the same disk tells of it there, too.
    pub disks: FullDisks,
    /// It was said that the file can't be written.
    is_failing: AtomicBool,
    /// A daemon's, that goes on without the file: see [`Keeper::begin`].
    goes_on: bool,
}

impl Keeper {
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::of(Connections::open(path, BUSY_TIMEOUT).await?, false))
    }

    /// Opens the file as a daemon does that nobody looks after: a damaged one is set aside,
    /// and while the disk is full, everything is kept in memory.
    pub async fn begin(path: &Path) -> Result<Self, StoreError> {
        // Where it can't be removed, the next one that is written tells.
        drop(remove_unfinished(path));
        let error = match Connections::open(path, BUSY_TIMEOUT).await {
            Err(error @ (StoreError::Damaged { .. } | StoreError::Disk { .. })) => error,
            other => return Ok(Self::of(other?, true)),
        };
        let keeper = Self::of(Connections::broken(path, BUSY_TIMEOUT), true);
        let mut turn = keeper.connections.turn().await;
        let begun = match error {
            StoreError::Damaged { .. } => {
                keeper.connections.begin_anew(&mut turn, &keeper.memory).await
            }
            error => Err(error),
        };
        match begun {
            Err(error @ StoreError::Disk { .. }) => keeper.fails(&error),
            begun => begun?,
        }
        drop(turn);
        Ok(keeper)
    }

    fn of(connections: Connections, goes_on: bool) -> Self {
        let (memory, is_failing) = (Mutex::default(), AtomicBool::new(false));
        Self { connections, memory, disks: FullDisks::default(), is_failing, goes_on }
    }

    /// A failure of what was done straight in the file. Of the disk's, a daemon says once what all
    /// of them come from.
    pub fn met(&self, error: StoreError) -> StoreError {
        if self.goes_on && error.is_of_disk() {
            self.fails(&error);
        }
        error
    }

    /// Writes to the disk, or keeps it until the disk takes it.
    pub async fn write(&self, write: &Write<'_>) -> Result<Written, StoreError> {
        let mut turn = self.connections.turn().await;
        let failed = match self.on_disk(&mut turn, write).await {
            Err(error) if error.may_wait() => error,
            result => return result,
        };
        self.fails(&failed);
        if matches!(failed, StoreError::Locked { .. }) {
            self.connections.be_patient(&mut turn, false).await;
        }
        let disk = match self.connections.connection(&mut turn) {
            Ok(connection) => writes::look(connection, write).await,
            Err(_) => OnDisk::default(),
        };
        lock(&self.memory).keep(write, disk, failed)
    }

    async fn on_disk(&self, slot: &mut Slot, write: &Write<'_>) -> Result<Written, StoreError> {
        self.catch_up(slot).await?;
        let mut done = self.run(slot, write).await;
        if matches!(done, Err(StoreError::Damaged { .. })) {
            self.catch_up(slot).await?;
            done = self.run(slot, write).await;
        }
        done
    }

    async fn run(&self, slot: &mut Slot, write: &Write<'_>) -> Result<Written, StoreError> {
        let connection = self.connections.connection(slot)?;
        let done = writes::run(connection, write).await;
        let (written, intent) = done.map_err(|failure| self.connections.name(failure))?;
        let mut memory = lock(&self.memory);
        match intent {
            Some(intent) => memory.learn(intent),
            None => memory.learn_write(write),
        }
        Ok(written)
    }

    /// The turn to write, once the file has all that waited: what is deleted then does not follow
    /// later.
    pub async fn caught_up(&self) -> Result<Turn<'_>, StoreError> {
        let mut turn = self.connections.turn().await;
        self.catch_up(&mut turn).await?;
        Ok(turn)
    }

    /// From now on the open intents are those of the file, and no others are known.
    pub async fn relearn(&self, slot: &mut Slot) -> Result<(), StoreError> {
        let open = intents::open(self.connections.connection(slot)?).await;
        let open = open.map_err(|failure| self.connections.name(failure))?;
        let mut memory = lock(&self.memory);
        memory.forget_open();
        open.into_iter().for_each(|intent| memory.learn(intent));
        Ok(())
    }

    /// What is known of this promise has another title, too.
    pub fn is_titled(&self, key: &IntentKey, title: &str) {
        lock(&self.memory).learn_write(&Write::Retitle { key, title, of: None });
    }

    /// Writes what waits in memory, if the disk takes it by now, and mends what happened to
    /// the file. To be called once in a while, also when there is nothing to write.
    pub async fn mend(&self) {
        let mut turn = self.connections.turn().await;
        match self.catch_up(&mut turn).await {
            Ok(()) => self.connections.leave_no_traces_at_last(&mut turn).await,
            Err(error) if error.may_wait() => self.fails(&error),
            Err(_) => {}
        }
    }

    /// Takes over the figures that deleted databases had, in pieces, for as long as `goes_on`.
    /// Between two pieces others may write.
    pub async fn take_over_figures(&self, mut goes_on: impl FnMut() -> bool) {
        loop {
            let turn = self.connections.turn().await;
            if !self.connections.take_over_figures(&turn).await || !goes_on() {
                return;
            }
        }
    }

    /// First comes what came first.
    async fn catch_up(&self, slot: &mut Slot) -> Result<(), StoreError> {
        self.connections.mend(slot, &self.memory).await?;
        let mut rows = 0;
        loop {
            let batch = {
                let memory = lock(&self.memory);
                if memory.is_saved() {
                    break;
                }
                rows += memory.waiting();
                memory.batch()
            };
            let connection = self.connections.connection(slot)?;
            let saved = writes::save(connection, &batch).await;
            let left_out = saved.map_err(|failure| self.connections.name(failure))?;
            let mut memory = lock(&self.memory);
            memory.saved(batch);
            memory.left_out += left_out;
            rows -= memory.waiting();
        }
        if self.is_failing.load(Relaxed) {
            if rows == 0 {
                self.connections.try_writing(slot).await?;
            }
            self.connections.be_patient(slot, true).await;
            self.is_failing.store(false, Relaxed);
            let left_out = std::mem::take(&mut lock(&self.memory).left_out);
            let waited = Waited { rows, left_out, lines: 0 };
            if !self.disks.over(&self.connections.path, waited) {
                tracing::info!(
                    rows,
                    left_out,
                    "the database can be written again; what waited is in it"
                );
            }
        }
        Ok(())
    }

    fn fails(&self, error: &StoreError) {
        let was_failing = self.is_failing.swap(true, Relaxed);
        if let StoreError::Disk { detail, .. } = error {
            self.disks.met(&self.connections.path, detail);
        } else if !was_failing {
            tracing::error!(
                "{error}; chat and clips go on, and what is new is kept in memory and written later"
            );
        }
    }

    /// The intents that a read found on the disk; newer ones from memory take their place.
    pub fn freshened(&self, intents: Vec<Intent>) -> Vec<Intent> {
        let memory = lock(&self.memory);
        let newer = |intent: Intent| memory.intent(&intent.key).cloned().unwrap_or(intent);
        intents.into_iter().map(newer).collect()
    }

    /// What memory says.
    pub fn remembered<T>(&self, ask: impl FnOnce(&Memory) -> Option<T>) -> Option<T> {
        ask(&lock(&self.memory))
    }

    /// Open intents that were read: from now on they are known, whatever happens to the file.
    pub fn learn(&self, intents: &[Intent]) {
        let mut memory = lock(&self.memory);
        for intent in intents {
            memory.learn(intent.clone());
        }
    }

    /// Open intents that only memory has.
    pub fn only_here(&self, on_disk: &[Intent]) -> Vec<Intent> {
        let known = |key: &IntentKey| on_disk.iter().any(|intent| intent.key == *key);
        let memory = lock(&self.memory);
        let here = memory.intents.values().map(|newer| &newer.intent);
        here.filter(|i| i.state.is_open() && !known(&i.key)).cloned().collect()
    }

    /// Rows that wait for the disk.
    pub fn waiting(&self) -> usize {
        lock(&self.memory).waiting()
    }

    /// A last attempt to write what waits; then the file is closed.
    pub async fn close(&self) {
        if self.waiting() > 0 {
            self.mend().await;
        }
        let lost = self.waiting();
        if lost > 0 {
            tracing::error!(
                rows = lost,
                "the database could not be written to the end: what waited in memory is lost"
            );
        }
        self.connections.close().await;
    }
}
