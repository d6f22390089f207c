//! Which records are written: `info`, or `warn,rumqttc=trace`, as other programs read `RUST_LOG`. Pure.

/// How much is written, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    /// Every step of it.
    Trace,
}

/// A level for all, and others for modules by the start of their path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    default: Level,
    modules: Vec<(String, Level)>,
}

impl Filter {
    /// Reads a text such as `info,jobs_sandbox=debug`; returns the part that is not understood, if any.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self {
            default: Level::Info,
            modules: Vec::new(),
        };
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let unknown = || part.to_owned();
            match part.split_once('=') {
                None => filter.default = level(part).ok_or_else(unknown)?,
                Some((module, text)) => {
                    let level = level(text).ok_or_else(unknown)?;
                    filter.modules.push((module.trim().to_owned(), level));
                }
            }
        }
        // The longest name that fits decides.
        filter
            .modules
            .sort_by_key(|(module, _)| std::cmp::Reverse(module.len()));
        Ok(filter)
    }

    /// Whether a record of this module is written.
    pub(crate) fn allows(&self, module: &str, record: Level) -> bool {
        let level = self
            .modules
            .iter()
            .find(|(name, _)| module.starts_with(name.as_str()))
            .map_or(self.default, |(_, level)| *level);
        record <= level
    }

    /// The most that any module writes.
    pub(crate) fn most(&self) -> Level {
        let levels = self.modules.iter().map(|(_, level)| *level);
        levels.fold(self.default, Level::max)
    }
}

fn level(text: &str) -> Option<Level> {
    let levels = [
        ("off", Level::Off),
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("debug", Level::Debug),
        ("trace", Level::Trace),
    ];
    levels
        .into_iter()
        .find(|(name, _)| text.trim().eq_ignore_ascii_case(name))
        .map(|(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_as_elsewhere() {
        for (text, module, record, expected) in [
            ("", "a", Level::Info, true),
            ("", "a", Level::Debug, false),
            ("debug", "a", Level::Debug, true),
            ("OFF", "a", Level::Error, false),
            ("warn, rumqttc=trace", "rumqttc::v5", Level::Trace, true),
            ("warn,rumqttc=trace", "rustls", Level::Info, false),
            ("a=debug,a::b=error", "a::b::c", Level::Warn, false),
            ("a::b=error,a=debug", "a::c", Level::Debug, true),
        ] {
            let filter = Filter::parse(text).expect(text);
            assert_eq!(filter.allows(module, record), expected, "{text} {module}");
        }
        for (text, wrong) in [("loud", "loud"), ("info,a=much", "a=much")] {
            assert_eq!(Filter::parse(text), Err(wrong.to_owned()));
        }
        let most = Filter::parse("warn,a=debug").map(|filter| filter.most());
        assert_eq!(most, Ok(Level::Debug));
    }
}
