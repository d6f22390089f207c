//! How URLs in a document are signed, as typed.

use aws_sdk_iot::types::PresignedUrlConfig;
use serde_json::Value;

use crate::argument::{detail, members};

/// `PresignedUrlConfig`. <https://docs.aws.amazon.com/iot/latest/apireference/API_PresignedUrlConfig.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresignedUrlArg {
    pub role_arn: Option<String>,
    pub expires_in_sec: Option<i64>,
}

impl PresignedUrlArg {
    /// Reads the shorthand of the AWS CLI, or JSON.
    pub fn read(text: &str) -> Result<Self, String> {
        let given = if text.starts_with('{') {
            members(text)?
        } else {
            let pairs = text.split(',').map(detail);
            let pairs = pairs.map(|pair| pair.map(|(name, value)| (name, Value::from(value))));
            pairs.collect::<Result<_, _>>()?
        };
        let mut config = Self::default();
        for (name, value) in &given {
            let text = value.as_str();
            let number = value.as_i64().or(text.and_then(|it| it.parse().ok()));
            match (&**name, text, number) {
                ("roleArn", Some(arn), _) => config.role_arn = Some(arn.to_owned()),
                ("expiresInSec", _, Some(seconds)) => config.expires_in_sec = Some(seconds),
                ("expiresInSec", ..) => return Err("has no whole number of seconds".to_owned()),
                _ => return Err("has other members than roleArn and expiresInSec".to_owned()),
            }
        }
        Ok(config)
    }
}

impl From<PresignedUrlArg> for PresignedUrlConfig {
    fn from(config: PresignedUrlArg) -> Self {
        Self::builder()
            .set_role_arn(config.role_arn)
            .set_expires_in_sec(config.expires_in_sec)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_typed_as_the_aws_cli_takes_it() {
        let arn = "arn:aws:iam::123456789012:role/a=b";
        for (text, expected) in [
            (format!("roleArn={arn}"), Ok((Some(arn), None))),
            (
                format!("roleArn={arn},expiresInSec=60"),
                Ok((Some(arn), Some(60))),
            ),
            ("expiresInSec=60".to_owned(), Ok((None, Some(60)))),
            (
                format!(r#"{{"roleArn":"{arn}","expiresInSec":60}}"#),
                Ok((Some(arn), Some(60))),
            ),
            ("{}".to_owned(), Ok((None, None))),
            (arn.to_owned(), Err("has other members")),
            ("roleArn".to_owned(), Err("is not of the form name=value")),
            ("expiresInSec=soon".to_owned(), Err("has no whole number")),
            (
                r#"{"expiresInSec":1.5}"#.to_owned(),
                Err("has no whole number"),
            ),
            (r#"{"roleArn":1}"#.to_owned(), Err("has other members")),
            ("{".to_owned(), Err("is not a JSON object")),
        ] {
            let read = PresignedUrlArg::read(&text);
            match (&read, expected) {
                (Ok(config), Ok(expected)) => {
                    assert_eq!(
                        (config.role_arn.as_deref(), config.expires_in_sec),
                        expected
                    );
                }
                (Err(error), Err(start)) => assert!(error.starts_with(start), "{text}: {error}"),
                _ => panic!("{text}: {read:?}"),
            }
        }
    }
}
