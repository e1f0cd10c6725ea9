//! `models/OLD.renamed`: the id and the new name of a channel that the settings still call by its
//! old one. And the move of its model.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context as _;
use cliphound_twitch::ChannelLogin;

use super::{durable, model_file};

/// The end of the file's name.
const END: &str = ".renamed";
/// Longest id that is read; Twitch's have some ten digits.
const MAX_ID: usize = 64;

/// What channels are called now that the settings call by an old name.
///
/// # Errors
/// When the folder exists and can't be read.
pub fn names(
    dir: &Path,
    listed: &[ChannelLogin],
) -> io::Result<BTreeMap<ChannelLogin, ChannelLogin>> {
    let notes = notes(dir)?.into_iter().filter(|note| listed.contains(&note.old));
    Ok(notes.map(|note| (note.old, note.new)).collect())
}

/// Whom a name means, as far as the disk knows: whose model lies under it, else who was
/// renamed to it.
#[must_use]
pub fn remembered_id(dir: &Path, login: &ChannelLogin) -> Option<String> {
    model_file::id_of(dir, login).or_else(|| {
        let mut notes = notes(dir).unwrap_or_default().into_iter();
        notes.find(|note| note.new == *login).map(|note| note.id)
    })
}

/// Remembers that `from` means the channel `id` from now on, and moves its model to the name
/// `to`. False when it has no model yet. A model of somebody else is left where it is, or
/// moved out of the way.
///
/// # Errors
/// One sentence when a file can't be written or moved.
pub fn follow(
    dir: &Path,
    from: &ChannelLogin,
    to: &ChannelLogin,
    id: &str,
) -> anyhow::Result<bool> {
    let note = dir.join(format!("{from}{END}"));
    durable::make_folder_of(&note)?;
    fs::write(&note, format!("{id} {to}\n"))
        .with_context(|| format!("{} can't be written", note.display()))?;
    // Whoever took the name over may have been heard before the rename was known: then the
    // model was set aside.
    let lies = [".bin", ".bin.bad"].map(|end| dir.join(format!("{from}{end}")));
    let Some(source) = lies.iter().find(|path| model_file::id_in(path).as_deref() == Some(id))
    else {
        return Ok(false);
    };
    let target = dir.join(format!("{to}.bin"));
    if target.exists() && model_file::id_in(&target).as_deref() != Some(id) {
        fs::rename(&target, dir.join(format!("{to}.bin.bad")))?;
    }
    fs::rename(source, &target)
        .with_context(|| format!("the model {} can't be moved", source.display()))?;
    durable::sync_folder_of(&target)?;
    Ok(true)
}

/// Forgets what names meant that the settings have no more.
///
/// # Errors
/// When the folder can't be read or a file can't be deleted.
pub fn forget_others(dir: &Path, listed: &[ChannelLogin]) -> io::Result<()> {
    for note in notes(dir)?.into_iter().filter(|note| !listed.contains(&note.old)) {
        fs::remove_file(dir.join(format!("{}{END}", note.old)))?;
    }
    Ok(())
}

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
struct Note {
    old: ChannelLogin,
    id: String,
    new: ChannelLogin,
}

/// Files that make no sense say nothing.
fn notes(dir: &Path) -> io::Result<Vec<Note>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut notes = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(old) = name.to_str().and_then(|name| name.strip_suffix(END)) else { continue };
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        notes.extend(note(old, &text));
    }
    notes.sort_by(|a, b| a.old.cmp(&b.old));
    Ok(notes)
}

fn note(old: &str, text: &str) -> Option<Note> {
    let (id, new) = text.trim().split_once(' ')?;
    let is_id = !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_digit());
    let (old, new) = (ChannelLogin::parse(old).ok()?, ChannelLogin::parse(new).ok()?);
    (is_id && old != new).then(|| Note { old, id: id.to_owned(), new })
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Model;

    use super::*;

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    #[test]
    fn a_model_follows_its_channel_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, old, new) = (dir.path(), login("old"), login("new"));
        let save = |login: &ChannelLogin, id: &str| {
            model_file::save(dir, login, Some(id), &Model::new(1)).unwrap();
        };
        let id = |login: &ChannelLogin| model_file::id_of(dir, login);
        save(&old, "7");
        save(&new, "8");
        assert!(follow(dir, &old, &new, "7").unwrap());
        assert_eq!((id(&old), id(&new).as_deref()), (None, Some("7")));
        assert!(dir.join("new.bin.bad").exists(), "the other one's");
        // Somebody else takes the old name: what they teach is not moved.
        save(&old, "9");
        assert!(!follow(dir, &old, &new, "7").unwrap());
        assert_eq!((id(&old).as_deref(), id(&new).as_deref()), (Some("9"), Some("7")));
    }

    #[test]
    fn an_old_name_means_its_channel_as_long_as_it_is_listed() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, old, new) = (dir.path(), login("old"), login("new"));
        assert!(!follow(dir, &old, &new, "7").unwrap(), "there is no model yet");
        let meant = || names(dir, std::slice::from_ref(&old)).unwrap();
        assert_eq!(meant(), BTreeMap::from([(old.clone(), new.clone())]));
        assert_eq!(remembered_id(dir, &new).as_deref(), Some("7"));
        assert_eq!(remembered_id(dir, &old), None, "whoever is called that now");
        forget_others(dir, std::slice::from_ref(&old)).unwrap();
        assert_eq!(meant().len(), 1);
        forget_others(dir, std::slice::from_ref(&new)).unwrap();
        assert_eq!(meant().len(), 0);
    }

    #[test]
    fn a_model_that_was_set_aside_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, old, new) = (dir.path(), login("old"), login("new"));
        model_file::save(dir, &old, Some("7"), &Model::new(1)).unwrap();
        let _ = model_file::load(dir, &old, Some("9"));
        assert!(follow(dir, &old, &new, "7").unwrap());
        assert_eq!(model_file::id_of(dir, &new).as_deref(), Some("7"));
    }

    #[test]
    fn a_damaged_note_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "7", "ninja 7", "7 ../x", "7 old", &format!("{} new", "7".repeat(65))] {
            fs::write(dir.path().join("old.renamed"), text).unwrap();
            assert_eq!(notes(dir.path()).unwrap(), [], "{text}");
        }
    }
}
