//! The command as a user calls it.

use std::fs;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: ReplayArgs,
}

const SCREEN: Screen = Screen { colours: false, width: 100 };

/// Runs the command on files in a fresh folder; gives exit code, stdout and stderr.
fn replay(files: &[(&str, &[u8])], args: &[&str]) -> (u8, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut words = vec!["replay".to_owned()];
    words.extend(args.iter().map(|arg| arg.replace("DIR", folder.path().to_str().unwrap())));
    for (name, content) in files {
        let path = folder.path().join(name);
        if *name != "missing" {
            fs::write(&path, content).unwrap();
        }
        words.push(path.to_str().unwrap().to_owned());
    }
    let args = Cli::parse_from(words).args;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&args, SCREEN, &mut out, &mut err);
    let text =
        |bytes| String::from_utf8(bytes).unwrap().replace(folder.path().to_str().unwrap(), "DIR");
    (code, text(out), text(err))
}

const LINE: &[u8] = b"{\"t_ms\":1000,\"user\":\"ann\",\"text\":\"hi\"}\n";

#[test]
fn bad_files_get_one_sentence() {
    let huge = [b"x".repeat(10_000_000).as_slice(), b"\n"].concat();
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "this file is empty: there is no chat in it"),
        ("missing", b"", "there is no such file; check the path"),
        ("binary", b"\x7fELF\0\0\x01", "this is a binary file"),
        ("words", b"hello\nworld\n", "this is no chat log that is known here"),
        ("huge", &huge, "this file has lines of over 1 MiB, and this is no chat log"),
        (
            "header",
            b"# Log started: 2024-05-01 20:00:00 +0200\n",
            "(Chatty log) holds no chat message",
        ),
    ];
    for (name, content, sentence) in cases {
        let (code, out, err) = replay(&[(name, content)], &["--json"]);
        assert_eq!((code, out.as_str(), err.lines().count()), (FAILED, "", 1), "{err}");
        assert!(err.contains(sentence), "{err}");
    }
}

#[test]
fn the_others_go_on() {
    let (code, out, err) = replay(&[("empty", b""), ("good.jsonl", LINE)], &[]);
    assert_eq!((code, err.lines().count()), (FAILED, 1));
    assert_eq!(out, "DIR/good.jsonl: channel good, JSON lines, 1 message in 0:00:01, 0 moments\n");
}

#[test]
fn long_lines_are_left_out() {
    for lines in
        [[b"x".repeat(10_000_000).as_slice(), b"\n", LINE], [LINE, &b"x".repeat(2_000_000), b""]]
    {
        let (code, out, err) = replay(&[("chat.txt", &lines.concat())], &["--channel", "Ninja"]);
        assert_eq!(code, DONE);
        assert!(out.contains("channel ninja, JSON lines, 1 message in"), "{out}");
        assert_eq!(err, "cliphound: DIR/chat.txt: left out: 1 line that was too long\n");
    }
}

#[test]
fn a_cut_archive_is_used_and_told() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..40_000_u64 {
        let user = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(text, "{{\"t_ms\":{},\"user\":\"{user:x}\",\"text\":\"hi\"}}", n * 100).unwrap();
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let (code, out, err) = replay(&[("x.chat.jsonl.gz", &packed)], &[]);
    assert_eq!((code, out.lines().count(), err.lines().count()), (FAILED, 1, 1), "{out}{err}");
    assert!(
        err.contains("only the first ") && err.contains("it is cut off in the middle"),
        "{err}"
    );
}

#[test]
fn a_timeline_takes_the_place_of_a_timeline_only() {
    let chat = LINE.repeat(30);
    let files: [(&str, &[u8]); 1] = [("a.jsonl", &chat)];
    let (code, out, err) = replay(&files, &["--timeline", "DIR/a.jsonl"]);
    assert_eq!((code, out.as_str()), (USAGE, ""), "{err}");
    assert!(err.contains("a.jsonl is there and is no timeline: name another file"), "{err}");
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.csv");
    for _ in 0..2 {
        let (code, _, err) = replay(&files, &["--timeline", old.to_str().unwrap()]);
        assert_eq!(code, DONE, "{err}");
    }
}

#[test]
fn a_file_without_chat_takes_no_timeline() {
    let dir = tempfile::tempdir().unwrap();
    let [old, chat] = ["t.csv", "chat.jsonl"].map(|name| dir.path().join(name));
    let before = format!("{}\n1,1,1,0,0.5,0\n", timeline::HEADER);
    fs::write(&old, &before).unwrap();
    fs::write(&chat, "{\"t_ms\":1,\"author\":\"ann\"}\n").unwrap();
    let [old_path, chat] = [&old, &chat].map(|path| path.to_str().unwrap());
    let (code, _, err) = replay(&[], &["--timeline", old_path, chat]);
    assert_eq!(code, FAILED);
    assert!(
        err.ends_with("; the first that can't be read: {\"t_ms\":1,\"author\":\"ann\"}\n"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(old).unwrap(), before);
}

#[test]
fn a_timeline_takes_one_file() {
    let files: [(&str, &[u8]); 2] = [("a.jsonl", LINE), ("b.jsonl", LINE)];
    let (code, out, err) = replay(&files, &["--timeline", "DIR/t.csv"]);
    let expected = "cliphound: --timeline takes one FILE; call replay once for each\n";
    assert_eq!((code, out.as_str(), err.as_str()), (USAGE, "", expected));
}

#[test]
fn a_channel_is_picked_where_there_are_several() {
    let irc: &[u8] = b"@tmi-sent-ts=1714586405123 :a!a@a PRIVMSG #one :hi\n\
        @tmi-sent-ts=1714586406123 :a!a@a PRIVMSG #two :hi\n";
    let (code, out, _) = replay(&[("x.log", irc)], &[]);
    assert_eq!((code, out.lines().count()), (DONE, 2));
    let (_, out, _) = replay(&[("x.log", irc)], &["--channel", "#TWO"]);
    assert_eq!(out, "DIR/x.log: channel two, raw IRC, 1 message in 0:00:01, 0 moments\n");
    let (code, _, err) = replay(&[("x.log", irc)], &["--channel", "three"]);
    assert_eq!(code, FAILED);
    assert_eq!(err, "cliphound: DIR/x.log: this file has nothing of three; it has one, two\n");
}

#[test]
fn wrong_values_are_refused() {
    for args in [
        ["--budget", "0"],
        ["--top", "0"],
        ["--top", "x"],
        ["--channel", "a b"],
        ["--viewers", "-1"],
    ] {
        let words = ["replay"].into_iter().chain(args).chain(["file"]);
        assert!(Cli::try_parse_from(words).is_err(), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), LINE).unwrap();
    let args = Cli::parse_from(["replay", file.path().to_str().unwrap()]).args;
    let mut err = Vec::new();
    assert_eq!(run(&args, SCREEN, &mut Closed, &mut err), DONE);
    assert!(err.is_empty());
}
