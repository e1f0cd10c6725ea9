//! What the services last answered, on the disk: a file a service and place, written whole or
//! not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::emote::{Emote, Fetched, MOST_EMOTES, Place, Service, SetIds};

/// Version of the files; others are dropped.
const VERSION: u32 = 1;
/// The largest file that is read: the most emotes with the longest names and ids.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// Files kept; of more, those written longest ago go first.
const MOST_FILES: usize = 4_000;

/// The folder of the files. Blocking: call it where that is allowed.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    service: Service,
    place: &'a Place,
    ids: &'a SetIds,
    emotes: &'a [Emote],
}

#[derive(Deserialize)]
struct Stored {
    version: u32,
    service: Service,
    place: Place,
    #[serde(default)]
    ids: SetIds,
    emotes: Vec<Emote>,
}

impl Cache {
    /// The cache in a folder, which is made when something is stored.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// What was stored of a place; `None` when there is nothing. A damaged file is removed.
    #[must_use]
    pub fn load(&self, service: Service, place: &Place) -> Option<Fetched> {
        let path = self.path(service, place);
        let mut bytes = Vec::new();
        let file = File::open(&path).ok()?;
        let whole = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        let found = whole.ok().and_then(|_| decode(&bytes, service, place));
        if found.is_none() {
            tracing::info!(file = %path.display(), "stored emotes can't be read: they are fetched anew");
            drop(fs::remove_file(&path));
        }
        found
    }

    /// Stores what is known of a place.
    ///
    /// # Errors
    /// When it can't be written; what was there stays.
    pub fn store(&self, service: Service, place: &Place, known: &Fetched) -> io::Result<()> {
        let Fetched { emotes, ids } = known;
        let written = Written { version: VERSION, service, place, ids, emotes };
        let bytes = serde_json::to_vec(&written)?;
        fs::create_dir_all(&self.0)?;
        let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(&self.0)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path(service, place))?;
        Ok(())
    }

    /// Removes what crashes left half-written, and the oldest files beyond the most that are
    /// kept. Call it once, at the start.
    pub fn tidy(&self) {
        self.tidy_to(MOST_FILES);
    }

    fn tidy_to(&self, most: usize) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        let mut files = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let ends = |end: &str| path.extension().is_some_and(|extension| extension == end);
            if ends("tmp") {
                drop(fs::remove_file(&path));
            } else if ends("json") {
                files.push((modified(&path), path));
            }
        }
        files.sort();
        for (_, path) in files.iter().take(files.len().saturating_sub(most)) {
            drop(fs::remove_file(path));
        }
    }

    fn path(&self, service: Service, place: &Place) -> PathBuf {
        let place = match place {
            Place::Global => "global",
            Place::Channel(id) => id,
        };
        self.0.join(format!("{}-{place}.json", service.key()))
    }
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn decode(bytes: &[u8], service: Service, place: &Place) -> Option<Fetched> {
    if bytes.len() as u64 > MAX_BYTES {
        return None;
    }
    let read: Stored = serde_json::from_slice(bytes).ok()?;
    if read.version != VERSION || read.service != service || read.place != *place {
        return None;
    }
    let checked = read.emotes.into_iter().take(MOST_EMOTES);
    let emotes = checked.filter_map(|emote| Emote::checked(emote.id, emote.name)).collect();
    Some(Fetched { emotes, ids: read.ids })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Fetched {
        let emotes = vec![Emote { id: "1".into(), name: "D:".into() }];
        Fetched { emotes, ids: SetIds { set: Some("S".into()), user: None } }
    }

    #[test]
    fn what_was_stored_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("cache/emotes"));
        let place = Place::channel("5").unwrap();
        assert_eq!(cache.load(Service::SevenTv, &place), None);
        cache.store(Service::SevenTv, &place, &known()).unwrap();
        assert_eq!(cache.load(Service::SevenTv, &place), Some(known()));
        assert_eq!(cache.load(Service::Bttv, &place), None);
        assert_eq!(cache.load(Service::SevenTv, &Place::Global), None);
        assert!(folder.path().join("cache/emotes/7tv-5.json").exists());
    }

    #[test]
    fn a_damaged_file_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        cache.store(Service::Ffz, &Place::Global, &known()).unwrap();
        let path = cache.path(Service::Ffz, &Place::Global);
        let whole = fs::read(&path).unwrap();
        let other = String::from_utf8(whole.clone()).unwrap().replace("ffz", "bttv").into_bytes();
        for bytes in [&whole[..whole.len() / 2], b"", b"{}", b"\xff\xfe", other.as_slice()] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(cache.load(Service::Ffz, &Place::Global), None);
            assert!(!path.exists());
        }
    }

    #[test]
    fn the_folder_does_not_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        for id in 0..5 {
            let place = Place::channel(&id.to_string()).unwrap();
            cache.store(Service::Bttv, &place, &known()).unwrap();
        }
        fs::write(folder.path().join(".x.tmp"), "half").unwrap();
        fs::write(folder.path().join("mine.txt"), "not ours").unwrap();
        cache.tidy_to(3);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        assert!(cache.load(Service::Bttv, &Place::channel("4").unwrap()).is_some());
    }
}
