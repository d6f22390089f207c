//! A log record without secrets.
//!
//! Libraries write requests and responses with headers and bodies, errors that contain a whole response, and what they sign:
//! as fields, structures, JSON, XML, URLs and text, nested in each other. A list of names to hide is never complete, so a
//! value is hidden unless its name is known to be harmless. Only prose is left unchanged.

use std::ops::Range;

use crate::redact::decoded::Decoded;
use crate::redact::presigned::signature_places;
use crate::redact::replaced;

/// Names whose values are shown, in lower case: of the fields of this program's records, of headers, and of what libraries
/// write. Pairs within such a value are judged by their own names.
const HARMLESS: &str = "\
    _origin _request_id accept account_id address after amz-sdk-invocation-id amz-sdk-request api as_string attempts \
    auth_scheme before bytes cause client_id code config connection content-length content-type content_length \
    content_type context data date delay desc description dns_suffix endpoint endpoint_params endpoint_prefix endpoint_url \
    error expiration failed fault_code field filter home host io_error job_id kind lang len length level loaded_from local \
    location max max_attempts md mechanism message method mode name new_expiration next_state operation operation_name os \
    os_error packet_id parsed partition path payload payload_checksum_kind peer percent_encoding_mode phase pkid port \
    profile profile_name properties protocol provider provider_name qos qosid query read_limit reason reconnect_mode \
    region remote request_id response_status retain_forward_rule retry_reason role_arn role_name scheme scheme_id server \
    service service_id service_name session_token_mode signature_location signer signing_region size source src sso_region \
    sso_role_name sso_session_name sso_start_url state status status_code subject target thing timeout timeout_kind topic \
    topics transport type ua uri uri_path_normalization_mode url user-agent user_agent value_name verdict version \
    x-amz-date x-amz-request-id x-amz-user-agent x-amzn-errortype x-amzn-requestid xmlns";

/// Parts of names whose value is a secret even if it is a number, in lower case.
const SUSPICIOUS: [&str; 18] = [
    "access_key",
    "accesskey",
    "api-key",
    "api_key",
    "apikey",
    "assertion",
    "auth",
    "bearer",
    "cookie",
    "credential",
    "jwt",
    "passphrase",
    "passw",
    "private",
    "secret",
    "session",
    "signature",
    "token",
];

/// Words of prose that may be followed by a colon and a secret.
const SECRET_WORDS: [&str; 6] = [
    "authorization",
    "cookie",
    "password",
    "secret",
    "signature",
    "token",
];

/// A record without secrets: these secrets, private keys, the passwords of URLs, and every value that is not known to be
/// harmless.
pub fn record(text: &str, secrets: &[String]) -> String {
    let decoded = Decoded::new(text);
    let mut scan = Scan::new(&decoded);
    scan.secrets(secrets);
    scan.private_key();
    scan.passwords();
    scan.pairs(0..decoded.bytes.len());
    let mut places = signature_places(text);
    for secret in secrets.iter().filter(|it| !it.is_empty()) {
        let found = text.match_indices(secret.as_str());
        places.extend(found.map(|(at, secret)| at..at + secret.len()));
    }
    places.extend(scan.hidden.iter().map(|range| decoded.source(range)));
    places.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    replaced(text, places).into_owned()
}

/// The sign between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equals,
    Colon,
}

struct Scan<'a> {
    decoded: &'a Decoded,
    bytes: &'a [u8],
    hidden: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn new(decoded: &'a Decoded) -> Self {
        Self {
            decoded,
            bytes: &decoded.bytes,
            hidden: Vec::new(),
        }
    }

    fn secrets(&mut self, secrets: &[String]) {
        for secret in secrets {
            let secret = Decoded::new(secret).bytes;
            let places = places_of(self.bytes, &secret);
            self.hidden.extend(places.map(|at| at..at + secret.len()));
        }
    }

    /// Hides a private key in PEM, up to the end.
    fn private_key(&mut self) {
        let first = places_of(self.bytes, b"PRIVATE KEY").next();
        self.hidden.extend(first.map(|at| at..self.bytes.len()));
    }

    /// Hides `password` in `https://name:password@host`.
    fn passwords(&mut self) {
        for at in places_of(self.bytes, b"://") {
            let begin = at + 3;
            let authority = self.run(begin, |byte| {
                !byte.is_ascii_whitespace() && !b"/?#\"<>".contains(&byte)
            });
            let end = self.bytes[begin..authority]
                .iter()
                .rposition(|it| *it == b'@');
            self.hidden.extend(end.map(|end| begin..begin + end));
        }
    }

    /// Hides the values in this part that are not known to be harmless.
    fn pairs(&mut self, part: Range<usize>) {
        let mut at = part.start;
        // The name whose value comes next, and where the text of an XML element begins.
        let mut name: Option<Range<usize>> = None;
        let mut element = part.start;
        while at < part.end {
            at = match self.bytes[at] {
                b'"' => self.quoted(at, part.end, &mut name),
                b'<' if self.bytes[..part.end].get(at + 1) == Some(&b'/') => {
                    self.element(element, at);
                    at + 2
                }
                b'>' => {
                    element = at + 1;
                    at + 1
                }
                b'{' => {
                    // What follows is judged by its own names.
                    name = None;
                    at + 1
                }
                byte if is_of_name(byte) => self.word(at, part.end, &mut name),
                _ => at + 1,
            };
        }
    }

    /// Returns the end of a quoted text, a name or a value, that begins at `at`.
    fn quoted(&mut self, at: usize, limit: usize, name: &mut Option<Range<usize>>) -> usize {
        let depth = self.escapes(at);
        let ends = |it: &usize| self.bytes[*it] == b'"' && self.escapes(*it) <= depth;
        let end = (at + 1..limit).find(ends).unwrap_or(limit);
        let content = at + 1..end;
        let mut before = self.bytes[..at].iter().rev();
        let is_value =
            name.is_some() || matches!(before.find(|it| **it != b' '), Some(b':' | b'='));
        if let (false, Some((_, value))) = (is_value, self.sign(end + 1, limit)) {
            let is_secret = !self.is_harmless(&content);
            return self.value(content, is_secret, value, limit, name);
        }
        let of = name.take().unwrap_or(0..0);
        if self.is_harmless(&of) {
            self.pairs(content);
        } else if !self.is_harmless_value(&of, &content) {
            self.hidden.push(content);
        }
        end + 1
    }

    /// How many characters escape this one.
    fn escapes(&self, at: usize) -> usize {
        self.decoded.source(&(at..at + 1)).len()
    }

    /// Returns the end of a word that begins at `at`; also of its value, if the word is a name and its value is hidden.
    fn word(&mut self, at: usize, limit: usize, name: &mut Option<Range<usize>>) -> usize {
        let end = self.run(at, is_of_name).min(limit);
        let word = at..end;
        if self.is(&word, &["bearer", "basic"]) {
            return self.scheme(end, limit);
        }
        if self.is_structure(at, limit) && self.is_suspicious(&word) {
            *name = Some(word);
            return end;
        }
        let is_path = self.bytes[..at].ends_with(b"::");
        // The name may have ended with a quote that was taken for the start of a text.
        let behind = self.run(end, |byte| byte == b'"');
        let Some((sign, value)) = self.sign(behind, limit).filter(|_| !is_path) else {
            return end;
        };
        let is_secret = !self.is_harmless(&word) && (sign == Sign::Equals || self.is_member(&word));
        self.value(word, is_secret, value, limit, name)
    }

    /// Returns the end of a value that begins at `at` and is hidden, or where to continue.
    fn value(
        &mut self,
        of: Range<usize>,
        is_secret: bool,
        at: usize,
        limit: usize,
        name: &mut Option<Range<usize>>,
    ) -> usize {
        if self.is_structure(at, limit) {
            *name = Some(of);
            return at;
        }
        let mut before = self.bytes[..at].iter().rev();
        let is_header = before.find(|it| **it != b' ') == Some(&b':') && self.is_header(&of);
        let is_line = is_header || self.is(&of, &["authorization", "cookie"]);
        let end = if is_line {
            self.run(at, |byte| !matches!(byte, b'\n' | b'\r'))
        } else {
            self.run(at, is_of_value)
        };
        let hidden = at..end.min(limit);
        if is_secret && !self.is_harmless_value(&of, &hidden) {
            self.hidden.push(hidden);
            return end.min(limit);
        }
        at
    }

    /// The credentials behind an authorization scheme, unless a word of prose follows.
    fn scheme(&mut self, end: usize, limit: usize) -> usize {
        let value = self.run(end, |byte| byte == b' ').min(limit);
        let behind = self.run(value, is_of_value).min(limit);
        let is_prose = self.bytes[value..behind].iter().all(u8::is_ascii_lowercase);
        if value == end || is_prose {
            return end;
        }
        self.hidden.push(value..behind);
        behind
    }

    /// The text of an element that ends here; its name follows in the end tag.
    fn element(&mut self, begin: usize, end: usize) {
        let name = end + 2..self.run(end + 2, is_of_name);
        let content = begin..end;
        if !self.is_harmless(&name) && !self.is_harmless_value(&name, &content) {
            self.hidden.push(content);
        }
    }

    /// The sign at this place, and where the value begins.
    fn sign(&self, at: usize, limit: usize) -> Option<(Sign, usize)> {
        let at = self.run(at, |byte| byte == b' ').min(limit);
        let sign = match self.bytes[..limit].get(at..)? {
            [b'=', ..] => Sign::Equals,
            [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
            [b':', ..] => Sign::Colon,
            _ => return None,
        };
        let is_between = |byte| matches!(byte, b' ' | b'=' | b'>' | b'\'');
        Some((sign, self.run(at + 1, is_between).min(limit)))
    }

    /// Whether a quoted text, a list or a structure begins here: `"a"`, `b"a"`, `[`, `Some("a")`, `Name { a: …`.
    fn is_structure(&self, at: usize, limit: usize) -> bool {
        let rest = self.bytes.get(at..limit).unwrap_or_default();
        let is_type = rest.first().is_some_and(u8::is_ascii_uppercase);
        let word = rest.iter().take_while(|it| it.is_ascii_alphanumeric());
        let behind = &rest[word.count()..];
        matches!(rest, [b'"' | b'[' | b'{' | b'(', ..] | [b'b', b'"', ..])
            || is_type && matches!(behind, [b'[' | b'{' | b'(', ..] | [b' ', b'{', ..])
    }

    /// The end of the run of such bytes from `at` on.
    fn run(&self, at: usize, is_one: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|it| is_one(**it)).count();
        at + length
    }

    fn lower(&self, range: &Range<usize>) -> String {
        String::from_utf8_lossy(&self.bytes[range.clone()]).to_ascii_lowercase()
    }

    fn is(&self, name: &Range<usize>, names: &[&str]) -> bool {
        names.contains(&self.lower(name).as_str())
    }

    fn is_harmless(&self, name: &Range<usize>) -> bool {
        let name = self.lower(name);
        HARMLESS.split_ascii_whitespace().any(|other| other == name)
    }

    fn is_suspicious(&self, name: &Range<usize>) -> bool {
        let name = self.lower(name);
        SUSPICIOUS.iter().any(|part| name.contains(part))
    }

    /// Whether this names a member of a structure, a header or a secret, rather than a word of prose.
    fn is_member(&self, name: &Range<usize>) -> bool {
        let text = &self.bytes[name.clone()];
        let is_camel = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        text.iter().any(|it| matches!(it, b'_' | b'-'))
            || text.windows(2).any(is_camel)
            || self.is(name, &SECRET_WORDS)
    }

    /// Whether this is spelled like a header of more than one word.
    fn is_header(&self, name: &Range<usize>) -> bool {
        self.bytes[name.clone()].contains(&b'-')
    }

    /// Whether a value is harmless whatever its name: empty, a boolean, or a number where no secret is expected.
    fn is_harmless_value(&self, name: &Range<usize>, value: &Range<usize>) -> bool {
        let value = self.lower(value);
        let value = value.trim();
        let is_number = || {
            let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || ".:-+".contains(c));
            let has_digit = value.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            has_digit && unit.chars().count() <= 2 && !self.is_suspicious(name)
        };
        matches!(value, "" | "none" | "null" | "true" | "false" | "unset") || is_number()
    }
}

/// All places of this in a part.
fn places_of<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(part.len().max(1)).enumerate();
    windows.filter_map(move |(at, window)| (window == part).then_some(at))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether an unquoted value continues with this byte.
fn is_of_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"\"',&;)]}\\<>".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text in which every `SECRET` is to be hidden, and nothing else.
    fn check(text: &str, secrets: &[String]) {
        let expected = text.replace("SECRET", crate::redact::REDACTED);
        assert_eq!(record(text, secrets), expected);
    }

    #[test]
    fn what_is_not_known_to_be_harmless_is_hidden() {
        for text in [
            // Headers of any name, as the SDK, hyper and its signer write them.
            r#"request=Request { uri: Uri { as_string: "http://h/p?role_name=Dev&code=1&grant=SECRET", parsed: H1(http://h/p?grant=SECRET) }, method: GET, headers: {"x-amz-sso_bearer_token": "SECRET", "user-agent": "aws-sdk-rust/1.7.0 ua/2.1", "x-new": HeaderValue { _private: H0("SECRET") }} }"#,
            r#"{"x-amz-security-token": "SECRET", "host": "h"}"#,
            "x-amz-security-token:SECRET\nhost:h\n",
            "GET /x
host:h
x-vault:SECRET
x-amz-date:20261126T000000Z
",
            "authorization: SECRET",
            "Proxy-Authorization: SECRET
host: h",
            "cookie: SECRET\r\nhost: h",
            "sent Bearer SECRET, as asked",
            // Members of structures.
            r#"Credentials { access_key_id: "SECRET", secret_access_key: "SECRET", expires_after: None }"#,
            r#"TokenError { kind: Other(Token("SECRET")), retries: 3, is_fresh: false }"#,
            r#"Token(Some("SECRET")) of "SECRET""#,
            r#"scopes: ["SECRET", "SECRET"]"#,
            // Bodies: JSON, JSON in JSON, XML, forms, and bytes.
            r#"response="SECRET""#,
            r#"body={"accessToken":"SECRET","refreshToken":"SECRET","expiresIn":3600,"user":"SECRET"}"#,
            r#"error=service error (raw: Response { status: StatusCode(200), body: SdkBody { inner: Once(Some(b"SECRET")), retryable: true } })"#,
            r#"error="{"accessToken":"SECRET","code":"x"}""#,
            r#"<C><AccessKeyId>SECRET</AccessKeyId><SessionToken a="SECRET">SECRET</SessionToken><Code>x</Code></C>"#,
            "Action=SECRET&Version=2011-06-15&WebIdentityToken=SECRET",
            // Files of credentials, and URLs.
            "aws_session_token=SECRET u",
            "aws_secret_access_key = SECRET
region = eu-west-1",
            "api_key: SECRET next",
            "proxy is http://SECRET@proxy:3128/x",
            "https://b/k?X-Amz-Credential=SECRET&X-Amz-Signature=SECRET&x=1",
            // Escaped names and signs.
            r"X-Amz-Credential=SECRET&X-Amz-Signature\u003dSECRET",
            "access%5Ftoken%253DSECRET%26n=1",
            r#""accessToken":"SECRET""#,
        ] {
            check(text, &[]);
        }
        assert_eq!(
            record("-----BEGIN EC PRIVATE KEY-----\nMIIE\n", &[]),
            "-----BEGIN EC [redacted]"
        );
        assert_eq!(record(r"PRIVATE KEY-----MIIE", &[]), "[redacted]");
    }

    #[test]
    fn what_is_named_is_hidden_in_any_form() {
        let secrets = ["a/b+c=d".to_owned(), String::new()];
        for (text, expected) in [
            ("at a/b+c=d .", "at [redacted] ."),
            ("at a%2Fb%2Bc%3Dd .", "at [redacted] ."),
            (r"at a\/b+c=d .", "at [redacted] ."),
        ] {
            assert_eq!(record(text, &secrets), expected);
        }
    }

    #[test]
    fn what_is_harmless_stays() {
        for text in [
            "",
            r#"started version="0.1.0""#,
            "connect host=localhost port=18883 client_id=test-5d9c after=1.5ms",
            "no connection error=connection refused (os error 111): the port is closed",
            "the control plane error=error parsing XML: invalid root",
            "provider in chain did not provide credentials provider=Environment context=the provider: environment variable not set",
            r#"config file loaded path=Some("/home/u/.aws/config") size=637"#,
            "timeout settings: TimeoutConfig { connect_timeout: Set(5s), read_timeout: Unset, tokens: None }",
            r#"Subscribe. Topics = [Filter { path: "$aws/things/t/jobs/notify" }]"#,
            r#"Http::connect; scheme=Some("http"), host=Some("127.0.0.1"), port=Some(Port(8977))"#,
            "aws_smithy_runtime::client::runtime_plugin: applying, at 127.0.0.1:8977, 10:00:00",
            r#"headers: {"content-type": "text/xml", "content-length": "334", "amz-sdk-request": "attempt=1; max=3"}"#,
            "no client rate limiter, so no token is required; the signature was made",
            "recorded clock skew skew_ms=-720",
            "basic authentication of the bearer token",
        ] {
            check(text, &[]);
        }
    }

    proptest! {
        #[test]
        fn any_record_is_answered(text in r#"(token|host|[":=<>/{}\ ]|&quot;|%22|Bearer |SECRET|\PC){0,60}"#) {
            let _ = record(&text, &["x".to_owned()]);
        }

        #[test]
        fn a_secret_never_comes_through(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let secret = "c2VjcmV0LXZhbHVl";
            let text = format!("{before}{secret}{after}");
            prop_assert!(!record(&text, &[secret.to_owned()]).contains(secret));
            let text = format!("{before}\"x-unheard-of\": \"{secret}\"{after}");
            prop_assert!(!record(&text, &[]).contains(secret));
        }
    }
}
