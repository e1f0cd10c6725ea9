//! A small folder of streams from files to tables, JSON and report.

use std::{fs, path::Path};

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::{evaluate, html::Pages, table};
use crate::{replay::reader::tests::gz, sheet};

/// Half an hour in which nine people talk, and forty react after 700 s and 1400 s.
fn chat() -> String {
    let mut lines = Vec::new();
    for second in 0..1800_u32 {
        if second % 4 == 0 {
            let user = second * 7 % 9;
            lines.push((
                second,
                format!("user{user}"),
                format!("<i>what do you think {second}</i>"),
            ));
        }
        if matches!(second, 700..710 | 1400..1410) {
            lines.extend(
                (0..4).map(|n| (second, format!("fan{}", second % 10 * 4 + n), "LUL".into())),
            );
        }
    }
    let line = |(second, user, text): (u32, String, String)| {
        json!({"t_ms": second * 1000, "user": user, "text": text}).to_string() + "\n"
    };
    lines.into_iter().map(line).collect()
}

fn write_streams(dir: &Path) {
    for name in ["one", "two"] {
        fs::write(dir.join(format!("{name}.chat.jsonl.gz")), gz(chat().as_bytes())).unwrap();
    }
    fs::write(dir.join("one.labels.json"), r#"{"labels": [[680, 700], [1380, 1400]]}"#).unwrap();
}

#[test]
fn from_files_to_figures() {
    let dir = tempfile::tempdir().unwrap();
    write_streams(dir.path());
    let bar = ProgressBar::hidden();
    let mut pages = Pages::default();
    let evaluation = evaluate(dir.path(), &bar, Some(&mut pages)).unwrap();

    assert_eq!(evaluation.not_causal, [] as [String; 0]);
    let json = serde_json::to_value(&evaluation).unwrap();
    let hybrid = &json["all"][0];
    assert_eq!(hybrid["method"], "hybrid");
    assert_eq!(hybrid["live"][1]["precision"]["mean"], 1.0, "{hybrid}");
    assert_eq!(hybrid["live"][1]["recall"]["mean"], 1.0);
    assert_eq!(hybrid["live"][1]["clips_per_hour"]["none"], 0.0);
    assert_eq!(json["oracle"][1]["mean"], json!(2.0 / 3.0));
    assert_eq!(json["streams"][1]["oracle"], Value::Null);
    assert_eq!(json["streams"][1]["methods"][0]["live"][1]["precision"], Value::Null);

    let tables = table::write(&evaluation, false, sheet::WIDTH);
    for part in ["hybrid", "without brevity", "95 % of the chatters", "giveaway !word"] {
        assert!(tables.contains(part), "{part}: {tables}");
    }
    let rows = |tables: &str| tables.lines().filter(|line| line.starts_with("one  ")).count();
    assert_eq!((rows(&tables), rows(&table::write(&evaluation, true, sheet::WIDTH))), (1, 7));
    let page = pages.finish(&evaluation);
    assert_eq!(page.matches("class=\"label\"").count(), 2);
    assert_eq!(page.matches("line class=\"right\"").count(), 2);
    assert_eq!(page.matches("line class=\"plain\"").count(), 2);
    // Each piece of the pictures tells what chat said there.
    assert!(page.matches("class=\"around\"").count() > 300, "{page}");
    assert!(page.contains("LUL") && !page.contains("<i>"));
    assert_eq!((page.matches("<script").count(), page.matches("http").count()), (1, 1));

    // Both streams are the same: no difference is a difference, and two streams prove nothing.
    let whole = &json["ablation"]["whole"];
    assert_eq!((&whole["precision"]["mean"], &whole["f1"]["streams"]), (&json!(1.0), &json!(1)));
    assert_eq!(json["ablation"]["parts"].as_array().map(Vec::len), Some(6));
    assert!(!json["ablation"].to_string().contains(r#""beyond_chance":true"#));
    assert_eq!(json["removed"][1]["percent"], 95);
    let bots = &json["floods"][0];
    assert_eq!((&bots["kind"], &bots["floods"]), (&json!("3 bots"), &json!(6)));
    assert_eq!(bots["triggered"], 0, "three accounts are no crowd");

    let again = evaluate(dir.path(), &bar, None).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
}
