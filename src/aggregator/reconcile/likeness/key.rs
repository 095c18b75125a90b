//! Words as numbers (Fowler, Noll and Vo, FNV-1a).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The key of a folded word.
pub fn key(word: &str) -> u32 {
    word.bytes().fold(0x811C_9DC5, |sum: u32, b| (sum ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

/// The same in 64 bits, of any text.
pub fn long_key(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum: u64, b| (sum ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

/// A list of our own, by word.
pub type Words<V> = HashMap<&'static str, V, BuildHasherDefault<Plain>>;

/// Of keys, which are hashes already, and of our own lists, whose words nobody outside chooses. Not for maps by what feeds
/// name, since whoever knows it can make names that meet.
#[derive(Debug, Default)]
pub struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}
