//! Reads one stream's chat from its file, of any format that `replay` knows.

use anyhow::{Result, bail};
use cliphound_engine::Input;
use cliphound_twitch::login::ChannelLogin;
use indicatif::ProgressBar;

use super::labels::LONGEST_S;
use crate::replay::{
    detect::{self, Format},
    event::{Fed, Sink, Tally},
    formats::{self, vod_json},
    lines::Lines,
    order::{Order, why_no_order},
    reader::{self, Source},
    recording, report,
    zero::Zero,
};

/// Everything that happened in the chat, in the order of time, on the stream's own clock, and
/// one sentence about what was left out of it.
///
/// # Errors
/// When the file can't be read to its end or is no stream: one sentence, without the file's name.
pub fn read(path: &str) -> Result<(Vec<Fed>, Option<String>)> {
    let source = reader::open(path, &ProgressBar::hidden())?;
    let (mut order, mut zero) = (Order::default(), Zero::default());
    let (mut tally, mut misdated) = (Tally::default(), Tally::default());
    let mut chat: Vec<Fed> = Vec::new();
    let mut keep = |fed: Fed| chat.push(fed);
    read_any(source, &mut tally, &mut |fed| {
        order.push(fed, &mut misdated, &mut |fed| zero.push(fed, &mut keep));
    })?;
    let read = order.finish(&mut misdated, &mut |fed| zero.push(fed, &mut keep));
    tally.misdated += misdated.misdated;
    if let Some(damage) = &tally.damage {
        bail!("only the first {} messages can be read: {damage}", chat.len());
    }
    is_one_stream(&chat)?;
    if let Some(why) = why_no_order(read, misdated.misdated) {
        bail!(why);
    }
    Ok((chat, report::left_out(&tally)))
}

fn read_any(source: Source, tally: &mut Tally, sink: &mut Sink<'_>) -> Result<()> {
    let Source { head, reader } = source;
    if let Some(told) = detect::why_no_text(&head) {
        bail!(told);
    }
    if detect::is_document(&head) {
        vod_json::read(reader, tally, sink);
        return Ok(());
    }
    let mut lines = Lines::new(reader);
    let format = detect::from_lines(lines.look_ahead(detect::LINES_LOOKED_AT));
    match format {
        Some(Format::Recording) => read_recording(&mut lines, tally, sink),
        Some(format) => formats::read_lines(format, &mut lines, tally, sink),
        None => match &lines.damage {
            Some(damage) => bail!("nothing of this file can be read: {damage}"),
            None => bail!(detect::UNKNOWN),
        },
    }
    Ok(())
}

/// What was fed in a recorded run, without its settings: those of the measurement hold.
fn read_recording<R: std::io::BufRead>(
    lines: &mut Lines<R>,
    tally: &mut Tally,
    sink: &mut Sink<'_>,
) {
    lines.set_limit(recording::MAX_LINE);
    for line in lines.by_ref() {
        if let Some(recording::Line::Input { channel, at, input }) = recording::parse(&line)
            && !matches!(input, Input::Settings(_))
        {
            sink(Fed { at, channel: Some(channel), input });
        }
    }
    tally.damage = lines.damage.take();
}

fn is_one_stream(chat: &[Fed]) -> Result<()> {
    let (Some(first), Some(last)) = (chat.first(), chat.last()) else {
        bail!("there is no message with a time in it");
    };
    // Beyond that its times are broken.
    if last.at.ms_since(first.at) as f64 > LONGEST_S * 1000.0 {
        bail!("its times span more than a week; a stream is shorter");
    }
    let mut channels: Vec<&ChannelLogin> =
        chat.iter().filter_map(|fed| fed.channel.as_ref()).collect();
    channels.dedup();
    if let Some(other) = channels.iter().find(|channel| **channel != channels[0]) {
        bail!("it holds {} and {other}; a stream is one channel's: take them apart", channels[0]);
    }
    Ok(())
}
