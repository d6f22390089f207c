//! From the text of a file to its profiles. Pure.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::config::profile::error::{Flaw, nearest};
use crate::config::profile::{CommandText, Member, Profile, Profiles, PromptColor};
use crate::config::setting::Setting;
use crate::excerpt::line_and_column;
use crate::text;

/// The tables of a file.
const TABLES: [&str; 2] = ["profile", "alias"];

/// Reads the text of a file.
pub(crate) fn read(text: &str) -> Result<Profiles, Flaw> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        let what = error.message().trim_end();
        let next = "correct it; https://toml.io describes the format".to_owned();
        Flaw::new(text, at, what.to_owned(), next)
    })?;
    let file = Text(text);
    let mut profiles = Profiles::default();
    for (key, value) in in_order(table.get_ref()) {
        match &**key.get_ref() {
            "profile" => {
                for (name, members) in in_order(file.table(value, "[profile.NAME]")?) {
                    profiles.profiles.push(file.profile(name, members)?);
                }
            }
            "alias" => {
                for (name, line) in in_order(file.table(value, "[alias]")?) {
                    let text = name.get_ref().to_string();
                    let name = file.command_text(text, name.span().start);
                    profiles.aliases.push((name, file.line(line)?));
                }
            }
            other => return Err(file.unknown_table(other, key.span())),
        }
    }
    Ok(profiles)
}

/// The entries of a table, in the order of the file.
fn in_order<'a>(
    table: &'a DeTable<'a>,
) -> Vec<(&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The text of the file, to show places in it.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn flaw(&self, span: Range<usize>, what: impl Into<String>, next: impl Into<String>) -> Flaw {
        Flaw::new(self.0, span.start, what.into(), next.into())
    }

    fn unknown_table(&self, name: &str, span: Range<usize>) -> Flaw {
        let next = match (Setting::of_member(name), nearest(name, TABLES.into_iter())) {
            (Some(_), _) => {
                format!("`{name}` belongs to a profile: put it below a line [profile.NAME]")
            }
            (None, Some(table)) => format!("did you mean `{table}`?"),
            (None, None) => "a file has [profile.NAME] and [alias]".to_owned(),
        };
        let what = format!("`{}` is not known", text::sanitize(name));
        self.flaw(span, what, next)
    }

    fn table<'a>(
        &self,
        value: &'a Spanned<DeValue<'a>>,
        form: &str,
    ) -> Result<&'a DeTable<'a>, Flaw> {
        value.get_ref().as_table().ok_or_else(|| {
            let what = format!("{} is not a table", a(value.get_ref().type_str()));
            self.flaw(value.span(), what, format!("write it as {form}"))
        })
    }

    fn profile(
        &self,
        name: &Spanned<DeString<'_>>,
        members: &Spanned<DeValue<'_>>,
    ) -> Result<Profile, Flaw> {
        if name.get_ref().is_empty() {
            let next = "give it a name, such as [profile.bench]";
            return Err(self.flaw(name.span(), "the name of the profile is empty", next));
        }
        let mut profile = Profile {
            name: name.get_ref().to_string(),
            ..Profile::default()
        };
        for (key, value) in in_order(self.table(members, "[profile.NAME]")?) {
            match Setting::of_member(key.get_ref()) {
                Some(Setting::Start) => profile.start = self.lines(value)?,
                Some(setting) => profile.members.push(Member {
                    setting,
                    value: self.value(setting, value)?,
                    line: line_and_column(self.0, key.span().start).0,
                }),
                None => return Err(self.unknown_member(key)),
            }
        }
        Ok(profile)
    }

    fn unknown_member(&self, key: &Spanned<DeString<'_>>) -> Flaw {
        let name = key.get_ref();
        let names = Setting::ALL.map(Setting::member);
        let next = match nearest(name, names.into_iter()) {
            Some(setting) => format!("did you mean `{setting}`?"),
            None => format!("a profile has {}", names.join(", ")),
        };
        let what = format!("`{}` is not a setting of a profile", text::sanitize(name));
        self.flaw(key.span(), what, next)
    }

    fn value(&self, setting: Setting, value: &Spanned<DeValue<'_>>) -> Result<String, Flaw> {
        if setting == Setting::Port {
            return self.port(value);
        }
        let text = self.string(value)?;
        match setting {
            Setting::Color if PromptColor::of_name(&text).is_none() => {
                let names = PromptColor::ALL.map(PromptColor::name).join(", ");
                let what = format!("`{}` is not a color of the prompt", text::sanitize(&text));
                Err(self.flaw(value.span(), what, format!("give one of {names}")))
            }
            Setting::ControlUrl if !is_local_url(&text) => {
                let what = format!("`{}` is not an http:// URL", text::sanitize(&text));
                let next = "give that of a local service, as `jobs-sandbox serve` prints it; for AWS leave it out";
                Err(self.flaw(value.span(), what, next))
            }
            _ => Ok(text),
        }
    }

    fn port(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Flaw> {
        let number = value.get_ref().as_integer();
        let port = number.and_then(|it| u16::from_str_radix(it.as_str(), it.radix()).ok());
        match port {
            Some(port) if port > 0 => Ok(port.to_string()),
            _ => {
                let next = "give a number from 1 to 65535, without quotes";
                Err(self.flaw(value.span(), "the port is not valid", next))
            }
        }
    }

    fn string(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Flaw> {
        match value.get_ref() {
            DeValue::String(text) if text.is_empty() => {
                let next = "leave it out, or give it a value";
                Err(self.flaw(value.span(), "the text is empty", next))
            }
            DeValue::String(text) => Ok(text.to_string()),
            other => {
                let what = format!("{} is not a text", a(other.type_str()));
                Err(self.flaw(value.span(), what, "put it in quotes"))
            }
        }
    }

    fn line(&self, value: &Spanned<DeValue<'_>>) -> Result<CommandText, Flaw> {
        Ok(self.command_text(self.string(value)?, value.span().start))
    }

    fn command_text(&self, text: String, at: usize) -> CommandText {
        let line = line_and_column(self.0, at).0;
        CommandText { text, at, line }
    }

    fn lines(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<CommandText>, Flaw> {
        let Some(lines) = value.get_ref().as_array() else {
            let what = format!("{} is not a list", a(value.get_ref().type_str()));
            let next = "write start = [\"wire on\", \"pending\"]";
            return Err(self.flaw(value.span(), what, next));
        };
        lines.iter().map(|line| self.line(line)).collect()
    }
}

/// Whether a URL can be that of a local service, which has no TLS for HTTP.
fn is_local_url(url: &str) -> bool {
    let host = url.strip_prefix("http://");
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '@'))
    })
}

/// A type of TOML with its article.
fn a(name: &str) -> String {
    let article = if name.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mistake_has_its_place_and_the_next_step() {
        for (text, what, next) in [
            (
                "endpoint = \"e\"",
                "`endpoint` is not known at line 1 column 1",
                "`endpoint` belongs to a profile: put it below a line [profile.NAME]",
            ),
            (
                "[profiles.x]",
                "`profiles` is not known at line 1 column 2",
                "did you mean `profile`?",
            ),
            (
                "[other]",
                "`other` is not known at line 1 column 2",
                "a file has [profile.NAME] and [alias]",
            ),
            (
                "profile = 1",
                "an integer is not a table at line 1 column 11",
                "write it as [profile.NAME]",
            ),
            (
                "[profile]\nx = 1",
                "an integer is not a table at line 2 column 5",
                "write it as [profile.NAME]",
            ),
            (
                "alias = []",
                "an array is not a table at line 1 column 9",
                "write it as [alias]",
            ),
            (
                "[profile.\"\"]",
                "the name of the profile is empty at line 1 column 10",
                "give it a name, such as [profile.bench]",
            ),
            (
                "[profile.x]\nendpont = \"e\"",
                "`endpont` is not a setting of a profile at line 2 column 1",
                "did you mean `endpoint`?",
            ),
            (
                "[profile.x]\nca_file = \"e\"",
                "`ca_file` is not a setting of a profile at line 2 column 1",
                "did you mean `ca-file`?",
            ),
            (
                "[profile.x]\nthing = 1",
                "an integer is not a text at line 2 column 9",
                "put it in quotes",
            ),
            (
                "[profile.x]\nthing = \"\"",
                "the text is empty at line 2 column 9",
                "leave it out, or give it a value",
            ),
            (
                "[profile.x]\nport = \"1\"",
                "the port is not valid at line 2 column 8",
                "give a number from 1 to 65535, without quotes",
            ),
            (
                "[profile.x]\nport = 65536",
                "the port is not valid at line 2 column 8",
                "give a number from 1 to 65535, without quotes",
            ),
            (
                "[profile.x]\nport = 0",
                "the port is not valid at line 2 column 8",
                "give a number from 1 to 65535, without quotes",
            ),
            (
                "[profile.x]\nprompt-color = \"pink\"",
                "`pink` is not a color of the prompt at line 2 column 16",
                "give one of none, red, green, yellow, blue, magenta, cyan",
            ),
            (
                "[profile.x]\ncontrol-url = \"https://h\"",
                "`https://h` is not an http:// URL at line 2 column 15",
                "give that of a local service, as `jobs-sandbox serve` prints it; for AWS leave it out",
            ),
            (
                "[profile.x]\nstart = \"pending\"",
                "a string is not a list at line 2 column 9",
                "write start = [\"wire on\", \"pending\"]",
            ),
            (
                "[profile.x]\nstart = [1]",
                "an integer is not a text at line 2 column 10",
                "put it in quotes",
            ),
            (
                "[alias]\nx = 1",
                "an integer is not a text at line 2 column 5",
                "put it in quotes",
            ),
            (
                "[profile.x]\n[profile.x]",
                "duplicate key at line 2 column 10",
                "correct it; https://toml.io describes the format",
            ),
            (
                "[profile.x",
                "unclosed table, expected `]` at line 1 column 11",
                "correct it; https://toml.io describes the format",
            ),
            (
                "[profile.x]\nthing = é",
                "string values must be quoted, expected literal string at line 2 column 9",
                "correct it; https://toml.io describes the format",
            ),
        ] {
            let error = read(text).map_err(|error| error.to_string());
            let error = error.expect_err(text);
            let lines: Vec<&str> = error.lines().collect();
            assert_eq!((lines[0], lines[lines.len() - 1]), (what, next), "{text}");
            assert_eq!((lines.len(), lines[2].trim()), (4, "^"), "{error}");
        }
    }

    #[test]
    fn a_file_is_read_in_its_order() {
        let text = "\r\n[profile.\"b c\"]\r\nthing = 'x'\r\nport = 0x10\r\n[profile.a]\r\nstart = [\r\n  \"pending\",\r\n]\r\n[alias]\r\ny = \"next\"\r\nx = \"next\"\r\n";
        let profiles = read(text).expect("is valid");
        let names: Vec<&str> = profiles
            .profiles
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(names, ["b c", "a"]);
        let [first, second] = &profiles.profiles[..] else {
            panic!("{profiles:?}")
        };
        let members = first.members.iter();
        let members: Vec<_> = members
            .map(|it| (it.setting, it.value.as_str(), it.line))
            .collect();
        assert_eq!(
            members,
            [(Setting::Thing, "x", 3), (Setting::Port, "16", 4)]
        );
        let start = second.start.iter().map(|it| (it.text.as_str(), it.line));
        assert_eq!(start.collect::<Vec<_>>(), [("pending", 7)]);
        let aliases = profiles
            .aliases
            .iter()
            .map(|(name, it)| (name.text.as_str(), name.line, it.line));
        assert_eq!(aliases.collect::<Vec<_>>(), [("y", 10, 10), ("x", 11, 11)]);
        assert_eq!(read(""), Ok(Profiles::default()));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), value in "[a-z0-9\"'\\[\\]{}=. \\n-]{0,30}") {
            let _ = read(&text);
            let _ = read(&format!("[profile.x]\n{value}"));
            let _ = read(&format!("[profile.x]\nstart = {value}"));
        }
    }
}
