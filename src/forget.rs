//! Everything that is kept about a channel or a user: what there is of it, and how it goes.
//!
//! Rows of the database, lines of the records, models, stored emotes, videos. Whoever calls sees
//! to it that nobody writes about them meanwhile: the command `forget` while Cliphound is stopped,
//! and `daemon::forgetter` while it runs.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use anyhow::Context as _;
use cliphound_store::{Forgotten, SaidRecut, Store, StoreError, WaitingLine};
use cliphound_twitch::ChannelLogin;

use crate::{
    config::Dir,
    crew::blocking,
    records::{
        ClipUrls, MomentsTsv, Records, ViewerClipsTsv,
        erase::{self, Whose},
    },
};

/// The records.
const RECORDS: [&str; 3] = [ClipUrls::FILE_NAME, MomentsTsv::FILE_NAME, ViewerClipsTsv::FILE_NAME];

/// Of whom nothing is to be left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whom {
    /// A channel, or a user.
    pub kind: Kind,
    /// The name at Twitch.
    pub login: ChannelLogin,
}

/// What somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A channel: all about it goes.
    Channel,
    /// A user: their name and titles go, and the clips that they made themselves.
    User,
}

/// What there is of somebody, or was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Rows of the database.
    pub rows: Forgotten,
    /// Records (the file's name), and how many of their lines.
    pub lines: Vec<(&'static str, usize)>,
    /// Files and folders that go.
    pub paths: Vec<PathBuf>,
    /// What others cut anew under a user's words: those go there, too.
    pub said: Vec<SaidRecut>,
}

impl Found {
    /// Looks; `store`: the database, where there is one; `ids`: broadcaster ids that a channel had,
    /// beside those that the database knows.
    ///
    /// # Errors
    /// When a file or the database can't be read.
    pub async fn look(
        dir: &Dir,
        store: Option<&Store>,
        whom: &Whom,
        ids: &[String],
    ) -> anyhow::Result<Self> {
        let mut found = Self::default();
        let mut known = ids.to_vec();
        if let Some(store) = store {
            known.extend(found.look_at_rows(store, whom).await?);
        }
        let (dir, whom) = (dir.clone(), whom.clone());
        blocking("looking what to forget", move || found.with_files(&dir, &whom, &known)).await?
    }

    /// The rows about somebody; gives back the ids that they have as a channel.
    async fn look_at_rows(
        &mut self,
        store: &Store,
        whom: &Whom,
    ) -> Result<Vec<String>, StoreError> {
        let login = whom.login.as_str();
        if whom.kind == Kind::Channel {
            self.rows = store.known_of_channel(login).await?;
            return store.ids_of(login).await;
        }
        self.rows = store.known_of_user(login).await?;
        self.said = store.recuts_said_by(login).await?;
        let waiting = store.waiting_lines().await?;
        let is_about =
            |line: &&WaitingLine| stays(line, whom, &self.said).as_ref() != Some(&line.text);
        self.rows.waiting_lines = waiting.iter().filter(is_about).count() as u64;
        Ok(Vec::new())
    }

    /// What lies beside the database, too. Blocking.
    fn with_files(mut self, dir: &Dir, whom: &Whom, ids: &[String]) -> anyhow::Result<Self> {
        let found = &mut self;
        for name in RECORDS {
            let path = dir.recordings().join(name);
            let lines = erase::count(&path, whom.whose(&found.said), is_viewers(name))?;
            found.lines.push((name, lines));
        }
        if whom.kind == Kind::Channel {
            let login = whom.login.as_str();
            found.paths = models(&dir.models(), login)?;
            found.paths.extend(Some(dir.recordings().join(login)).filter(|path| path.is_dir()));
            found.paths.extend(emotes(&dir.emotes(), ids)?);
        }
        Ok(self)
    }

    /// There is nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.rows.is_nothing()
            && self.paths.is_empty()
            && self.lines.iter().all(|(_, lines)| *lines == 0)
    }

    /// The kinds of rows that there are, in words, and how many.
    #[must_use]
    pub fn rows_in_words(&self) -> String {
        let rows = self.rows.by_name().into_iter().filter(|(_, count)| *count > 0);
        let words: Vec<_> = rows.map(|(name, count)| of_rows(count, name)).collect();
        if words.is_empty() { "no rows".to_owned() } else { words.join(", ") }
    }

    /// Its files and folders, as they are called in Cliphound's folder.
    #[must_use]
    pub fn files_in_words(&self) -> Vec<String> {
        let name = |path: &PathBuf| {
            let parts: Vec<_> =
                path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
            parts.into_iter().rev().collect::<Vec<_>>().join("/")
        };
        self.paths.iter().map(name).collect()
    }

    /// Deletes the files, lines and rows that were found; the database last: while it has
    /// somebody, doing it again finds the rest. `records`: those that are open, if some are;
    /// `but`: settings of this key stay. Afterwards it says what became of the rows.
    ///
    /// # Errors
    /// When a file can't be changed, or the database fails; asked again, it goes on.
    pub async fn carry_out(
        &mut self,
        dir: &Dir,
        store: Option<&Store>,
        records: Option<Arc<Records>>,
        whom: &Whom,
        but: Option<&str>,
    ) -> anyhow::Result<()> {
        let (folder, of, found) = (dir.recordings(), whom.clone(), self.clone());
        let erase = move || found.erase_files(&folder, records.as_deref(), &of);
        blocking("forgetting", erase).await??;
        let login = whom.login.as_str();
        self.rows = match (store, whom.kind) {
            (None, _) => Forgotten::default(),
            (Some(store), Kind::Channel) => store.forget_channel(login, but).await?,
            (Some(store), Kind::User) => {
                let said = &self.said;
                let waiting_lines = store.change_lines(|line| stays(line, whom, said)).await?;
                Forgotten { waiting_lines, ..store.forget_user(login).await? }
            }
        };
        Ok(())
    }

    fn erase_files(
        &self,
        recordings: &Path,
        records: Option<&Records>,
        whom: &Whom,
    ) -> anyhow::Result<()> {
        let whose = whom.whose(&self.said);
        if let Some(records) = records {
            records.erase(whose)?;
        } else {
            for name in RECORDS {
                erase::erase(&recordings.join(name), whose, is_viewers(name))?;
            }
        }
        for path in &self.paths {
            remove(path).with_context(|| format!("{} can't be deleted", path.display()))?;
        }
        Ok(())
    }
}

/// `2 lines of chat`, `1 line of chat`.
fn of_rows(count: u64, name: &str) -> String {
    let (what, of) =
        name.split_once(' ').map_or((name, ""), |(what, _)| (what, &name[what.len()..]));
    // What is named together is so also where there is one.
    let one = what.strip_suffix('s').filter(|_| count == 1 && !name.contains(" and "));
    format!("{count} {}{of}", one.unwrap_or(what))
}

/// What stays of a line that waits for its record.
fn stays(line: &WaitingLine, whom: &Whom, said: &[SaidRecut]) -> Option<String> {
    erase::erased(&line.text, whom.whose(said), is_viewers(&line.record))
}

/// A record of clips that viewers made.
fn is_viewers(record: &str) -> bool {
    record == ViewerClipsTsv::FILE_NAME
}

impl Whom {
    fn whose<'a>(&'a self, said: &'a [SaidRecut]) -> Whose<'a> {
        match self.kind {
            Kind::Channel => Whose::Channel(self.login.as_str()),
            Kind::User => Whose::User(self.login.as_str(), said),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.login)
    }
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::User => "user",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Channel, Self::User].into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| format!("say channel or user, not “{text}”"))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match gone {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        gone => gone,
    }
}

/// What lies in `models/` under a channel's name, and notes that lead to it.
fn models(folder: &Path, login: &str) -> anyhow::Result<Vec<PathBuf>> {
    let is_its = |path: &Path, name: &str| {
        let is_own = name.split_once('.').is_some_and(|(of, _)| of == login);
        let leads_to = || {
            name.ends_with(".renamed")
                && fs::read_to_string(path)
                    .is_ok_and(|text| text.trim().ends_with(&format!(" {login}")))
        };
        is_own || leads_to()
    };
    listed(folder, is_its)
}

/// The stored emotes of channels, by their ids.
fn emotes(folder: &Path, ids: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let is_its = |_: &Path, name: &str| {
        let place = name.strip_suffix(".json").and_then(|name| name.rsplit_once('-'));
        place.is_some_and(|(_, of)| ids.iter().any(|id| id == of))
    };
    listed(folder, is_its)
}

/// The files of a folder that are meant, in order; without a folder, none.
fn listed(folder: &Path, is_meant: impl Fn(&Path, &str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("{} can't be read", folder.display()))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_meant(&path, name) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_is_one() {
        for (count, name, expected) in [
            (1, "VODs", "1 VOD"),
            (2, "VODs", "2 VODs"),
            (1, "clips of viewers", "1 clip of viewers"),
            (1, "log-ins", "1 log-in"),
            (1, "roles and tokens", "1 roles and tokens"),
            (1, "titles, cuts and settings by them", "1 titles, cuts and settings by them"),
        ] {
            assert_eq!(of_rows(count, name), expected);
        }
    }
}
