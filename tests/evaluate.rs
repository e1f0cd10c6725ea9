//! `cliphound evaluate` as a program: tables, JSON, page, exit codes, the same bytes twice.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Output},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

/// Streams with a highlight each: enough for differences to be told from chance.
const LABELLED: usize = 6;

fn evaluate(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    let Output { status, stdout, stderr } = command.arg("evaluate").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A quarter of an hour in which seven people talk, more in every next stream, and thirty laugh at
/// 600 s.
fn chat(stream: u32) -> Vec<(u32, String, String)> {
    let mut lines = Vec::new();
    for second in 0..900 {
        if second % 5 < 2 + stream % 2 {
            let user = format!("user{}", second * 7 % (7 + stream));
            lines.push((second, user, format!("what do you think of {second}")));
        }
        if (600..608).contains(&second) {
            lines.extend(
                (0..4).map(|n| (second, format!("fan{}", second % 8 * 4 + n), "LUL".into())),
            );
        }
    }
    lines
}

fn write(path: &Path, text: &str) {
    let mut file = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap();
}

/// Six labelled streams, and one of raw IRC without labels but with a decoy where chat laughs.
fn streams() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for stream in 0..LABELLED as u32 {
        let line = |(second, user, text): (u32, String, String)| {
            json!({"t_ms": second * 1000, "user": user, "text": text}).to_string() + "\n"
        };
        let lines: String = chat(stream).into_iter().map(line).collect();
        write(&dir.path().join(format!("s{stream}.chat.jsonl.gz")), &lines);
        let labels = json!({"labels": [[580 + stream, 600 + stream]]}).to_string();
        fs::write(dir.path().join(format!("s{stream}.labels.json")), labels).unwrap();
    }
    let line = |(second, user, text): (u32, String, String)| {
        let at_ms = 1_700_000_000_000_u64 + u64::from(second) * 1000;
        format!("@tmi-sent-ts={at_ms} :{user}!{user}@{user} PRIVMSG #room :{text}\r\n")
    };
    write(&dir.path().join("t.chat.irc.gz"), &chat(9).into_iter().map(line).collect::<String>());
    let decoy = json!({"labels": [], "decoys": [{"kind": "raid", "start_s": 595, "end_s": 610}]});
    fs::write(dir.path().join("t.labels.json"), decoy.to_string()).unwrap();
    dir
}

#[test]
fn tables_json_and_page_are_the_same_in_every_run() {
    let dir = streams();
    let (folder, page) = (dir.path().to_str().unwrap(), dir.path().join("page.html"));
    let report = ["--report", page.to_str().unwrap()];
    let first = evaluate(&[&[folder][..], &report].concat());
    let first_page = fs::read(&page).unwrap();
    assert_eq!((first.0, first.2.as_str()), (0, ""), "{}", first.1);
    assert_eq!(evaluate(&[&[folder][..], &report].concat()), first);
    assert_eq!(fs::read(&page).unwrap(), first_page);

    let tables = first.1;
    for part in [
        "\ns0 ",
        "without brevity",
        "Beyond chance",
        "95 % of the chatters removed",
        "3 bots ",
        "raid ",
        "The score never changes when the future is cut off (7 streams).",
    ] {
        assert!(tables.contains(part), "{part}: {tables}");
    }
    let (code, every, _) = evaluate(&[folder, "--streams"]);
    let rows = every.lines().filter(|line| line.starts_with("s0 ")).count();
    assert_eq!((code, rows), (0, 7), "a row a detector: {every}");

    let (code, out, err) = evaluate(&[folder, "--json"]);
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1));
    check_figures(&serde_json::from_str(&out).unwrap());
}

fn check_figures(all: &Value) {
    assert_eq!(all["feedback"]["evidence"], 0, "no stream has highlights in both halves");
    assert_eq!(all["streams"].as_array().unwrap().len(), LABELLED + 1);
    let ablation = &all["ablation"];
    let whole = &ablation["whole"]["recall"];
    assert_eq!((&whole["mean"], &whole["streams"]), (&json!(1.0), &json!(LABELLED)));
    let names: Vec<_> =
        ablation["parts"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    let expected = ["forest", "rules", "brevity", "trust", "prior", "history"];
    assert_eq!(names, expected.map(|part| format!("without {part}")));
    // The forest says nothing in its first quarter of an hour: without rules nothing is found.
    let recall = &ablation["parts"][1]["differences"]["recall"];
    assert_eq!((&recall["mean"], &recall["beyond_chance"]), (&json!(-1.0), &json!(true)));
    let precision = &ablation["parts"][1]["differences"]["precision"];
    assert_eq!(precision, &Value::Null, "a silent detector has no precision to compare");
    let same = &ablation["parts"][0]["differences"]["recall"];
    assert_eq!((&same["mean"], &same["beyond_chance"]), (&json!(0.0), &json!(false)));

    assert_eq!(all["all"][0]["live"][1]["delay_quartiles_s"].as_array().unwrap().len(), 3);
    let kept = &all["all"][0]["live"][1]["clips_per_hour"];
    assert_eq!(kept["first_hours_over"], 0.0);
    assert_eq!(kept["interval_95"]["first_hours_over"], json!([0.0, 0.0]));
    assert_eq!(kept["interval_95"].as_object().unwrap().len(), 7);
    assert_eq!(all["notes"], json!([]));
    let decoys: Vec<_> =
        all["decoys"].as_array().unwrap().iter().map(|d| (&d["kind"], &d["triggered"])).collect();
    assert_eq!(decoys, [(&json!("raid"), &json!(1)), (&json!("all"), &json!(1))]);
    let floods = all["floods"].as_array().unwrap();
    let (of_all, kinds) = floods.split_last().unwrap();
    assert_eq!((kinds.len(), &of_all["kind"]), (8, &json!("all kinds")));
    let sum: u64 = kinds.iter().map(|kind| kind["floods"].as_u64().unwrap()).sum();
    assert_eq!(of_all["floods"], sum);
    assert_eq!(all["floods"][0]["triggered"], 0, "three bots are no crowd");
    assert_eq!(all["not_causal"], json!([]));
}

/// Streams of two hours that laugh every six minutes: in their first half by thirty people, of which an
/// editor keeps the first, in their second by fewer and more. Each half has a highlight.
fn judged_streams() -> tempfile::TempDir {
    const LENGTH_S: u32 = 7_200;
    const EVERY_S: u32 = 360;
    let dir = tempfile::tempdir().unwrap();
    for stream in 0..LABELLED as u32 {
        let people = |burst: u32| match burst {
            0..10 => 30 + stream,
            _ => 8 + (burst * 7 + stream * 3) % 30,
        };
        let mut text = String::new();
        let mut say = |second: u32, user: String, said: &str| {
            text += &json!({"t_ms": second * 1000, "user": user, "text": said}).to_string();
            text += "\n";
        };
        for second in 0..LENGTH_S {
            if second % 5 < 2 + stream % 2 {
                let user = format!("user{}", second * 7 % (7 + stream));
                say(second, user, &format!("what do you think of {second}"));
            }
            let (burst, since) = (second / EVERY_S, second % EVERY_S);
            let laughs = (0..people(burst))
                .filter(|fan| (200..208).contains(&since) && fan % 8 == since % 8);
            laughs.for_each(|fan| say(second, format!("fan{fan}"), "LUL"));
        }
        write(&dir.path().join(format!("s{stream}.chat.jsonl.gz")), &text);
        let label = |burst: u32| [burst * EVERY_S + 180, burst * EVERY_S + 200];
        let labels = json!({"labels": [label(0), label(13)]}).to_string();
        fs::write(dir.path().join(format!("s{stream}.labels.json")), labels).unwrap();
    }
    dir
}

#[test]
fn verdicts_on_first_halves_change_what_second_halves_trigger() {
    let dir = judged_streams();
    let folder = dir.path().to_str().unwrap();
    let (code, out, err) = evaluate(&[folder, "--feedback", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let found: Value = serde_json::from_str(&out).unwrap();
    let [evidence, kept, rejected] =
        ["evidence", "kept", "rejected"].map(|key| found[key].as_u64().unwrap());
    assert_eq!((evidence, kept), (LABELLED as u64, LABELLED as u64), "{found}");
    assert!(rejected >= 4 * kept, "{found}");
    // The budget takes as many either way: taught, it is not spent on the small ones, and is there
    // for the highlight.
    let more = |of: &Value, what: &str| of["differences"][what]["mean"].as_f64().unwrap();
    let taught = &found["taught"];
    assert!(more(taught, "recall") > 0.3 && more(taught, "precision") > 0.04, "{found}");
    // What is told of chat's delay moves where a moment lies, not whether there is one.
    assert_eq!(more(&found["told"], "clips_per_hour"), 0.0, "{found}");
    assert_eq!(evaluate(&[folder, "--feedback", "--json"]).1, out);
}

#[test]
fn exit_codes_tell_wrong_use_from_failure() {
    let dir = streams();
    let missing = dir.path().join("missing");
    let (code, out, err) = evaluate(&[missing.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("there is no folder") && err.lines().count() == 1, "{err}");

    let tables = evaluate(&[dir.path().to_str().unwrap()]).1;
    let widest = tables.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 100, "{widest}");
}

#[test]
fn what_cannot_be_used_is_told_and_costs_the_others_nothing() {
    let dir = streams();
    let folder = dir.path().to_str().unwrap();
    let file = |name: &str| dir.path().join(name);
    let whole = fs::read(file("s1.chat.jsonl.gz")).unwrap();
    fs::write(file("s1.chat.jsonl.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::write(file("s2.labels.json"), "oops").unwrap();
    let line = |t_ms: u32| json!({"t_ms": t_ms, "user": null, "text": "a"}).to_string();
    let broken = format!("{}\n{{\"t_ms\"\n{}\n", line(1), line(590_000));
    write(&file("s3.chat.jsonl.gz"), &broken);
    fs::write(file("u.labels.json"), r#"{"labels": []}"#).unwrap();
    let (code, out, err) = evaluate(&[folder, "--json"]);
    assert_eq!((code, err.lines().count()), (1, 4), "{err}");
    for part in [
        "s1.chat.jsonl.gz: ",
        "cut off in the middle",
        "s2.labels.json: labels must look like",
        "s3: left out: 1 line that could not be read",
        "u.labels.json: there is no chat of the same name",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let all: Value = serde_json::from_str(&out).unwrap();
    let names: Vec<_> =
        all["streams"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["s0", "s3", "s4", "s5", "t"]);
    let notes = all["notes"].as_array().unwrap().iter();
    let lost: Vec<_> = notes.map(|note| json!([note["name"], note["is_lost"]])).collect();
    let expected = [("s1", true), ("s2", true), ("s3", false), ("u.labels.json", false)];
    assert_eq!(lost, expected.map(|(name, lost)| json!([name, lost])));

    // Nothing left to measure is an error, and nothing else.
    for stream in ["s0", "s4", "s5", "s3"] {
        fs::write(file(&format!("{stream}.chat.jsonl.gz")), "").unwrap();
    }
    fs::remove_file(file("t.chat.irc.gz")).unwrap();
    let (code, out, err) = evaluate(&[folder]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.contains("s0.chat.jsonl.gz: this file is empty") && err.contains("5 others"),
        "{err}"
    );
}
