//! The videos below `recordings/`, kept within a size: the oldest go first.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Deletes the oldest videos until all of them have at most `most` bytes, and says which.
/// Files of other people are neither counted nor touched.
///
/// # Errors
/// When a folder can't be read or a file not be deleted.
pub fn keep_within(recordings: &Path, most: u64) -> io::Result<Vec<PathBuf>> {
    let mut videos = videos(recordings)?;
    videos.sort();
    let mut all: u64 = videos.iter().map(|(_, _, bytes)| bytes).sum();
    let mut deleted = Vec::new();
    for (_, path, bytes) in videos {
        if all <= most {
            break;
        }
        fs::remove_file(&path)?;
        all = all.saturating_sub(bytes);
        deleted.push(path);
    }
    Ok(deleted)
}

/// When each was last written, where it lies, and its size.
fn videos(recordings: &Path) -> io::Result<Vec<(SystemTime, PathBuf, u64)>> {
    let mut videos = Vec::new();
    for channel in entries(recordings)? {
        if !channel.file_type()?.is_dir() {
            continue;
        }
        for file in entries(&channel.path())? {
            let (name, metadata) = (file.file_name(), file.metadata()?);
            if metadata.is_file() && name.to_str().is_some_and(is_ours) {
                videos.push((metadata.modified()?, file.path(), metadata.len()));
            }
        }
    }
    Ok(videos)
}

fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// `2026-03-01_Slug.mp4`, whole or not.
fn is_ours(name: &str) -> bool {
    let Some((date, rest)) = name.split_once('_') else { return false };
    let is_video = rest.ends_with(".mp4") || rest.ends_with(".mp4.part");
    is_video && date.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_oldest_videos_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("ninja");
        fs::create_dir(&folder).unwrap();
        let names = [
            "2026-03-01_A.mp4",
            "2026-03-02_B.mp4.part",
            "2026-03-03_C.mp4",
            "my own cut.mp4",
            "2026-03-01_notes.txt",
        ];
        for (age, name) in names.iter().enumerate() {
            let file = fs::File::create(folder.join(name)).unwrap();
            file.set_len(100).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + age as u64);
            file.set_modified(at).unwrap();
        }
        fs::write(dir.path().join("clip_urls.txt"), [0; 500]).unwrap();
        assert_eq!(keep_within(dir.path(), 300).unwrap(), [] as [PathBuf; 0]);
        let gone = keep_within(dir.path(), 150).unwrap();
        assert_eq!(gone, [folder.join(names[0]), folder.join(names[1])]);
        let left = fs::read_dir(&folder).unwrap().count();
        assert_eq!(left, 3);
        assert!(keep_within(&dir.path().join("none"), 0).unwrap().is_empty());
    }
}
