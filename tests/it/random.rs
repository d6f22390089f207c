//! Random inputs from a seed, and how many of them.

/// SplitMix64: a test that fails prints its seed and fails again.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// One of the examples with up to four changes, each of one byte, a piece, or a piece of another example.
    pub(crate) fn mutated(&mut self, examples: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.pick(examples).to_vec();
        for _ in 0..self.below(5) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] = self.next().to_le_bytes()[0],
                1 => bytes.truncate(at),
                2 => bytes.insert(at, self.next().to_le_bytes()[0]),
                3 if at < bytes.len() => {
                    bytes.remove(at);
                }
                4 => {
                    let other = self.pick(examples);
                    let from = self.below(other.len());
                    let piece = other[from..].iter().copied().take(16);
                    bytes.splice(at..at, piece.collect::<Vec<_>>());
                }
                _ => {
                    let pieces: [&[u8]; 10] = [
                        b"\"",
                        b"{",
                        b"[[[[",
                        b"\\",
                        b"\0",
                        b"\xff\xfe",
                        b"999999999999999999999",
                        b"-1",
                        "\u{202e}".as_bytes(),
                        b"null",
                    ];
                    let piece = self.pick(&pieces);
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        bytes
    }
}

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
