//! `cliphound replay --compare` on the real binary, over made-up chat.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

/// Bursts of many people, one after the other: more than a small budget takes.
const BURSTS: [u64; 4] = [1500, 1800, 2100, 2400];

/// Fifty minutes of slow talk of 30 people, with the bursts.
fn evening() -> String {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let talk = ["how are you", "what song is this", "nice weather", "ok then", "I like tea"];
    let mut text = String::new();
    for second in 0..3000 {
        let burst = BURSTS.iter().any(|start| (*start..start + 8).contains(&second));
        let lines = if burst { 12 } else { u64::from(second == 0 || random(3) == 0) };
        for _ in 0..lines {
            let user = random(if burst { 50 } else { 30 });
            let said = if burst { "WOW WHAT WAS THAT" } else { talk[random(5) as usize] };
            let line = format!(r#"{{"t_ms":{},"user":"u{user}","text":"{said}"}}"#, second * 1000);
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

/// Runs `replay` in a folder with two evenings; gives exit code, stdout and stderr.
fn replay(args: &[&str]) -> (i32, String, String) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["one.jsonl", "two.jsonl"] {
        fs::write(dir.path().join(name), evening()).unwrap();
    }
    replay_in(dir.path(), args)
}

fn replay_in(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    let Output { status, stdout, stderr } =
        command.current_dir(dir).arg("replay").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

const SMALL: &str = "budget_per_hour = 0.5";
const LARGE: &str = "budget_per_hour = 8";

/// Sign and second of each line about a moment.
fn signs(out: &str) -> Vec<(&str, u64)> {
    let moments = out.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(' '));
    moments
        .filter(|(sign, _)| ["-", "+", "~"].contains(sign))
        .map(|(sign, rest)| (sign, rest.split_whitespace().nth(1).unwrap().parse().unwrap()))
        .collect()
}

#[test]
fn a_larger_budget_gains_bursts_and_a_smaller_one_loses_them() {
    let (code, out, err) = replay(&["--compare", SMALL, LARGE, "one.jsonl"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let gained = of_sign("+", &out);
    let is_burst = |second: &u64| BURSTS.iter().any(|start| (*start..start + 20).contains(second));
    assert!(gained.iter().any(is_burst), "{out}");
    let lost = of_sign("-", &out);
    assert!(out.contains(&format!(" {} lost, {} gained: A ", lost.len(), gained.len())), "{out}");
    assert!(out.contains("people in 15 s") && out.contains(" ≥ 0."), "{out}");
    assert!(!out.contains("\nall "), "one file needs no sum of all: {out}");

    let (_, out, _) = replay(&["--compare", LARGE, SMALL, "one.jsonl"]);
    assert_eq!((of_sign("-", &out), of_sign("+", &out)), (gained, lost), "{out}");
}

fn of_sign(sign: &str, out: &str) -> Vec<u64> {
    signs(out).into_iter().filter(|(other, _)| *other == sign).map(|(_, second)| second).collect()
}

#[test]
fn all_files_are_summed_up_and_the_bytes_are_the_same_twice() {
    let args = ["--compare", SMALL, LARGE, "one.jsonl", "two.jsonl"];
    let (code, out, _) = replay(&args);
    assert_eq!(code, 0);
    let sums: Vec<_> = out.lines().filter(|line| line.contains(" kept")).collect();
    assert_eq!(sums.len(), 3, "{out}");
    assert!(out.contains("\nall 2 streams, 1:39:5"), "{out}");
    assert!(!out.contains('\u{1b}'), "no colours but on a terminal");
    assert_eq!(replay(&args).1, out);
}

#[test]
fn a_setting_is_like_itself() {
    for settings in ["", SMALL] {
        let (code, out, _) = replay(&["--compare", settings, settings, "one.jsonl"]);
        assert_eq!((code, signs(&out)), (0, vec![]), "{out}");
        assert!(out.contains(" kept, 0 lost, 0 gained: "), "{out}");
    }
}

#[test]
fn the_budget_holds_for_both_unless_they_say_otherwise() {
    let line = |args: &[&str]| {
        let (code, out, err) = replay(&[args, &["one.jsonl"]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        out.lines().last().unwrap().to_owned()
    };
    let told = line(&["--compare", SMALL, LARGE]);
    assert_ne!(told, line(&["--compare", LARGE, LARGE]));
    assert_eq!(line(&["--budget", "0.5", "--compare", "", LARGE]), told);
    assert_eq!(line(&["--budget", "0.5", "--compare", SMALL, LARGE]), told);
}

#[test]
fn json_has_each_moment_once() {
    let lines = |args: &[&str]| -> Vec<Value> {
        let (code, out, err) = replay(&[args, &["one.jsonl"]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let changes = lines(&["--json", "--compare", SMALL, LARGE]);
    let triggers = |lines: &[Value], side: &str| -> Vec<f64> {
        lines.iter().filter_map(|line| line.pointer(side)?.as_f64()).collect()
    };
    for (side, budget) in [("/a/trigger_s", "0.5"), ("/b/trigger_s", "8")] {
        let alone = lines(&["--json", "--budget", budget]);
        assert_eq!(triggers(&changes, side), triggers(&alone, "/trigger_s"));
    }
    for change in &changes {
        let keys: Vec<_> = change.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 5, "{keys:?}");
        assert_eq!((&change["file"], &change["channel"]), (&"one.jsonl".into(), &"one".into()));
        let trigger = |side: &str| change[side]["trigger_s"].as_f64();
        let word = match (trigger("a"), trigger("b")) {
            (Some(a), Some(b)) if (a - b).abs() > 2.0 => "moved",
            (Some(_), Some(_)) => "kept",
            (None, Some(_)) => "gained",
            (_, None) => "lost",
        };
        assert_eq!(change["change"], word);
        for side in [&change["a"], &change["b"]].into_iter().filter(|side| !side.is_null()) {
            assert!(side["threshold"].as_f64().is_some_and(|it| it > 0.0 && it <= 1.0), "{side}");
            assert!(side["cause"].is_string() && side["reasons"][0]["text"].is_string(), "{side}");
        }
    }
    let peaks = lines(&["--json", "--top", "2", "--compare", SMALL, LARGE]);
    assert_eq!(triggers(&peaks, "/b/trigger_s").len(), 2);
}

#[test]
fn wrong_usage_is_told() {
    let check = |args: &[&str], parts: &[&str]| {
        let (code, out, err) = replay(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        parts.iter().for_each(|part| assert!(err.contains(part), "{part}: {err}"));
    };
    check(
        &["--compare", "budjet_per_hour = 4", "", "one.jsonl"],
        &["budjet_per_hour; did you mean budget_per_hour?", "cooldown_s, paused, clip_s"],
    );
    check(&["--compare", "", "cooldown_s = true", "one.jsonl"], &["cooldown_s can't be true"]);
    check(&["--compare", "", "one.jsonl"], &["one.jsonl” is no list of settings"]);
    check(&["--compare", "", ""], &["FILE"]);
    let timeline = ["--compare", "", "", "--timeline", "t.csv", "one.jsonl"];
    check(&timeline, &["--compare", "cannot be used with", "--timeline"]);
    check(&["--compare", "", "", "-"], &["--compare reads each FILE twice"]);
}

#[test]
fn a_bad_file_is_told_once_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one.jsonl"), "no chat\n{\"t_ms\":1000,\"text\":\"hi\"}\n").unwrap();
    let args = ["--compare", "", SMALL, "missing", "one.jsonl"];
    let (code, out, err) = replay_in(dir.path(), &args);
    assert_eq!((code, err.lines().count()), (1, 2), "{err}");
    assert!(
        err.contains("missing: there is no such file") && err.contains("left out: 1 line"),
        "{err}"
    );
    assert!(out.contains("one.jsonl: channel one") && out.contains("0 kept"), "{out}");
}

/// Nobody who copies a file, or cuts it, wants other moments.
#[test]
fn a_files_name_changes_no_score() {
    let dir = tempfile::tempdir().unwrap();
    let timeline = |name: &str, args: &[&str]| {
        fs::write(dir.path().join(name), evening()).unwrap();
        let (code, _, err) = replay_in(dir.path(), &[&["--timeline", "t", name], args].concat());
        assert_eq!(code, 0, "{err}");
        fs::read_to_string(dir.path().join("t")).unwrap()
    };
    let one = timeline("one.jsonl", &[]);
    assert_eq!(timeline("2024-05-01_#two.jsonl", &[]), one);
    assert_ne!(
        timeline("one.jsonl", &["--channel", "ann"]),
        one,
        "a channel has a forest of its own"
    );
}
