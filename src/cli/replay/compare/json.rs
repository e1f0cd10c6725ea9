//! The difference for scripts: one JSON object a line.

use std::io::{self, Write};

use cliphound_engine::{EventTime, Moment};
use serde::Serialize;

use super::Compared;
use crate::replay::{
    compare::Change,
    report::{JsonMoment, json_moment, thousandths},
};

#[derive(Serialize)]
struct JsonChange<'a> {
    file: &'a str,
    channel: &'a str,
    change: &'static str,
    a: Option<JsonSide<'a>>,
    b: Option<JsonSide<'a>>,
}

/// A moment as `replay --json` tells it, with what it takes to see why it is there.
#[derive(Serialize)]
struct JsonSide<'a> {
    #[serde(flatten)]
    moment: JsonMoment<'a>,
    threshold: f64,
    cause: String,
}

/// Writes a line for each moment of a stream, also for those that are the same.
pub(super) fn write(out: &mut dyn Write, stream: &Compared<'_>) -> io::Result<()> {
    for change in &stream.changes {
        let side = |moment| json_side(stream.file.zero, moment);
        let line = JsonChange {
            file: &stream.file.file,
            channel: &stream.stream.channel,
            change: word(*change),
            a: change.a().map(side),
            b: change.b().map(side),
        };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

fn word(change: Change<'_>) -> &'static str {
    match change {
        Change::Lost(_) => "lost",
        Change::Gained(_) => "gained",
        Change::Moved(..) => "moved",
        Change::Kept(..) => "kept",
    }
}

fn json_side(zero: EventTime, moment: &Moment) -> JsonSide<'_> {
    JsonSide {
        moment: json_moment(zero, moment),
        threshold: thousandths(moment.threshold.into()),
        cause: moment.cause.to_string(),
    }
}
