//! A hash that is the same on every machine and in every run: FNV-1a, 64 bits; and a quick one.

use std::hash::BuildHasher;

use cliphound_work::steps;
use foldhash::fast::FixedState;

/// Start value (the FNV offset basis).
pub(crate) const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// The FNV prime for 64 bits.
pub(crate) const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a of some bytes.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(bytes);
    hasher.finish()
}

/// A quick hash of what is compared within one run only: message ids are long, and FNV goes byte
/// by byte.
#[must_use]
pub(crate) fn quick(bytes: &[u8]) -> u64 {
    steps(bytes.len());
    FixedState::with_seed(0).hash_one(bytes)
}

/// FNV-1a fed piece by piece.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Fnv {
    /// Takes more bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        steps(bytes.len());
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// The hash of what was taken.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv1a() {
        // The published test vectors of FNV-1a 64.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
