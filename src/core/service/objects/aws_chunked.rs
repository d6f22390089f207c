//! A body that is signed in chunks, with headers behind it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

/// The most headers behind a body.
const TRAILERS_MAX: usize = 10;

/// What such a body contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    /// Names in lower case.
    pub(crate) trailers: Vec<(String, String)>,
}

/// Decodes a body; `None` if it is not whole, or not in chunks. The signatures of the chunks are not checked.
pub(crate) fn decode(body: &[u8]) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut rest = body;
    loop {
        let (line, after) = line(rest)?;
        let size = line.split(';').next()?.trim();
        // The parser also accepts a sign.
        let is_number = size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = usize::from_str_radix(size, 16).ok().filter(|_| is_number)?;
        if size == 0 {
            rest = after;
            break;
        }
        let (chunk, after) = after.split_at_checked(size)?;
        decoded.bytes.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
    while let Some((line, after)) = line(rest)
        && !line.is_empty()
        && decoded.trailers.len() < TRAILERS_MAX
    {
        let (name, value) = line.split_once(':')?;
        decoded
            .trailers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        rest = after;
    }
    // Some clients leave the last line out.
    matches!(rest, b"" | b"\r\n").then_some(decoded)
}

/// The next line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    Some((line, &bytes[end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_trailers_read() {
        let crc = "x-amz-checksum-crc32";
        for (body, expected) in [
            ("0\r\n\r\n", Some(("", &[][..]))),
            ("0\r\n", Some(("", &[]))),
            ("5\r\nhello\r\n0\r\n\r\n", Some(("hello", &[]))),
            (
                "A;chunk-signature=ab\r\n0123456789\r\n2\r\n\r\n\r\n0;chunk-signature=cd\r\n\r\n",
                Some(("0123456789\r\n", &[])),
            ),
            (
                "1\r\na\r\n0\r\nX-Amz-Checksum-CRC32: 6Lf/\r\n\r\n",
                Some(("a", &[(crc, "6Lf/")])),
            ),
            (
                "1\r\na\r\n0\r\nx-amz-checksum-crc32:6Lf/\r\nx-amz-trailer-signature:00\r\n\r\n",
                Some(("a", &[(crc, "6Lf/"), ("x-amz-trailer-signature", "00")])),
            ),
            ("", None),
            ("hello", None),
            ("5\r\nhell", None),
            ("5\r\nhello0\r\n\r\n", None),
            ("6\r\nhello\r\n0\r\n\r\n", None),
            ("5\r\nhello\r\n", None),
            ("+5\r\nhello\r\n0\r\n\r\n", None),
            ("\r\n", None),
            ("ffffffffffffffffff\r\na\r\n0\r\n\r\n", None),
            ("1\r\na\r\n0\r\nno colon\r\n\r\n", None),
            ("1\r\na\r\n0\r\n\r\nmore", None),
        ] {
            let decoded = decode(body.as_bytes());
            let expected = expected.map(|(bytes, trailers)| Decoded {
                bytes: bytes.as_bytes().to_vec(),
                trailers: trailers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            });
            assert_eq!(decoded, expected, "{body:?}");
        }
    }
}
