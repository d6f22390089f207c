//! The validity of a certificate. Pure, and total: any bytes give a result.
//!
//! rustls checks the server's certificate and reports the result. It does not check the client's own, and a server that
//! refuses an expired one rarely gives the reason.

use std::fmt;

use time::{Date, Month, Time, UtcDateTime};

use crate::tls::der::{SEQUENCE, element, from_issuer};

/// The first and the last moment at which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub not_before: CertificateTime,
    pub not_after: CertificateTime,
}

/// A moment in a certificate, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateTime(UtcDateTime);

impl Validity {
    /// Reads it from the DER of an X.509 certificate; `None` if it is not one.
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
        self.0.unix_timestamp()
    }

    /// `YYMMDDHHMMSSZ` (UTCTime) or `YYYYMMDDHHMMSSZ` (GeneralizedTime).
    fn read(tag: u8, text: &[u8]) -> Option<Self> {
        let digits = text.strip_suffix(b"Z")?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut numbers = digits.chunks(2).map(|pair| {
            pair.iter()
                .fold(0, |number, digit| number * 10 + (digit - b'0'))
        });
        let mut next = || numbers.next();
        let century = match (tag, digits.len()) {
            // RFC 5280, 4.1.2.5.1
            (UTC_TIME, 12) if digits[0] < b'5' => 20,
            (UTC_TIME, 12) => 19,
            (GENERALIZED_TIME, 14) => next()?,
            _ => return None,
        };
        let year = i32::from(century) * 100 + i32::from(next()?);
        let month = Month::try_from(next()?).ok()?;
        let date = Date::from_calendar_date(year, month, next()?).ok()?;
        let (hour, minute, second) = (next()?, next()?, next()?);
        // A leap second counts as the second before it.
        let second = if second == 60 { 59 } else { second };
        let time = Time::from_hms(hour, minute, second).ok()?;
        Some(Self(UtcDateTime::new(date, time)))
    }
}

impl fmt::Display for CertificateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second) = self.0.as_hms();
        write!(
            f,
            "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
            u8::from(month)
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
    fn a_leap_second_is_read_and_an_impossible_time_is_not() {
        for (text, expected) in [
            ("161231235960Z", Some("2016-12-31T23:59:59Z")),
            ("161231235961Z", None),
            ("160230000000Z", None),
        ] {
            let time = CertificateTime::read(UTC_TIME, text.as_bytes());
            let time = time.map(|time| time.to_string());
            assert_eq!(time.as_deref(), expected, "{text}");
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
