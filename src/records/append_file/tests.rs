use std::{fs, path::Path, sync::Arc};

use super::{tail::TAIL_BYTES, *};

const FILE: &str = "# a\tb\n1\t2\n";

fn line(text: &str) -> Line {
    Line { text: text.to_owned(), clip_url: None }
}

fn opened(path: &Path) -> anyhow::Result<AppendFile> {
    AppendFile::open(path.to_owned(), "# a\tb".into(), &FullDisks::default())
}

/// What a file holds after it was opened, one line was appended, and it was opened again.
fn check(before: &str, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/record.txt");
    fs::create_dir(dir.path().join("new")).unwrap();
    fs::write(&path, before).unwrap();
    assert!(opened(&path).unwrap().append(line("3\t4")).unwrap());
    assert!(!opened(&path).unwrap().append(line("3\t4")).unwrap(), "once is enough");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{before:?}");
}

#[test]
fn only_whole_lines_are_kept() {
    check("", "# a\tb\n3\t4\n");
    check(FILE, "# a\tb\n1\t2\n3\t4\n");
    check("# a\tb\n1\t2\n3\t", "# a\tb\n1\t2\n3\t4\n");
    check("# a\tb\n1\t2\n\t\0", "# a\tb\n1\t2\n3\t4\n");
    check("# a\tb\n1\t2\n\0\0\0", "# a\tb\n1\t2\n3\t4\n");
}

#[test]
fn a_crash_at_any_byte_leaves_whole_lines() {
    for length in 0..FILE.len() - 1 {
        let whole = FILE[..length].rfind('\n').map_or("# a\tb\n", |at| &FILE[..=at]);
        check(&FILE[..length], &format!("{whole}3\t4\n"));
    }
}

/// Editors save files so.
#[test]
fn a_last_line_without_its_end_stays() {
    check("# a\tb\n1\t2", "# a\tb\n1\t2\n3\t4\n");
    check("\n1\t2\nchecked\n5\t", "\n1\t2\nchecked\n3\t4\n");
    // It may have been cut all the same: the restart says it once more.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    for (cut, is_new) in [("u\tv\tclip\twhat a", true), ("u\tv\tclip\twhat a play", false)] {
        fs::write(&path, format!("# a\tb\tc\td\n1\t2\t3\t4\n{cut}")).unwrap();
        let open = || {
            AppendFile::open(path.clone(), "# a\tb\tc\td".into(), &FullDisks::default()).unwrap()
        };
        drop(open());
        assert!(fs::read_to_string(&path).unwrap().ends_with(cut));
        let whole = Line { text: "u\tv\tclip\twhat a play".into(), clip_url: Some("clip".into()) };
        assert_eq!(open().append(whole).unwrap(), is_new);
        open().append(line("5\t6\t7\t8")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "# a\tb\tc\td\n1\t2\t3\t4\nu\tv\tclip\twhat a play\n5\t6\t7\t8\n");
    }
}

/// What is read in place of half a character is longer than the half.
#[test]
fn a_line_that_is_cut_within_a_character_costs_no_other_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    let mut bytes = b"# a\tb\n1\t2\n3\t\xef\xbf".to_vec();
    fs::write(&path, &bytes).unwrap();
    assert!(file.append(line("3\t\u{fffd}")).unwrap());
    bytes.extend(b"\xbd\n");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn somebodys_own_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    for (text, is_foreign) in [
        ("my own notes", true),
        ("my own notes\nline two\nunfinished", true),
        ("# Notes\n\n- buy milk\n", true),
        ("", false),
        ("\n", false),
        ("# a", false),
        ("1\t2\n", false),
        ("# checked until here\n# a\tb\n", false),
        ("1\t2\t3\nof a newer version\n", false),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(AppendFile::is_foreign(&path, "# a\tb").unwrap(), is_foreign, "{text:?}");
        assert_eq!(opened(&path).is_err(), is_foreign, "{text:?}");
        if is_foreign {
            let error = format!("{:#}", opened(&path).unwrap_err());
            assert!(
                error.ends_with("record.txt is no record of Cliphound: move it away"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
    assert!(!AppendFile::is_foreign(&dir.path().join("none"), "# a\tb").unwrap());
}

#[test]
fn a_line_longer_than_the_tail_is_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let long = format!("{}\ty", "x".repeat(3 * TAIL_BYTES as usize));
    opened(&path).unwrap().append(line(&long)).unwrap();
    let file = opened(&path).unwrap();
    assert!(file.append(line("3\t4")).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("# a\tb\n{long}\n3\t4\n"));
}

#[test]
fn a_file_that_goes_or_is_edited_under_way_is_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    fs::write(&path, "# a\tb\n1\t2").unwrap();
    file.append(line("3\t4")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n3\t4\n");
    fs::remove_file(&path).unwrap();
    file.append(line("5\t6")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n5\t6\n");
}

#[test]
fn many_writers_make_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = Arc::new(opened(&path).unwrap());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let file = Arc::clone(&file);
            scope.spawn(move || {
                (0..10).all(|n| file.append(line(&format!("{writer}\t{n}"))).unwrap())
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 41);
    assert!(text.lines().all(|line| line.split('\t').count() == 2), "{text}");
}

#[test]
fn somebody_elses_file_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes.txt");
    fs::write(&notes, "my own notes").unwrap();
    let error = format!("{:#}", opened(&notes).unwrap_err());
    assert!(error.contains(&*notes.to_string_lossy()) && !error.contains('\n'), "{error}");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "my own notes");
}

/// A record that can't be written when Cliphound starts: its lines wait, until `mended`.
fn check_waits(path: &Path, expected: &str, mended: impl FnOnce()) {
    let file = opened(path).unwrap();
    let why = file.why_unwritten().unwrap();
    assert!(why.contains(expected) && !why.contains('\n'), "{why}");
    assert!(file.append(line("3\t4")).unwrap());
    assert!(!file.is_written() && file.why_unwritten() == Some(why));
    mended();
    file.mend();
    assert!(file.is_written() && file.why_unwritten().is_none());
    assert_eq!(fs::read_to_string(path).unwrap(), "# a\tb\n3\t4\n");
}

#[test]
fn a_place_that_can_not_be_written_at_the_start_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recordings/record.txt");
    fs::create_dir_all(&path).unwrap();
    let advice = "can't be opened: a folder is in its place, move it away";
    check_waits(&path, advice, || fs::remove_dir(&path).unwrap());

    let folder = path.parent().unwrap();
    fs::remove_dir_all(folder).unwrap();
    fs::write(folder, "").unwrap();
    check_waits(&path, "recordings is no folder: move it away", || {
        fs::remove_file(folder).unwrap()
    });
}

/// What lies there when it can be looked at is treated as at a start.
#[test]
fn what_a_crash_cut_short_is_mended_as_soon_as_it_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let (path, moved) = (dir.path().join("record.txt"), dir.path().join("moved"));
    fs::write(&moved, "# a\tb\n1\t2\n3\t").unwrap();
    fs::create_dir(&path).unwrap();
    let file = opened(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    fs::rename(&moved, &path).unwrap();
    file.mend();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n", "also without a new line");
    assert_eq!(file.why_unwritten(), None);

    fs::write(&moved, "my own notes").unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let file = opened(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    fs::rename(&moved, &path).unwrap();
    assert!(file.append(line("3\t4")).unwrap());
    assert!(file.why_unwritten().unwrap().contains("is no record of Cliphound"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "my own notes");
}

#[cfg(unix)]
#[test]
fn what_the_disk_does_not_take_follows_in_order_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    file.append(line("1\t2")).unwrap();
    // Everything that is written there finds the disk full.
    fs::rename(&path, dir.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    assert!(file.append(line("3\t4")).unwrap());
    assert!(file.append(line("5\t6")).unwrap());
    assert!(!file.append(line("3\t4")).unwrap(), "it waits already");
    file.mend();
    fs::remove_file(&path).unwrap();
    fs::rename(dir.path().join("moved"), &path).unwrap();
    file.mend();
    assert!(!file.append(line("5\t6")).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n3\t4\n5\t6\n");
}

#[test]
fn a_folder_that_goes_or_becomes_a_file_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("recordings");
    let path = folder.join("record.txt");
    let file = opened(&path).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    file.append(line("1\t2")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n", "made anew");
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    file.append(line("3\t4")).unwrap();
    fs::remove_file(&folder).unwrap();
    drop(file);
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n3\t4\n", "at the latest at the end");
}

#[test]
fn half_a_line_that_could_not_be_taken_back_is_no_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    fs::write(&path, "# a\tb\n1\t2\n3\t").unwrap();
    file.state().torn = Some((10, "3\t4\n".to_owned()));
    file.append(line("3\t4")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n3\t4\n");
    // Somebody else wrote there: that stays.
    fs::write(&path, "# a\tb\n1\t2\nx\ty\n").unwrap();
    file.state().torn = Some((10, "3\t4\n".to_owned()));
    file.append(line("5\t6")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\nx\ty\n5\t6\n");
}

#[cfg(unix)]
#[test]
fn what_waits_is_erased_like_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    for text in ["t\tninja\tu", "t\tother\tu"] {
        file.append(line(text)).unwrap();
    }
    fs::rename(&path, dir.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    for text in ["t\tninja\tv", "t\tother\tv"] {
        file.append(line(text)).unwrap();
    }
    fs::remove_file(&path).unwrap();
    fs::rename(dir.path().join("moved"), &path).unwrap();
    assert_eq!(file.erase(Whose::Channel("ninja"), false).unwrap(), 2);
    assert_eq!(file.take_unkept(), [line("t\tother\tv")]);
    file.mend();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\nt\tother\tu\nt\tother\tv\n");
}

#[test]
fn what_waits_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    file.append(line(&"x".repeat(MAX_WAITING))).unwrap();
    assert!(file.append(line("1\t2")).is_err());
    fs::remove_dir(&path).unwrap();
    assert!(file.append(line("1\t2")).unwrap());
}

#[test]
fn of_a_file_that_is_too_long_the_older_half_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.txt");
    let file = opened(&path).unwrap();
    for nth in 10..30 {
        file.append(line(&format!("{nth}\tx"))).unwrap();
    }
    // A header of 6 bytes, and lines of 5.
    file.keep_within(106).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 21, "it is not too long");
    file.keep_within(105).unwrap();
    let newest: String = (20..30).map(|nth| format!("{nth}\tx\n")).collect();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("# a\tb\n{newest}"));
    assert!(file.append(line("30\tx")).unwrap());
    assert!(fs::read_to_string(&path).unwrap().ends_with("29\tx\n30\tx\n"));
    fs::remove_file(&path).unwrap();
    file.keep_within(0).unwrap();
    assert!(!path.exists(), "without a file there is nothing to do");
}
