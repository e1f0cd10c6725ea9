//! `models/<login>.bin`: what was learned about a channel, written whole or not at all.

use std::{
    borrow::Cow,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, ensure};
use cliphound_engine::model::{FEATURE_NAMES, Model};
use cliphound_twitch::ChannelLogin;

use super::{
    durable,
    model_frame::{Frame, FrameError, VERSION},
};

/// The largest file that is read or written; a model has some ten to hundred KB.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The end of a name that is not yet, or never became, a model.
const UNFINISHED: &str = ".bin.tmp";

/// What lay in a channel's file.
#[derive(Debug, PartialEq)]
pub enum Loaded {
    /// The channel's model.
    Found(Box<Model>),
    /// Nothing: the channel is new.
    None,
    /// Something that is not this channel's model: it was moved out of the way, and the
    /// channel starts anew.
    SetAside {
        /// One sentence for the log: what was wrong, and where it lies now.
        reason: String,
        /// Where it lies now.
        path: PathBuf,
    },
}

/// Why the bytes of a file are not the model that was wanted.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("is larger than {} MB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("was learned on other features by another version of Cliphound")]
    Features,
    #[error("can't be read ({0})")]
    Unreadable(io::Error),
    #[error("belongs to the channel with id {theirs}, and this login's id is {ours} now")]
    OtherChannel { theirs: String, ours: String },
}

/// Stores a channel's model in `dir`, which is made where it is missing. A broadcaster id
/// that is not known now stays the one in the file. Crashes leave the old file or the new one.
///
/// # Errors
/// One sentence when it can't be written; the old file stays.
pub fn save(
    dir: &Path,
    login: &ChannelLogin,
    broadcaster_id: Option<&str>,
    model: &Model,
) -> anyhow::Result<()> {
    let path = path_of(dir, login);
    durable::make_folder_of(&path)?;
    let known = if broadcaster_id.is_none() { id_in(&path) } else { None };
    let bytes = encode(broadcaster_id.or(known.as_deref()), model)?;
    ensure!(
        bytes.len() as u64 <= MAX_BYTES,
        "the model of {login} has {} bytes, more than is stored",
        bytes.len()
    );
    replace(&path, login, &bytes).with_context(|| {
        let path = path.display();
        format!("the model {path} can't be written: check its rights and the room on its disk")
    })
}

/// The bytes of a model's file.
///
/// # Errors
/// When the model can't be encoded.
pub fn encode(broadcaster_id: Option<&str>, model: &Model) -> anyhow::Result<Vec<u8>> {
    let payload = postcard::to_stdvec(model).context("the model can't be encoded")?;
    let features = FEATURE_NAMES.to_vec();
    Ok(Frame { version: VERSION, broadcaster_id, features, payload: &payload }.encode()?)
}

/// The model in the bytes of a file. An id that is not known on one side fits any.
///
/// # Errors
/// One sentence when they are no model of this version, or of another channel.
pub fn from_bytes(bytes: &[u8], broadcaster_id: Option<&str>) -> anyhow::Result<Model> {
    decode(bytes, broadcaster_id)
        .map_err(|unfit| anyhow::anyhow!("the file {unfit}: give one that Cliphound saved"))
}

/// Keeps a channel's model as `<login>.bin.before`, over an older one, and takes it away from its
/// place. Nothing is there: nothing is done.
///
/// # Errors
/// When it can't be renamed.
pub fn keep_before(dir: &Path, login: &ChannelLogin) -> anyhow::Result<()> {
    let path = path_of(dir, login);
    match fs::rename(&path, before_of(&path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed
            .and_then(|()| durable::sync_folder_of(&path))
            .with_context(|| format!("the model {} can't be renamed", path.display())),
    }
}

/// Reads a channel's model from `dir`. An id that was not known when it was stored, or is
/// not known now, fits any. A file that can't be read now is set aside, too: the next [`save`]
/// would write over what may only be out of reach.
#[must_use]
pub fn load(dir: &Path, login: &ChannelLogin, broadcaster_id: Option<&str>) -> Loaded {
    let path = path_of(dir, login);
    let decoded = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return take_back(&path, broadcaster_id).unwrap_or(Loaded::None);
        }
        read => read.map_err(Unfit::Unreadable).and_then(|bytes| decode(&bytes, broadcaster_id)),
    };
    match decoded {
        Ok(model) => Loaded::Found(Box::new(model)),
        Err(unfit) => {
            let aside = set_aside(&path, &unfit);
            take_back(&path, broadcaster_id).unwrap_or(aside)
        }
    }
}

/// The model that this version left when another one took its place: whoever goes back and
/// forth between versions loses none.
fn take_back(path: &Path, broadcaster_id: Option<&str>) -> Option<Loaded> {
    let kept = of_version(path, VERSION);
    let model = decode(&read(&kept).ok()?, broadcaster_id).ok()?;
    fs::rename(&kept, path).and_then(|()| durable::sync_folder_of(path)).ok()?;
    Some(Loaded::Found(Box::new(model)))
}

/// Where a model of another version waits for it: `<login>.bin.v<version>`.
fn of_version(path: &Path, version: u16) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}"));
    PathBuf::from(name)
}

/// Reads a model wherever it lies and whosever it is; a bad file is left where it is.
///
/// # Errors
/// One sentence when it can't be read or is no model of this version.
pub fn load_any(path: &Path) -> anyhow::Result<Model> {
    let bytes = read(path).with_context(|| unreadable(path))?;
    decode(&bytes, None).map_err(|unfit| {
        anyhow::anyhow!("the model {} {unfit}: give a file that Cliphound saved", path.display())
    })
}

/// Deletes what crashes in the middle of [`save`] left in `dir`, and says how many files.
/// Call it at the start, before anything is saved.
///
/// # Errors
/// One sentence when there is something and it is no folder that can be read, or a file can't
/// be deleted.
pub fn remove_unfinished(dir: &Path) -> anyhow::Result<usize> {
    durable::check_no_file(dir)?;
    durable::remove_files(dir, |name| name.starts_with('.') && name.ends_with(UNFINISHED))
        .with_context(|| {
            format!("the folder of the models {} can't be tidied: check its rights", dir.display())
        })
}

fn path_of(dir: &Path, login: &ChannelLogin) -> PathBuf {
    dir.join(format!("{login}.bin"))
}

/// Where a model waits that another one took the place of: `<login>.bin.before`.
fn before_of(path: &Path) -> PathBuf {
    let mut before = path.as_os_str().to_owned();
    before.push(".before");
    PathBuf::from(before)
}

/// When a channel's model was written, by the clock of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// The last time.
    pub saved: Option<SystemTime>,
    /// When [`keep_before`] was last asked to make room for another one: what is there now began
    /// then.
    pub renewed: Option<SystemTime>,
}

/// When the model of a channel was written.
#[must_use]
pub fn written(dir: &Path, login: &ChannelLogin) -> Written {
    let path = path_of(dir, login);
    let at = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    Written { saved: at(&path), renewed: at(&before_of(&path)) }
}

/// Whose model lies under a channel's name, where the file knows.
#[must_use]
pub fn id_of(dir: &Path, login: &ChannelLogin) -> Option<String> {
    id_in(&path_of(dir, login))
}

/// Whose model a file is, where it is one and knows.
pub(super) fn id_in(path: &Path) -> Option<String> {
    let bytes = read(path).ok()?;
    Frame::decode(&bytes).ok()?.broadcaster_id.map(str::to_owned)
}

fn replace(path: &Path, login: &ChannelLogin, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(&format!(".{login}."))
        .suffix(UNFINISHED)
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    durable::sync_folder_of(path)?;
    Ok(())
}

/// At most one byte more than is allowed: enough to see that it is too many.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode(bytes: &[u8], ours: Option<&str>) -> Result<Model, Unfit> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Unfit::TooLarge);
    }
    let frame = Frame::decode(bytes)?;
    if frame.features != FEATURE_NAMES {
        return Err(Unfit::Features);
    }
    if let (Some(ours), Some(theirs)) = (ours, frame.broadcaster_id)
        && ours != theirs
    {
        return Err(Unfit::OtherChannel { theirs: theirs.to_owned(), ours: ours.to_owned() });
    }
    let payload = match frame.version {
        VERSION => Cow::Borrowed(frame.payload),
        _ => Cow::Owned(with_no_verdicts(frame.payload)),
    };
    match postcard::take_from_bytes::<Model>(&payload) {
        Ok((model, [])) if model.is_sound() => Ok(model),
        _ => Err(Unfit::Features),
    }
}

/// A model as it was packed before editors could teach it, with an empty list of verdicts: they
/// are its last field.
#[must_use]
pub fn with_no_verdicts(packed: &[u8]) -> Vec<u8> {
    [packed, &[0]].concat()
}

/// Moves a file to `<login>.bin.bad`, over an older one: one bad file a channel is enough. A
/// file of another version waits as `<login>.bin.v<version>` for that version.
fn set_aside(path: &Path, unfit: &Unfit) -> Loaded {
    let bad = if let Unfit::Frame(FrameError::Version(version)) = unfit {
        of_version(path, *version)
    } else {
        let mut bad = path.as_os_str().to_owned();
        bad.push(".bad");
        PathBuf::from(bad)
    };
    let moved = fs::rename(path, &bad).and_then(|()| durable::sync_folder_of(path));
    let (end, lies) = match moved {
        Ok(()) => (format!("it is now {}, and the channel starts anew", bad.display()), bad),
        Err(error) => (
            format!(
                "the channel starts anew and writes over it, for it can't be renamed ({error})"
            ),
            path.to_owned(),
        ),
    };
    Loaded::SetAside { reason: format!("the model {} {unfit}: {end}", path.display()), path: lies }
}

fn unreadable(path: &Path) -> String {
    format!("the model {} can't be read: check that it exists and its rights", path.display())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login() -> ChannelLogin {
        ChannelLogin::parse("ninja").unwrap()
    }

    fn saved(id: Option<&str>) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let models = dir.path().join("models");
        save(&models, &login(), id, &Model::new(3)).unwrap();
        let file = models.join("ninja.bin");
        assert!(file.is_file());
        (dir, file)
    }

    fn check_set_aside(file: &Path, id: Option<&str>, expected: &str) {
        let content = fs::read(file).unwrap();
        let any = load_any(file).err().map(|error| format!("{error:#}"));
        match load(file.parent().unwrap(), &login(), id) {
            Loaded::SetAside { reason, path } => {
                assert!(reason.contains(expected), "{reason}");
                assert!(path.ends_with("ninja.bin.bad"));
                assert_eq!(fs::read(path).unwrap(), content);
                assert!(!file.exists());
            }
            other => panic!("{other:?}"),
        }
        assert!(id.is_some() || any.is_some_and(|error| error.contains(expected)));
        assert_eq!(load(file.parent().unwrap(), &login(), id), Loaded::None);
    }

    #[test]
    fn a_model_of_before_there_were_verdicts_is_read() {
        let (_dir, file) = saved(Some("7"));
        let mut payload = postcard::to_stdvec(&Model::new(3)).unwrap();
        assert_eq!(payload.pop(), Some(0), "the empty list of verdicts");
        let features = FEATURE_NAMES.to_vec();
        let frame = Frame { version: 2, broadcaster_id: Some("7"), features, payload: &payload };
        fs::write(&file, frame.encode().unwrap()).unwrap();
        let found = load(file.parent().unwrap(), &login(), Some("7"));
        assert_eq!(found, Loaded::Found(Box::new(Model::new(3))));
    }

    #[test]
    fn a_model_is_read_back_by_its_channel() {
        for (stored, now) in
            [(Some("1"), Some("1")), (Some("1"), None), (None, Some("1")), (None, None)]
        {
            let (_dir, file) = saved(stored);
            let folder = file.parent().unwrap();
            assert_eq!(load(folder, &login(), now), Loaded::Found(Box::new(Model::new(3))));
            assert_eq!(load_any(&file).unwrap(), Model::new(3));
            let names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
            assert_eq!(names, [file]);
        }
    }

    #[test]
    fn a_login_taken_over_does_not_inherit() {
        let (_dir, file) = saved(Some("1"));
        check_set_aside(&file, Some("2"), "id 1, and this login's id is 2");
    }

    #[test]
    fn a_run_without_an_account_does_not_forget_whose_model_it_is() {
        let (_dir, file) = saved(Some("1"));
        save(file.parent().unwrap(), &login(), None, &Model::new(3)).unwrap();
        check_set_aside(&file, Some("2"), "belongs to the channel with id 1");
    }

    /// Newer, back to this version, newer again: each finds what it had learned.
    #[test]
    fn versions_that_take_turns_lose_nothing() {
        let (_dir, file) = saved(Some("1"));
        let (folder, ours) = (file.parent().unwrap(), fs::read(&file).unwrap());
        let mut newer = ours.clone();
        newer[8] += 1;
        let their_place = folder.join(format!("ninja.bin.v{}", VERSION + 1));
        let our_place = folder.join(format!("ninja.bin.v{VERSION}"));
        fs::write(&file, &newer).unwrap();
        match load(folder, &login(), Some("1")) {
            Loaded::SetAside { reason, path } => {
                assert!(reason.contains(&format!("has format {}", VERSION + 1)), "{reason}");
                assert_eq!(path, their_place);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&their_place).unwrap(), newer);
        // The newer version came back and put ours aside as this one does with its.
        fs::write(&file, &newer).unwrap();
        fs::write(&our_place, &ours).unwrap();
        let taken_back = load(folder, &login(), Some("1"));
        assert_eq!(taken_back, Loaded::Found(Box::new(Model::new(3))));
        assert_eq!((fs::read(&file).unwrap(), our_place.exists()), (ours, false));
        assert_eq!(fs::read(&their_place).unwrap(), newer);
        // Somebody else's is not taken.
        fs::rename(&file, &our_place).unwrap();
        assert_eq!(load(folder, &login(), Some("2")), Loaded::None);
    }

    #[test]
    fn a_bad_file_is_set_aside_over_the_one_before() {
        let whole = fs::read(saved(Some("1")).1).unwrap();
        let features =
            Frame { version: VERSION, broadcaster_id: None, features: vec!["other"], payload: b"" };
        let trailing = Frame {
            version: VERSION,
            broadcaster_id: None,
            features: FEATURE_NAMES.to_vec(),
            payload: &[0xff; 64],
        };
        let large = vec![0; usize::try_from(MAX_BYTES).unwrap() + 1];
        let (dir, file) = saved(None);
        for (content, expected) in [
            (&b""[..], "is no model"),
            (b"PK\x03\x04 something else", "is no model"),
            (&whole[..whole.len() - 1], "is damaged"),
            (&features.encode().unwrap(), "other features"),
            (&trailing.encode().unwrap(), "other features"),
            (&large, "larger than 16 MB"),
        ] {
            fs::write(&file, content).unwrap();
            check_set_aside(&file, None, expected);
        }
        drop(dir);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn no_flipped_bit_is_read(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let (_dir, file) = saved(Some("123"));
            let mut bytes = fs::read(&file).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            fs::write(&file, &bytes).unwrap();
            let loaded = load(file.parent().unwrap(), &login(), Some("123"));
            prop_assert!(matches!(loaded, Loaded::SetAside { .. }), "byte {} bit {}", at, bit);
        }
    }

    #[test]
    fn bad_places_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = save(&file.join("models"), &login(), None, &Model::new(3)).unwrap_err();
        assert!(format!("{refused:#}").contains("file is no folder"), "{refused:#}");
        assert!(format!("{:#}", remove_unfinished(&file).unwrap_err()).contains("is no folder"));
        let missing = load_any(&dir.path().join("none.bin")).unwrap_err();
        assert!(format!("{missing:#}").contains("check that it exists"), "{missing:#}");
        fs::create_dir(dir.path().join("ninja.bin")).unwrap();
        let Loaded::SetAside { reason, path } = load(dir.path(), &login(), None) else {
            panic!("a folder is no model");
        };
        assert!(reason.contains("can't be read"), "{reason}");
        assert!(path.ends_with("ninja.bin.bad") && path.is_dir(), "nothing is lost");
        assert_eq!(load(dir.path(), &login(), None), Loaded::None);
    }

    #[test]
    fn what_a_crash_left_is_removed() {
        let (_dir, file) = saved(None);
        let folder = file.parent().unwrap();
        fs::write(folder.join(".ninja.Ab12Cd.bin.tmp"), "half").unwrap();
        assert_eq!(remove_unfinished(folder).unwrap(), 1);
        assert_eq!(remove_unfinished(folder).unwrap(), 0);
        assert_eq!(remove_unfinished(&folder.join("none")).unwrap(), 0);
        assert!(file.exists());
    }
}
