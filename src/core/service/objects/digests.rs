//! The digests of a body: those that a client states are checked, as S3 does.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// What computes a digest.
type Digest = fn(&[u8]) -> Vec<u8>;

/// The digests that clients state, by the ends of their headers' names.
const ALGORITHMS: [(&str, Digest); 5] = [
    ("crc32", |bytes| {
        crc(0xedb8_8320, 32, bytes)[..4]
            .iter()
            .rev()
            .copied()
            .collect()
    }),
    ("crc32c", |bytes| {
        crc(0x82f6_3b78, 32, bytes)[..4]
            .iter()
            .rev()
            .copied()
            .collect()
    }),
    ("crc64nvme", |bytes| {
        crc(0x9a6c_9329_ac4b_c9b5, 64, bytes)
            .iter()
            .rev()
            .copied()
            .collect()
    }),
    ("sha1", |bytes| {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        digest.as_ref().to_vec()
    }),
    ("sha256", |bytes| sha256(bytes).to_vec()),
];

/// What the header of a digest begins with.
pub(crate) const CHECKSUM: &str = "x-amz-checksum-";

/// The digest of this name in base64; `None` if it is not known.
pub(crate) fn checksum(name: &str, bytes: &[u8]) -> Option<String> {
    let (_, digest) = ALGORITHMS.iter().find(|(known, _)| *known == name)?;
    Some(BASE64.encode(digest(bytes)))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// A reflected CRC that begins and ends inverted, least byte first.
fn crc(polynomial: u64, width: u32, bytes: &[u8]) -> [u8; 8] {
    let mut table = [0; 256];
    for (entry, value) in (0_u64..).zip(&mut table) {
        *value = (0..8).fold(entry, |crc, _| (crc >> 1) ^ (polynomial * (crc & 1)));
    }
    let ones = u64::MAX >> (64 - width);
    let crc = bytes.iter().fold(ones, |crc, byte| {
        table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8)
    });
    (crc ^ ones).to_le_bytes()
}

/// How far each step of MD5 rotates.
const ROTATIONS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// MD5, which an ETag is: the cryptographic library of this program does not have it.
/// <https://datatracker.ietf.org/doc/html/rfc1321>
pub(crate) fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut sines = [0_u32; 64];
    for (step, sine) in (1_u8..).zip(&mut sines) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the whole part of a number from 0 to 2^32, as the RFC defines it"
        )]
        let whole = (f64::from(step).sin().abs() * 4_294_967_296.0) as u32;
        *sine = whole;
    }
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, rest) = bytes.as_chunks::<64>();
    for block in blocks {
        md5_block(&mut state, &sines, block);
    }
    let mut last = rest.to_vec();
    last.push(0x80);
    last.resize(if last.len() <= 56 { 56 } else { 120 }, 0);
    last.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    for block in last.as_chunks::<64>().0 {
        md5_block(&mut state, &sines, block);
    }
    let mut sum = [0; 16];
    for (bytes, word) in sum.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    sum
}

fn md5_block(state: &mut [u32; 4], sines: &[u32; 64], block: &[u8; 64]) {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let [mut a, mut b, mut c, mut d] = *state;
    for step in 0..64 {
        let (mixed, word) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(sines[step])
            .wrapping_add(words[word % 16]);
        let rotated = sum.rotate_left(ROTATIONS[step / 16][step % 4]);
        (a, b, c, d) = (d, b.wrapping_add(rotated), b, c);
    }
    for (word, more) in state.iter_mut().zip([a, b, c, d]) {
        *word = word.wrapping_add(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 1321, and one around the end of a block.
    #[test]
    fn md5_is_that_of_the_rfc() {
        for (text, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(hex(&md5(text.as_bytes())), expected, "{text}");
        }
        // Of 55 to 65 bytes, all together: `for n in 55..65: md5(b"a" * n)`, and the sum of that.
        let sums: Vec<u8> = (55..=65).flat_map(|n| md5(&b"a".repeat(n))).collect();
        assert_eq!(hex(&md5(&sums)), "96b2ff00698fd10a3ebe9af7cdde9a8f");
    }

    /// The check values of the catalogue of CRC algorithms, and of the texts of others.
    #[test]
    fn each_checksum_is_known() {
        for (name, expected) in [
            ("crc32", Some("y/Q5Jg==")),
            ("crc32c", Some("4waSgw==")),
            ("crc64nvme", Some("rosUhgp5mIg=")),
            ("sha1", Some("98O8HYCOBHMq32eZZczDTKeuNEE=")),
            (
                "sha256",
                Some("FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
            ),
            ("xxhash64", None),
        ] {
            assert_eq!(checksum(name, b"123456789").as_deref(), expected, "{name}");
        }
    }
}
