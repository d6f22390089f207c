//! URLs of objects at AWS, as documents and their sources name them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>

use percent_encoding::percent_decode_str;

use crate::service::objects::store::ObjectName;

/// Why a URL does not name an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum S3UrlError {
    /// It is not a URL of S3.
    NotS3,
    /// It names a bucket only.
    NoKey,
}

/// The object that a URL names, in path style or with the bucket in the host; the key is taken as it is.
/// GUESS: only `https`, as in all of AWS's examples; the forms of hosts are those of S3's endpoints.
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
pub(crate) fn read(url: &str) -> Result<ObjectName, S3UrlError> {
    let rest = url.strip_prefix("https://").ok_or(S3UrlError::NotS3)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let host = host
        .strip_suffix(".amazonaws.com")
        .ok_or(S3UrlError::NotS3)?;
    let (bucket, key) = if is_endpoint(host) {
        path.split_once('/').unwrap_or((path, ""))
    } else {
        let places = host.match_indices(".s3");
        let found = places.map(|(at, _)| (&host[..at], &host[at + 1..]));
        let mut found = found.filter(|(_, endpoint)| is_endpoint(endpoint));
        (found.next().ok_or(S3UrlError::NotS3)?.0, path)
    };
    if !is_bucket_name(bucket) {
        return Err(S3UrlError::NotS3);
    }
    if key.is_empty() {
        return Err(S3UrlError::NoKey);
    }
    Ok(ObjectName {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    })
}

/// The same for a URL that is percent-encoded.
pub(crate) fn read_encoded(url: &str) -> Result<ObjectName, S3UrlError> {
    let name = read(url)?;
    let key = percent_decode_str(&name.key).decode_utf8();
    let key = key.map_err(|_| S3UrlError::NotS3)?.into_owned();
    Ok(ObjectName { key, ..name })
}

/// Whether this is the start of S3's own host: `s3`, `s3.REGION`, `s3-REGION` or `s3.dualstack.REGION`.
fn is_endpoint(host: &str) -> bool {
    let Some(rest) = host.strip_prefix("s3") else {
        return false;
    };
    let is_region = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !text.is_empty() && text.bytes().all(allowed)
    };
    let Some(rest) = rest.strip_prefix(['.', '-']) else {
        return rest.is_empty();
    };
    is_region(rest.strip_prefix("dualstack.").unwrap_or(rest))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_allowed = |byte: u8| is_end(byte) || matches!(byte, b'.' | b'-');
    let ends = name.bytes().next().zip(name.bytes().next_back());
    let is_address = name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (3..=63).contains(&name.len())
        && ends.is_some_and(|(first, last)| is_end(first) && is_end(last))
        && name.bytes().all(is_allowed)
        && !name.contains("..")
        && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_an_object() {
        use S3UrlError::{NoKey, NotS3};
        for (url, expected) in [
            ("https://s3.amazonaws.com/bucket/key", Ok("bucket key")),
            (
                "https://s3.us-east-1.amazonaws.com/bucket/a/b%20c",
                Ok("bucket a/b%20c"),
            ),
            (
                "https://s3-eu-west-1.amazonaws.com/my.bucket/k",
                Ok("my.bucket k"),
            ),
            (
                "https://s3.dualstack.eu-west-1.amazonaws.com/bucket/k",
                Ok("bucket k"),
            ),
            (
                "https://s3.cn-north-1.amazonaws.com.cn/bucket/k",
                Ok("bucket k"),
            ),
            ("https://bucket.s3.amazonaws.com/key", Ok("bucket key")),
            (
                "https://my.bucket.s3.us-west-2.amazonaws.com/a/k",
                Ok("my.bucket a/k"),
            ),
            (
                "https://bucket.s3-us-west-2.amazonaws.com/k",
                Ok("bucket k"),
            ),
            ("https://s3.amazonaws.com/bucket/", Err(NoKey)),
            ("https://s3.amazonaws.com/bucket", Err(NoKey)),
            ("https://bucket.s3.amazonaws.com", Err(NoKey)),
            ("https://s3.amazonaws.com", Err(NotS3)),
            ("https://s3.amazonaws.com/b/key", Err(NotS3)),
            ("https://s3.amazonaws.com/Bucket/key", Err(NotS3)),
            ("http://s3.amazonaws.com/bucket/key", Err(NotS3)),
            ("s3://bucket/key", Err(NotS3)),
            ("https://example.com/bucket/key", Err(NotS3)),
            (
                "https://s3.amazonaws.com.example.com/bucket/key",
                Err(NotS3),
            ),
            ("https://ec2.us-east-1.amazonaws.com/bucket/key", Err(NotS3)),
            ("https://amazonaws.com/bucket/key", Err(NotS3)),
            ("bucket/key", Err(NotS3)),
            ("", Err(NotS3)),
        ] {
            let read = read(url).map(|name| format!("{} {}", name.bucket, name.key));
            assert_eq!(read.as_deref(), expected.as_deref(), "{url}");
        }
        let url = "https://s3.amazonaws.com/bucket/a%20b%2Bc/d";
        let name = read_encoded(url).expect("a URL");
        assert_eq!(name.key, "a b+c/d");
        let url = "https://s3.amazonaws.com/bucket/%ff";
        assert_eq!(read_encoded(url), Err(NotS3));
    }

    #[test]
    fn a_bucket_has_a_name_of_dns() {
        let long = "a".repeat(64);
        for (name, expected) in [
            ("abc", true),
            ("my-bucket.2", true),
            (&long[..63], true),
            (&*long, false),
            ("ab", false),
            ("Abc", false),
            ("a_c", false),
            ("-abc", false),
            ("abc.", false),
            ("a..b", false),
            ("192.168.5.4", false),
            ("a/b", false),
        ] {
            assert_eq!(is_bucket_name(name), expected, "{name}");
        }
    }
}
