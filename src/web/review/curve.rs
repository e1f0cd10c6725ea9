//! The curve of a moment: what its channel was like around it.

use cliphound_store::{MomentRow, Recut, Store, StoreError, WindowRow};

use crate::web::{
    chart::{Chart, Line, Mark, Stretch},
    zone::Zone,
};

/// What is shown before the trigger, in seconds. A clip can be cut from here …
pub const BEFORE_S: i64 = 120;
/// … and after it, up to here.
pub const AFTER_S: i64 = 90;
/// Windows that are read: one is 5 s long.
const MOST: u32 = 100;

/// Draws the windows around a moment, with its stretch and those cut anew; and the same as a table.
///
/// # Errors
/// When the database fails.
pub async fn around(
    store: &Store,
    moment: &MomentRow,
    recuts: &[Recut],
    zone: &Zone,
) -> Result<String, StoreError> {
    let (from_ms, to_ms) = span(moment);
    let id = &moment.key.broadcaster_id;
    let mut windows = store.windows(id, from_ms, to_ms, MOST).await?;
    if windows.is_empty() {
        // Its first windows may be from before its id was known.
        let by_name = format!("login:{}", moment.login);
        windows = store.windows(&by_name, from_ms, to_ms, MOST).await?;
    }
    if windows.is_empty() {
        return Ok(String::new());
    }
    let chart = Chart { zone: zone.clone(), ..chart(moment, recuts, &windows) };
    Ok(chart.html() + &chart.table())
}

fn span(moment: &MomentRow) -> (i64, i64) {
    let at_ms = moment.key.trigger_ms;
    (at_ms - BEFORE_S * 1000, at_ms + AFTER_S * 1000)
}

fn chart(moment: &MomentRow, recuts: &[Recut], windows: &[WindowRow]) -> Chart {
    let points = |of: &dyn Fn(&WindowRow) -> f32| -> Vec<(i64, Option<f32>)> {
        windows.iter().map(|window| (window.end_ms, Some(of(window)))).collect()
    };
    let line = |name, unit, top, of: &dyn Fn(&WindowRow) -> f32| Line {
        name,
        unit,
        top,
        points: points(of),
        ..Line::default()
    };
    let mut stretches = vec![Stretch {
        from_ms: moment.start_ms,
        to_ms: moment.end_ms,
        class: "",
        text: "the moment".to_owned(),
    }];
    stretches.extend(recuts.iter().map(|cut| Stretch {
        from_ms: cut.start_ms,
        to_ms: cut.end_ms,
        class: "other",
        text: format!("cut anew by {}", cut.by),
    }));
    let (from_ms, to_ms) = span(moment);
    Chart {
        label: "score, messages and people around the moment".to_owned(),
        from_ms,
        to_ms,
        lines: vec![
            line("score", "", Some(1.0), &|window| window.score),
            line("messages", "/s", None, &|window| window.messages as f32 / 5.0),
            line("people", " in 5 s", None, &|window| window.chatters as f32),
            Line { is_limit: true, ..line("threshold", "", Some(1.0), &|window| window.threshold) },
        ],
        marks: vec![Mark {
            at_ms: moment.key.trigger_ms,
            class: "",
            text: "the trigger".to_owned(),
        }],
        stretches,
        ..Chart::default()
    }
}
