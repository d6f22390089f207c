//! Which records are written: `info`, or `warn,rumqttc=trace`, as other programs read `RUST_LOG`. Pure.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// Reads a text such as `info,jobs_sandbox=debug`; returns the part that is not understood, if it fails.
pub(crate) fn read(text: &str) -> Result<Targets, String> {
    let mut targets = Targets::new().with_default(LevelFilter::INFO);
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let unknown = || part.to_owned();
        targets = match part.split_once('=') {
            None => targets.with_default(level(part).ok_or_else(unknown)?),
            Some((module, text)) => {
                targets.with_target(module.trim(), level(text).ok_or_else(unknown)?)
            }
        };
    }
    Ok(targets)
}

/// A level by its name; numbers and empty texts, which the library also accepts, are mistakes here.
fn level(text: &str) -> Option<LevelFilter> {
    let text = text.trim();
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic());
    is_name.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::{Layer, Registry};

    use super::*;

    #[test]
    fn a_filter_is_read_as_elsewhere() {
        for (text, module, record, expected) in [
            ("", "a", Level::INFO, true),
            ("", "a", Level::DEBUG, false),
            ("debug", "a", Level::DEBUG, true),
            ("OFF", "a", Level::ERROR, false),
            ("warn, rumqttc=trace", "rumqttc::v5", Level::TRACE, true),
            ("warn,rumqttc=trace", "rustls", Level::INFO, false),
            ("a=debug,a::b=error", "a::b::c", Level::WARN, false),
            ("a::b=error,a=debug", "a::c", Level::DEBUG, true),
        ] {
            let targets = read(text).expect(text);
            let is_written = targets.would_enable(module, &record);
            assert_eq!(is_written, expected, "{text} {module}");
        }
        for (text, wrong) in [
            ("loud", "loud"),
            ("info,a=much", "a=much"),
            ("a=", "a="),
            ("3", "3"),
        ] {
            assert_eq!(read(text), Err(wrong.to_owned()));
        }
        let most = read("warn,a=debug").map(|targets| Layer::<Registry>::max_level_hint(&targets));
        assert_eq!(most, Ok(Some(LevelFilter::DEBUG)));
    }
}
