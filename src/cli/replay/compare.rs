//! `cliphound replay --compare`: the same files with two settings, and what differs.

use std::{
    fs,
    io::{self, Write},
};

use anyhow::{Result, bail};

use super::{DONE, FAILED, ReplayArgs, complain, progress_bar, tell_trouble};
use crate::replay::{
    changes::Changes,
    compare::{Change, Sum, compare},
    file::{FileResult, Options, StreamResult, replay_file},
};

mod json;
mod text;

use text::Text;

/// Runs both settings over every file and tells the difference; returns the exit code.
///
/// # Errors
/// When writing fails.
pub(super) fn run(
    args: &ReplayArgs,
    options: &Options,
    settings: [&Changes; 2],
    colours: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let sides = settings.map(|changes| Options { changes: changes.clone(), ..options.clone() });
    let mut text = Text { out, colours };
    if !args.json {
        text.settings(settings)?;
    }
    let (mut code, mut streams, mut sum) = (DONE, 0, Sum::default());
    for file in &args.files {
        let [a, b] = match replay_both(file, &sides) {
            Ok(results) => results,
            Err(error) => {
                complain(err, &format!("{file}: {error:#}"))?;
                code = FAILED;
                continue;
            }
        };
        for stream in both_streams(&a, &b) {
            streams += 1;
            sum += stream.sum;
            if args.json { json::write(text.out, &stream)? } else { text.stream(&stream)? }
        }
        if !tell_troubles(&a, b, err)? {
            code = FAILED;
        }
    }
    if !args.json && streams > 1 {
        text.total(streams, &sum)?;
    }
    Ok(code)
}

/// One channel of one file with both settings.
struct Compared<'a> {
    /// The file, as run A read it; run B read the same.
    file: &'a FileResult,
    stream: &'a StreamResult,
    changes: Vec<Change<'a>>,
    sum: Sum,
}

/// The channels of a file. Which there are, and in which order, does not depend on settings.
fn both_streams<'a>(a: &'a FileResult, b: &'a FileResult) -> impl Iterator<Item = Compared<'a>> {
    a.streams.iter().zip(&b.streams).map(|(stream, other)| {
        let changes = compare(&stream.moments, &other.moments);
        let sum = Sum::of(&changes, stream.last_message.ms_since(a.zero));
        Compared { file: a, stream, changes, sum }
    })
}

fn replay_both(file: &str, [a, b]: &[Options; 2]) -> Result<[FileResult; 2]> {
    // A pipe is empty, or blocks, when it is opened once more.
    if fs::metadata(file).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        bail!("--compare reads a file twice, and this is a pipe or a device: store it in a file");
    }
    Ok([replay_once(file, a, "A")?, replay_once(file, b, "B")?])
}

fn replay_once(file: &str, options: &Options, side: &str) -> Result<FileResult> {
    let bar = progress_bar(&format!("{file} ({side})"));
    let result = replay_file(file, options, &bar);
    bar.finish_and_clear();
    result
}

/// Says once what went wrong in one run or in both; whether all went well.
fn tell_troubles(a: &FileResult, mut b: FileResult, err: &mut dyn Write) -> io::Result<bool> {
    let well = tell_trouble(a, err)?;
    b.problems.retain(|problem| !a.problems.contains(problem));
    for problem in &b.problems {
        complain(err, &format!("{}: {problem}", b.file))?;
    }
    Ok(well && b.problems.is_empty())
}
