//! From when until when a certificate is valid. Pure, and total: any bytes are answered.
//!
//! rustls checks this of the server's certificate and tells; of the client's own it does not, and a server that refuses an
//! expired one rarely says why.

use std::fmt;

use crate::tls::der::{SEQUENCE, element, from_issuer};

/// From when until when a certificate is valid, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub not_before: CertificateTime,
    pub not_after: CertificateTime,
}

/// A moment in a certificate, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateTime {
    /// Year, month, day, hour, minute, second; UTC.
    fields: [u16; 6],
}

impl Validity {
    /// Reads it from the DER of an X.509 certificate; `None` if it is none.
    /// <https://datatracker.ietf.org/doc/html/rfc5280#section-4.1>
    pub fn of(der: &[u8]) -> Option<Self> {
        let rest = element(from_issuer(der)?)?.2;
        let (SEQUENCE, validity, _) = element(rest)? else {
            return None;
        };
        let (from_tag, from, rest) = element(validity)?;
        let (until_tag, until, _) = element(rest)?;
        Some(Self {
            not_before: CertificateTime::read(from_tag, from)?,
            not_after: CertificateTime::read(until_tag, until)?,
        })
    }
}

impl CertificateTime {
    /// Seconds since 1970; negative before.
    pub fn unix_s(&self) -> i64 {
        let [year, month, day, hour, minute, second] = self.fields.map(i64::from);
        // Years that begin in March have the leap day at their end.
        let (year, month) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let days = year * 365 + leap_days + day_of_year - 719_468;
        days * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// `YYMMDDHHMMSSZ` (UTCTime) or `YYYYMMDDHHMMSSZ` (GeneralizedTime).
    fn read(tag: u8, text: &[u8]) -> Option<Self> {
        let digits = text.strip_suffix(b"Z")?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |part: &[u8]| {
            part.iter()
                .fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'))
        };
        let (year, rest) = match (tag, digits.len()) {
            (UTC_TIME, 12) => {
                let year = number(&digits[..2]);
                // RFC 5280, 4.1.2.5.1
                (
                    if year < 50 { 2000 + year } else { 1900 + year },
                    &digits[2..],
                )
            }
            (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
            _ => return None,
        };
        let mut fields = [year, 0, 0, 0, 0, 0];
        for (field, part) in fields[1..].iter_mut().zip(rest.chunks(2)) {
            *field = number(part);
        }
        let [_, month, day, hour, minute, second] = fields;
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        (is_date && hour < 24 && minute < 60 && second < 61).then_some(Self { fields })
    }
}

impl fmt::Display for CertificateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second] = self.fields;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(["d".to_owned()]).expect("a name");
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        let key = KeyPair::generate().expect("a key");
        params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .to_vec()
    }

    #[test]
    fn both_forms_of_time_are_read() {
        for (from, until, texts) in [
            (
                (1970, 1, 1),
                (2049, 12, 31),
                ["1970-01-01T00:00:00Z", "2049-12-31T00:00:00Z"],
            ),
            (
                (2024, 2, 29),
                (2050, 1, 1),
                ["2024-02-29T00:00:00Z", "2050-01-01T00:00:00Z"],
            ),
            (
                (1950, 3, 1),
                (9999, 12, 31),
                ["1950-03-01T00:00:00Z", "9999-12-31T00:00:00Z"],
            ),
        ] {
            let validity = Validity::of(&certificate(from, until)).expect("a certificate");
            let found = [validity.not_before, validity.not_after];
            assert_eq!(found.map(|time| time.to_string()), texts);
            for ((year, month, day), time) in [(from, found[0]), (until, found[1])] {
                let expected = date_time_ymd(year, month, day).unix_timestamp();
                assert_eq!(time.unix_s(), expected, "{time}");
            }
        }
    }

    #[test]
    fn what_is_no_certificate_is_answered() {
        let der = certificate((2020, 1, 1), (2030, 1, 1));
        for cut in 0..der.len() {
            assert_eq!(Validity::of(&der[..cut]), None, "{cut}");
        }
        for (tag, text) in [
            (UTC_TIME, "200101000000"),
            (UTC_TIME, "20010100000Z"),
            (UTC_TIME, "201301000000Z"),
            (GENERALIZED_TIME, "200101000000Z"),
            (GENERALIZED_TIME, "20200101+00000Z"),
            (SEQUENCE, "200101000000Z"),
        ] {
            assert_eq!(CertificateTime::read(tag, text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = Validity::of(&bytes);
            let mut der = certificate((2020, 1, 1), (2030, 1, 1));
            let at = at.index(der.len());
            der[at] = byte;
            if let Some(validity) = Validity::of(&der) {
                prop_assert!(validity.not_before.to_string().len() == 20);
                let _ = validity.not_after.unix_s();
            }
        }
    }
}
