//! Numbers that look random and are a function of their name.

use aws_lc_rs::digest::{SHA256, digest};

/// A number drawn uniformly from all of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// The number for a name. The parts of the name hold no NUL.
    pub fn new(seed: u64, name: &[&str]) -> Self {
        let mut text = seed.to_string();
        for part in name {
            text.push('\0');
            text.push_str(part);
        }
        let hash = digest(&SHA256, text.as_bytes());
        let first = hash.as_ref().first_chunk();
        Self(first.map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }

    /// The same, scaled to a number below `bound`; 0 if `bound` is 0.
    pub fn below(self, bound: u64) -> u64 {
        let (_, scaled) = self.0.carrying_mul(bound, 0);
        scaled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_function_of_its_name() {
        // The first eight bytes of `printf '7\0end\0dev1' | sha256sum`.
        for (seed, name, expected) in [
            (7, &["end", "dev1"][..], 0x0557_0b43_c85f_9a29),
            (8, &["end", "dev1"], 0x02ea_f30a_4e35_dab1),
            (7, &["en", "ddev1"], 0x1630_7aba_04b7_8705),
        ] {
            assert_eq!(Draw::new(seed, name), Draw(expected), "{seed} {name:?}");
        }
    }

    #[test]
    fn a_number_is_scaled_to_its_bound() {
        for (number, bound, expected) in [
            (0, 0, 0),
            (u64::MAX, 0, 0),
            (u64::MAX, 1, 0),
            (0, 10, 0),
            (u64::MAX, 10, 9),
            (1 << 63, 10, 5),
            ((1 << 63) - 1, 10, 4),
            (u64::MAX, u64::MAX, u64::MAX - 1),
        ] {
            assert_eq!(Draw(number).below(bound), expected, "{number} {bound}");
        }
    }
}
