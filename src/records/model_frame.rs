//! The frame around a stored model: whose it is, what it was learned on, and whether it is whole.
//!
//! Magic, format version (u16, little-endian), header (postcard), payload, and the
//! CRC-32 of everything before it (u32, little-endian). Without the checksum postcard
//! reads most flipped bits as another model.

use serde::{Deserialize, Serialize};

/// The line end shows a file that went through a text conversion.
const MAGIC: &[u8] = b"CLPHND\r\n";
/// The format that is written.
pub const VERSION: u16 = 3;
/// The oldest format that is read: its models have no verdicts.
pub const OLDEST: u16 = 2;
const CRC_BYTES: usize = 4;

/// A model as it lies in its file, not yet decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The format of the payload, [`OLDEST`] to [`VERSION`].
    pub version: u16,
    /// The broadcaster's user id, where it was known.
    pub broadcaster_id: Option<&'a str>,
    /// Names of the features that the model was learned on.
    pub features: Vec<&'a str>,
    /// The model in postcard.
    pub payload: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    broadcaster_id: Option<&'a str>,
    #[serde(borrow)]
    features: Vec<&'a str>,
    payload_bytes: u32,
}

/// Why a file holds no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Something else lies there.
    #[error("is no model of Cliphound")]
    Foreign,
    /// Another version wrote it.
    #[error("has format {0}, and this version of Cliphound reads formats {OLDEST} to {VERSION}")]
    Version(u16),
    /// Its bytes are not the ones that were written.
    #[error("is damaged")]
    Damaged,
    /// The payload is longer than a frame can say.
    #[error("is too large to be stored")]
    TooLarge,
}

impl<'a> Frame<'a> {
    /// The bytes of the file.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        let payload_bytes = u32::try_from(self.payload.len()).map_err(|_| FrameError::TooLarge)?;
        let header = Header {
            broadcaster_id: self.broadcaster_id,
            features: self.features.clone(),
            payload_bytes,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(postcard::to_stdvec(&header).map_err(|_| FrameError::TooLarge)?);
        bytes.extend(self.payload);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of a file.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let after_magic = bytes.strip_prefix(MAGIC).ok_or(FrameError::Foreign)?;
        let (version, _) = after_magic.split_first_chunk().ok_or(FrameError::Damaged)?;
        let version = u16::from_le_bytes(*version);
        if !(OLDEST..=VERSION).contains(&version) {
            return Err(FrameError::Version(version));
        }
        let (content, crc) = bytes.split_last_chunk::<CRC_BYTES>().ok_or(FrameError::Damaged)?;
        if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
            return Err(FrameError::Damaged);
        }
        let body = content.get(MAGIC.len() + size_of::<u16>()..).ok_or(FrameError::Damaged)?;
        let (header, payload) =
            postcard::take_from_bytes::<Header<'a>>(body).map_err(|_| FrameError::Damaged)?;
        if payload.len() as u64 != u64::from(header.payload_bytes) {
            return Err(FrameError::Damaged);
        }
        let Header { broadcaster_id, features, .. } = header;
        Ok(Self { version, broadcaster_id, features, payload })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn bytes() -> Vec<u8> {
        let payload: Vec<u8> = (0..=255).collect();
        let features = vec!["chatters", "messages"];
        Frame { version: VERSION, broadcaster_id: Some("123"), features, payload: &payload }
            .encode()
            .unwrap()
    }

    fn check(bytes: &[u8], expected: FrameError) {
        assert_eq!(Frame::decode(bytes), Err(expected));
    }

    #[test]
    fn the_guide_names_the_version_that_is_written() {
        let guide = include_str!("../../docs/files.md");
        let named = format!("format version, little-endian ({VERSION}; {OLDEST} is read, too)");
        assert!(guide.contains(&named), "{named}");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = bytes();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Frame::decode(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let whole = bytes();
        for length in 0..whole.len() {
            assert!(Frame::decode(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(Frame::decode(&[&whole[..], b"more"].concat()).is_err());
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        check(b"", FrameError::Foreign);
        check(b"\x7fELF and so on", FrameError::Foreign);
        check(&bytes()[..20], FrameError::Damaged);
        let mut newer = bytes();
        newer[MAGIC.len()] = 9;
        check(&newer, FrameError::Version(9));
    }

    proptest! {
        #[test]
        fn any_frame_is_read_back(
            id in proptest::option::of("[0-9]{1,12}"), names in vec("[a-z_]{1,20}", 0..20),
            payload in vec(any::<u8>(), 0..400),
        ) {
            let features = names.iter().map(String::as_str).collect();
            let frame = Frame { version: VERSION, broadcaster_id: id.as_deref(), features, payload: &payload };
            let bytes = frame.encode().unwrap();
            prop_assert_eq!(Frame::decode(&bytes), Ok(frame));
        }

        #[test]
        fn bytes_written_over_are_noticed(at in 0..200_usize, over in vec(any::<u8>(), 1..40)) {
            let whole = bytes();
            let mut spoilt = whole.clone();
            spoilt[at..at + over.len()].copy_from_slice(&over);
            prop_assert!(spoilt == whole || Frame::decode(&spoilt).is_err());
        }

        #[test]
        fn no_bytes_are_a_frame_by_chance(tail in vec(any::<u8>(), 0..200)) {
            prop_assert!(Frame::decode(&tail).is_err());
            let begun = [MAGIC, &VERSION.to_le_bytes(), &tail].concat();
            prop_assert!(Frame::decode(&begun).is_err());
        }
    }
}
