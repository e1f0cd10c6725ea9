use std::{collections::BTreeSet, time::Duration};

use super::{catalogue::*, *};

#[test]
fn names_follow_the_conventions() {
    let mut names = BTreeSet::new();
    for metric in ALL {
        let Metric { name, kind, help } = metric;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.starts_with("cliphound_"), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert!(help.ends_with('.') && !help.contains('\n'), "{name}");
        if let Kind::Histogram(buckets) = kind {
            assert!(name.ends_with("_seconds"), "{name}");
            assert!(buckets.is_sorted() && !buckets.is_empty(), "{name}");
        }
    }
}

/// Every metric is explained, and no other one is.
#[test]
fn the_guide_names_what_there_is() {
    let guide = include_str!("../../../docs/operations.md");
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let named = guide.split(|c| !is_name(c)).filter(|word| word.starts_with("cliphound_"));
    let named: BTreeSet<_> = named.collect();
    assert_eq!(named, ALL.iter().map(|metric| metric.name).collect());
}

#[test]
fn the_page_shows_what_is_now() {
    let metrics = Metrics::new();
    let timing = metrics.timing(&SCORE);
    timing.took(Duration::from_millis(2));
    timing.took(Duration::from_millis(200));
    metrics.sum_up();
    let first = metrics.page(&[
        MESSAGES.is(12.0),
        DROPPED.of("queue", "inbox", 3.0),
        INTENTS.of("state", "waiting", 1.0),
        CHANNEL_MESSAGES.of("channel", "a\"b\\c\n", 1.0),
    ]);
    for line in [
        "# HELP cliphound_messages_total Chat messages heard.",
        "# TYPE cliphound_messages_total counter",
        "cliphound_messages_total 12",
        "cliphound_dropped_total{queue=\"inbox\"} 3",
        "cliphound_intents{state=\"waiting\"} 1",
        "cliphound_channel_messages_total{channel=\"a\\\"b\\\\c\\n\"} 1",
        "# TYPE cliphound_score_seconds histogram",
        "cliphound_score_seconds_bucket{le=\"0.003\"} 1",
        "cliphound_score_seconds_bucket{le=\"+Inf\"} 2",
        "cliphound_score_seconds_count 2",
    ] {
        assert!(first.lines().any(|shown| shown == line), "{line}\n{first}");
    }
    timing.took(Duration::from_millis(2));
    let second = metrics.page(&[MESSAGES.is(13.0)]);
    assert!(second.contains("cliphound_messages_total 13"), "{second}");
    assert!(!second.contains("cliphound_intents"), "{second}");
    assert!(second.contains("cliphound_score_seconds_count 3"), "{second}");
}
