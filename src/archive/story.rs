//! A folder is backed up, lost, and restored; and what must not be restored is not.

use std::{fs, path::Path};

use cliphound_store::{Store, copy, verify};

use super::{
    DATABASE, MANIFEST, Manifest,
    pack::{Sources, pack},
    place, unpack,
};
use crate::config::Dir;

const TOML: &str = "[twitch]\nchannels = [\"ninja\"]\n";

/// A folder with something of everything.
async fn folder(at: &Path) -> Dir {
    let dir = Dir::new(at);
    for (name, content) in [
        ("models/ninja.bin", "a model"),
        ("models/ninja.bin.bad", "a bad one"),
        ("recordings/clip_urls.txt", "# time\nline\nhalf a li"),
        ("recordings/ninja/a.mp4", "a video"),
        ("cliphound.toml", TOML),
        ("tokens.json", "the secret"),
        (".env", "TWITCH_ACCESS_TOKEN=the secret"),
    ] {
        let path = at.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    Store::open(&dir.database()).await.unwrap().close().await;
    dir
}

async fn packed(dir: &Dir, with_tokens: bool) -> (Vec<u8>, Vec<&'static str>) {
    let copied = tempfile::tempdir().unwrap();
    let database = copied.path().join(DATABASE);
    // While somebody has it open, too.
    let store = Store::open(&dir.database()).await.unwrap();
    copy(&dir.database(), &database).await.unwrap();
    store.close().await;
    let sources = Sources { dir, database: Some(database), with_tokens, now_ms: 5 };
    let mut bytes = Vec::new();
    let (_, left_out) = pack(&sources, &mut bytes).unwrap();
    (bytes, left_out)
}

fn unpacked(bytes: &[u8]) -> (tempfile::TempDir, Result<Manifest, String>) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = unpack::unpack(bytes, folder.path()).map_err(|error| format!("{error:#}"));
    (folder, manifest)
}

#[tokio::test]
async fn what_was_backed_up_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let dir = folder(home.path()).await;
    let (bytes, left_out) = packed(&dir, false).await;
    assert_eq!(left_out, [".env", "tokens.json"]);

    let new = tempfile::tempdir().unwrap();
    fs::create_dir(new.path().join("models")).unwrap();
    fs::write(new.path().join("models/ninja.bin"), "of before").unwrap();
    fs::write(new.path().join("cliphound.db-wal"), "of before").unwrap();
    let staged = place::stage(new.path()).unwrap();
    let manifest = unpack::unpack(bytes.as_slice(), &staged).unwrap();
    verify(&staged.join(DATABASE)).await.unwrap();
    assert_eq!(place::in_the_way(new.path(), &manifest).unwrap(), ["models/ninja.bin"]);
    place::put(new.path(), &manifest, "before").unwrap();
    let read = |name: &str| fs::read_to_string(new.path().join(name)).unwrap();
    assert_eq!(read("models/ninja.bin"), "a model");
    assert_eq!(read("recordings/clip_urls.txt"), "# time\nline\n", "whole lines");
    assert_eq!(read("cliphound.toml"), TOML);
    assert_eq!(read("before/models/ninja.bin"), "of before");
    assert_eq!(read("before/cliphound.db-wal"), "of before");
    for name in ["tokens.json", ".env", ".restore", "recordings/ninja", "models/ninja.bin.bad"] {
        assert!(!new.path().join(name).exists(), "{name}");
    }
    Store::open(&new.path().join(DATABASE)).await.unwrap().close().await;
}

#[tokio::test]
async fn tokens_go_along_when_told_to() {
    let home = tempfile::tempdir().unwrap();
    let dir = folder(home.path()).await;
    let secret = format!("{TOML}client_secret = \"the secret\"\n");
    fs::write(home.path().join("cliphound.toml"), secret).unwrap();
    let (without, left_out) = packed(&dir, false).await;
    assert_eq!(left_out, ["cliphound.toml", ".env", "tokens.json"]);
    let (folder, _) = unpacked(&without);
    assert!(!folder.path().join("cliphound.toml").exists());
    let (with, left_out) = packed(&dir, true).await;
    assert!(left_out.is_empty());
    let (folder, _) = unpacked(&with);
    assert_eq!(fs::read_to_string(folder.path().join("tokens.json")).unwrap(), "the secret");
}

/// Whatever becomes of the bytes: either it is the same backup, or it is refused.
#[tokio::test]
async fn a_damaged_backup_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let dir = folder(home.path()).await;
    let (bytes, _) = packed(&dir, true).await;
    let whole = unpacked(&bytes).1.unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x55;
        if let Ok(manifest) = unpacked(&spoilt).1 {
            assert_eq!(manifest, whole, "byte {at}: only what means nothing may differ");
        }
        let cut = unpacked(&bytes[..at]).1.unwrap_err();
        let ours = ["the backup is damaged or cut off: take another one", "this is no backup of"];
        assert!(ours.iter().any(|words| cut.starts_with(words)), "{at} bytes of it: {cut}");
    }
    let nonsense = unpacked(b"some other file").1.unwrap_err();
    assert!(nonsense.contains("no backup of Cliphound"), "{nonsense}");
}

/// An archive as somebody who means harm would make it.
fn forged(names: &[&str], manifest: &str) -> Vec<u8> {
    let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gz);
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        // `append_data` would not take such names.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, content).unwrap();
    };
    for name in names {
        add(name, b"x");
    }
    add(MANIFEST, manifest.as_bytes());
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let empty = r#"{"cliphound_backup":1,"created":"","program":"","files":[]}"#;
    for name in ["../evil", "/tmp/evil", "models/../../evil", "models/a/b.bin", "recordings/x"] {
        let (folder, refused) = unpacked(&forged(&[name], empty));
        let refused = refused.unwrap_err();
        assert!(refused.contains("does not know"), "{name}: {refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
    let unlisted = unpacked(&forged(&["tokens.json"], empty)).1.unwrap_err();
    assert!(unlisted.contains("damaged"), "{unlisted}");
    let newer = unpacked(&forged(&[], r#"{"cliphound_backup":9}"#)).1.unwrap_err();
    assert!(newer.contains("form 9"), "{newer}");
}

/// What the backup lacks and belongs to the database that it replaces does not stay beside it.
#[tokio::test]
async fn what_the_backup_lacks_goes_aside() {
    let home = tempfile::tempdir().unwrap();
    let dir = folder(home.path()).await;
    let (bytes, _) = packed(&dir, false).await;
    let new = tempfile::tempdir().unwrap();
    let older = ["models/other.bin", "models/other.bin.bad", "recordings/moments.tsv", ".env"];
    for name in older {
        fs::create_dir_all(new.path().join(name).parent().unwrap()).unwrap();
        fs::write(new.path().join(name), "of before").unwrap();
    }
    let staged = place::stage(new.path()).unwrap();
    let manifest = unpack::unpack(bytes.as_slice(), &staged).unwrap();
    let in_the_way = place::in_the_way(new.path(), &manifest).unwrap();
    assert_eq!(in_the_way, ["recordings/moments.tsv", "models/other.bin"]);
    place::put(new.path(), &manifest, "before").unwrap();
    let is_there = |name: &str| new.path().join(name).exists();
    assert_eq!(older.map(is_there), [false, true, false, true]);
    assert!(is_there("before/models/other.bin") && is_there("models/ninja.bin"));
}

#[tokio::test]
async fn a_restore_that_is_cut_off_is_ended_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let dir = folder(home.path()).await;
    let (bytes, _) = packed(&dir, false).await;
    let new = tempfile::tempdir().unwrap();
    let staged = place::stage(new.path()).unwrap();
    unpack::unpack(bytes.as_slice(), &staged).unwrap();
    assert!(!place::finish(new.path()).unwrap(), "nothing was decided yet");
    assert!(!staged.exists(), "and nothing is left of it");
    let staged = place::stage(new.path()).unwrap();
    let manifest = unpack::unpack(bytes.as_slice(), &staged).unwrap();
    // A folder stands where a file has to go aside to: it fails half-way.
    fs::write(new.path().join("cliphound.toml"), "mine").unwrap();
    fs::write(new.path().join("before"), "in the way").unwrap();
    assert!(place::put(new.path(), &manifest, "before").is_err());
    fs::remove_file(new.path().join("before")).unwrap();
    assert!(place::finish(new.path()).unwrap());
    assert_eq!(fs::read_to_string(new.path().join("cliphound.toml")).unwrap(), TOML);
    assert_eq!(fs::read_to_string(new.path().join("before/cliphound.toml")).unwrap(), "mine");
    assert!(!place::finish(new.path()).unwrap());
}
