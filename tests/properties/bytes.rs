//! Good samples, spoilt: bits flipped, parts cut out, doubled, repeated, and spliced.

use proptest::{collection::vec, prelude::*, sample::Index};

/// The longest result: what grows more than linearly would be felt.
const LONGEST: usize = 256 * 1024;

/// What lines, documents and files like least.
const WORDS: [&[u8]; 30] = [
    b" ",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b"\x1b[2J",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b";",
    b"=",
    b",",
    b"@",
    b"#",
    b"-1",
    b"99999999999999999999999",
    b"-9223372036854775808",
    b"1e999",
    b"NaN",
    b"null",
    b"\xff\xfe",
    b"\xf0\x9f\x8e\x89",
    "\u{202e}\u{2066}\u{feff}e\u{301}".as_bytes(),
];

/// One thing done to bytes. Places are parts of the length.
#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, u8),
    Put(Index, u8),
    Word(Index, usize),
    Cut(Index, usize),
    Double(Index, usize),
    Splice(Index, Index, usize),
    Repeat(Index, usize, usize),
    End(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        6 => (at(), 0..WORDS.len()).prop_map(|(at, word)| Edit::Word(at, word)),
        4 => (at(), 0..80_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        3 => (at(), 0..80_usize).prop_map(|(at, length)| Edit::Double(at, length)),
        3 => (at(), at(), 0..200_usize)
            .prop_map(|(from, to, length)| Edit::Splice(from, to, length)),
        1 => (at(), 1..20_usize, 0..400_usize)
            .prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        1 => at().prop_map(Edit::End),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit, other: &[u8]) {
    let place = |at: &Index, length: usize| if length == 0 { 0 } else { at.index(length) };
    let part =
        |bytes: &[u8], at: usize, length: usize| bytes[at..(at + length).min(bytes.len())].to_vec();
    let size = bytes.len();
    match edit {
        Edit::Flip(at, bit) if size > 0 => bytes[at.index(size)] ^= 1 << bit,
        Edit::Put(at, byte) if size > 0 => bytes[at.index(size)] = *byte,
        Edit::Flip(..) | Edit::Put(..) => {}
        Edit::Word(at, word) => {
            let at = place(at, size + 1);
            bytes.splice(at..at, WORDS[*word].iter().copied());
        }
        Edit::Cut(at, length) => {
            let at = place(at, size);
            bytes.drain(at..(at + length).min(size));
        }
        Edit::Double(at, length) => {
            let at = place(at, size);
            let double = part(bytes, at, *length);
            bytes.splice(at..at, double);
        }
        Edit::Splice(from, to, length) => {
            let strange = part(other, place(from, other.len()), *length);
            let at = place(to, size + 1);
            bytes.splice(at..at, strange);
        }
        Edit::Repeat(at, length, times) => {
            let at = place(at, size);
            let again = part(bytes, at, *length).repeat(*times);
            if size + again.len() <= LONGEST {
                bytes.splice(at..at, again);
            }
        }
        Edit::End(at) => bytes.truncate(place(at, size + 1)),
    }
}

/// One of the samples with up to `most` things done to it.
pub fn spoilt(samples: Vec<Vec<u8>>, most: usize) -> impl Strategy<Value = Vec<u8>> {
    assert!(!samples.is_empty());
    let (one, other) = (0..samples.len(), 0..samples.len());
    (one, other, vec(edit(), 0..=most)).prop_map(move |(one, other, edits)| {
        let mut bytes = samples[one].clone();
        for edit in &edits {
            apply(&mut bytes, edit, &samples[other]);
        }
        bytes
    })
}

/// The same for texts; what is no UTF-8 becomes `U+FFFD`.
pub fn spoilt_text(samples: &[&str], most: usize) -> impl Strategy<Value = String> + use<> {
    let samples = samples.iter().map(|sample| sample.as_bytes().to_vec()).collect();
    spoilt(samples, most).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
