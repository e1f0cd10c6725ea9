//! Takes deleted chat out of a recording's file, in place.
//!
//! Each line keeps its length, so nothing moves and a crash leaves whole lines. Work is done
//! a block at a time: whoever writes the recording goes on in between.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
};

use cliphound_engine::Input;
use cliphound_twitch::ChannelLogin;

use crate::replay::{erasing::Deletions, recording::MAX_LINE};

/// Bytes read at once: a few milliseconds.
const BLOCK: usize = 1024 * 1024;
/// The newest so many bytes come first, some 70,000 messages: what is deleted is seldom old.
const TAIL: u64 = 16 * 1024 * 1024;

/// How much is read at once, and how much of the end is looked at first.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    block: usize,
    tail: u64,
}

/// What is still to be taken out of a file.
#[derive(Debug)]
pub struct Eraser {
    /// `None` when what was written can't be changed: a pipe.
    file: Option<File>,
    waiting: Deletions,
    pass: Option<Pass>,
    sizes: Sizes,
}

/// One way through the file.
#[derive(Debug)]
struct Pass {
    deletions: Deletions,
    /// Lines that begin in these are looked at.
    ranges: VecDeque<Range<u64>>,
    block: Vec<u8>,
    sizes: Sizes,
    /// Bytes to read next.
    size: usize,
    /// The rest of a line that began before is skipped.
    skips: bool,
}

impl Eraser {
    /// For a file that can be read and written anywhere.
    pub fn new(file: Option<File>) -> Self {
        let sizes = Sizes { block: BLOCK, tail: TAIL };
        Self { file, waiting: Deletions::default(), pass: None, sizes }
    }

    /// Takes a deletion; other inputs change nothing. What it is about has to be in the file
    /// at the next step.
    pub fn delete(&mut self, channel: &ChannelLogin, input: &Input, alias: Option<String>) {
        if self.file.is_some() {
            self.waiting.add(channel, input, alias);
        }
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.pass.is_none() && self.waiting.is_empty()
    }

    /// Goes on by one block.
    ///
    /// # Errors
    /// When the file can't be read or written; what was looked for is given up.
    pub fn step(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut pass = match self.pass.take() {
            Some(pass) => pass,
            None if self.waiting.is_empty() => return Ok(()),
            None => {
                let end = file.metadata()?.len();
                Pass::new(std::mem::take(&mut self.waiting), end, self.sizes)
            }
        };
        pass.step(file)?;
        if pass.ranges.is_empty() {
            file.sync_data()?;
        } else {
            self.pass = Some(pass);
        }
        Ok(())
    }
}

impl Pass {
    fn new(deletions: Deletions, end: u64, sizes: Sizes) -> Self {
        let Sizes { block, tail } = sizes;
        let (mut ranges, mut skips) = (VecDeque::new(), false);
        if end > tail {
            let begin = end - tail;
            // One byte earlier: a line that begins at the border is not skipped. The rest goes
            // beyond the border: what was asked for may stand behind it.
            ranges.extend([begin - 1..end, 0..end.min(begin + block as u64)]);
            skips = true;
        } else {
            ranges.push_back(0..end);
        }
        Self { deletions, ranges, block: Vec::new(), size: block, sizes, skips }
    }

    fn step(&mut self, file: &mut File) -> io::Result<()> {
        let Some(range) = self.ranges.front().cloned() else { return Ok(()) };
        file.seek(SeekFrom::Start(range.start))?;
        self.block.clear();
        let read = Read::take(&mut *file, self.size as u64).read_to_end(&mut self.block)?;
        let newline = |byte: &u8| *byte == b'\n';
        let lines = if self.skips {
            let end = self.block.iter().position(newline);
            self.skips = end.is_none();
            end
        } else {
            let end = self.block.iter().rposition(newline);
            if let Some(end) = end {
                self.erase(file, &range, end + 1)?;
            }
            end
        };
        let used = match lines {
            Some(end) => end as u64 + 1,
            // The last line is not whole.
            None if read < self.size => range.end - range.start,
            None if self.size >= 2 * MAX_LINE => {
                self.skips = true;
                read as u64
            }
            None => {
                self.size *= 2;
                return Ok(());
            }
        };
        self.size = self.sizes.block;
        self.advance(range, used);
        Ok(())
    }

    /// Changes the lines in the first `length` bytes of the block, and writes them back.
    fn erase(&mut self, file: &mut File, range: &Range<u64>, length: usize) -> io::Result<()> {
        if !self.deletions.may_be_about(&self.block[..length]) {
            return Ok(());
        }
        let mut changed: Option<Range<usize>> = None;
        let mut begin = 0;
        while begin < length && range.start + (begin as u64) < range.end {
            let rest = &self.block[begin..length];
            let end = begin + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            if let Some(line) = self.deletions.erase(&self.block[begin..end]) {
                self.block[begin..end].copy_from_slice(&line);
                changed = Some(changed.map_or(begin, |changed| changed.start)..end);
            }
            begin = end + 1;
        }
        if let Some(changed) = changed {
            file.seek(SeekFrom::Start(range.start + changed.start as u64))?;
            file.write_all(&self.block[changed])?;
        }
        Ok(())
    }

    fn advance(&mut self, range: Range<u64>, used: u64) {
        self.ranges.pop_front();
        let rest = range.start.saturating_add(used)..range.end;
        if self.deletions.are_found() {
            self.ranges.clear();
        } else if !rest.is_empty() {
            self.ranges.push_front(rest);
        } else {
            self.skips = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{EventTime, Message, Settings};
    use proptest::prelude::*;

    use super::*;
    use crate::replay::recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start};

    fn ninja() -> ChannelLogin {
        ChannelLogin::parse("ninja").unwrap()
    }

    /// Messages `m0`, `m1` … by `u0` … `u4`, the first of them long.
    fn recording(messages: usize) -> Vec<u8> {
        let mut writer = RecordingWriter::new(Vec::new(), 0, DEFAULT_LIMIT).unwrap();
        let settings = Settings::default();
        let start = Start { broadcaster_id: None, seed: 3, settings: &settings, model: None };
        writer.start(&ninja(), start).unwrap();
        for number in 0..messages {
            let message = Message {
                id: Some(format!("m{number}")),
                user: Some(format!("u{}", number % 5)),
                text: format!("said {number}; {}", "x".repeat(if number == 0 { 900 } else { 0 })),
                ..Message::default()
            };
            writer.input(&ninja(), EventTime(number as i64), &Input::Message(message)).unwrap();
        }
        writer.finish().unwrap()
    }

    fn deleted(id: usize) -> Input {
        Input::MessageDeleted { id: format!("m{id}") }
    }

    /// The numbers of the messages that can be read after these deletions.
    fn left(sizes: Sizes, messages: usize, inputs: &[Input]) -> (Vec<usize>, usize) {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = recording(messages);
        file.write_all(&bytes).unwrap();
        file.write_all(b"half a li").unwrap();
        let mut eraser = Eraser::new(Some(file.try_clone().unwrap()));
        eraser.sizes = sizes;
        for input in inputs {
            eraser.delete(&ninja(), input, None);
        }
        let mut steps = 0;
        while !eraser.is_idle() {
            eraser.step().unwrap();
            steps += 1;
            assert!(steps < 100_000, "it goes on");
        }
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text.len(), bytes.len() + 9);
        let numbers = text.split("said ").skip(1);
        (numbers.map(|rest| rest.split(';').next().unwrap().parse().unwrap()).collect(), steps)
    }

    #[test]
    fn new_messages_are_found_without_reading_all() {
        let sizes = Sizes { block: 500, tail: 2_000 };
        let (left_over, steps) = left(sizes, 100, &[deleted(97)]);
        assert_eq!(left_over.len(), 99);
        assert!(!left_over.contains(&97) && steps < 8, "{steps}");
        let (left_over, _) = left(sizes, 100, &[deleted(3)]);
        assert!(left_over.len() == 99 && !left_over.contains(&3));
    }

    /// Whose lines can still be read while a purge goes through the file.
    #[test]
    fn of_a_purged_user_the_newest_lines_go_first() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&recording(200)).unwrap();
        let mut eraser = Eraser::new(Some(file.try_clone().unwrap()));
        eraser.sizes = Sizes { block: 1_000, tail: 4_000 };
        eraser.delete(&ninja(), &Input::UserCleared { user: "u1".to_owned() }, None);
        (0..6).for_each(|_| eraser.step().unwrap());
        assert!(!eraser.is_idle());
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        let reads = |number: usize| text.contains(&format!("said {number};"));
        assert!(!reads(196) && !reads(191) && reads(195) && reads(11));
    }

    #[test]
    fn a_pipe_is_left_alone() {
        let mut eraser = Eraser::new(None);
        eraser.delete(&ninja(), &Input::ChatCleared, None);
        assert!(eraser.is_idle());
        eraser.step().unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_deletion_with_any_blocks(
            block in 1..3_000_usize,
            tail in 0..20_000_u64,
            ids in prop::collection::btree_set(0..70_usize, 0..6),
            user in prop::option::weighted(0.3, 0..5_usize),
            all in prop::bool::weighted(0.1),
        ) {
            let mut inputs: Vec<_> = ids.iter().map(|id| deleted(*id)).collect();
            inputs.extend(user.map(|user| Input::UserCleared { user: format!("u{user}") }));
            inputs.extend(all.then_some(Input::ChatCleared));
            let (left_over, _) = left(Sizes { block, tail }, 60, &inputs);
            let stays = |number: &usize| !all && !ids.contains(number) && user != Some(number % 5);
            prop_assert_eq!(left_over, (0..60).filter(stays).collect::<Vec<_>>());
        }
    }
}
