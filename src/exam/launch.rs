//! What a program is started with: the endpoint, its identity, and where its work leaves its effects.

use std::ffi::OsString;
use std::path::Path;

use crate::exam::program::Launch;
use crate::exam::setting::Setting;
use crate::exam::stop::Stop;
use crate::local::{EVERYTHING, LocalService, REGION};
use crate::own_file;
use crate::serve;

/// The host that certificates of the service are made out to.
const ENDPOINT: &str = "localhost";

/// The variables of the program, each with the placeholder for its value in arguments.
const NAMES: [(&str, &str); 11] = [
    ("JOBS_SANDBOX_ENDPOINT", "{endpoint}"),
    ("JOBS_SANDBOX_PORT", "{port}"),
    ("JOBS_SANDBOX_CA_FILE", "{ca}"),
    ("JOBS_SANDBOX_CERT_FILE", "{cert}"),
    ("JOBS_SANDBOX_KEY_FILE", "{key}"),
    ("JOBS_SANDBOX_THING", "{thing}"),
    ("JOBS_SANDBOX_CLIENT_ID", "{client-id}"),
    ("JOBS_SANDBOX_REGION", "{region}"),
    ("JOBS_SANDBOX_EXAM_SCENARIO", "{scenario}"),
    ("JOBS_SANDBOX_EXAM_STATE", "{state}"),
    (EFFECTS, "{effects}"),
];

const EFFECTS: &str = "JOBS_SANDBOX_EXAM_EFFECTS";

/// Writes the files of a device, which is called like its thing, and says how it is started.
pub(crate) fn prepare(
    setting: &Setting,
    service: &LocalService,
    (id, thing, port): (&str, &str, u16),
) -> Result<Launch, Stop> {
    let setup = |text: String| Stop::Setup(text);
    let policy = [("everything", EVERYTHING)];
    let device = service.create_device_with(&[thing], &policy);
    let device = device.map_err(|error| setup(error.to_string()))?;
    let write = |name: &str, text: &str| {
        let written = setting.folder.write(&format!("{id}.{name}.pem"), text);
        written.map_err(|error| setup(error.to_string()))
    };
    let ca = write("ca", &service.ca_pem())?;
    let cert = write("cert", &device.certificate_pem)?;
    let key = write("key", &device.private_key_pem)?;
    let state = setting.folder.path().join(format!("{id}.state"));
    own_file::create_folder(&state)
        .map_err(|error| setup(format!("cannot create `{}`: {error}", state.display())))?;
    let effects = setting.effects_file(id);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let values = [
        ENDPOINT.to_owned(),
        port.to_string(),
        text(&ca),
        text(&cert),
        text(&key),
        thing.to_owned(),
        thing.to_owned(),
        REGION.to_owned(),
        id.to_owned(),
        text(&state),
        text(&effects),
    ];
    let mark = format!("{EFFECTS}={}", text(&effects));
    let url = service.control_url();
    let pairs = NAMES.iter().zip(&values);
    let own = pairs.map(|((name, _), value)| ((*name).to_owned(), value.into()));
    // Nothing of the device reaches AWS.
    let aws = serve::client_environment(&url, REGION).into_iter();
    let aws = aws.map(|(name, value)| (name.to_owned(), OsString::from(value)));
    Ok(Launch {
        program: filled(&setting.program, &values),
        arguments: setting
            .arguments
            .iter()
            .map(|it| filled(it, &values))
            .collect(),
        environment: own.chain(aws).collect(),
        mark,
    })
}

/// An argument with its placeholders replaced. One that is not text has none.
fn filled(argument: &OsString, values: &[String]) -> OsString {
    let Some(text) = argument.to_str() else {
        return argument.clone();
    };
    let pairs = NAMES.iter().zip(values);
    let filled = pairs.fold(text.to_owned(), |text, ((_, name), value)| {
        text.replace(name, value)
    });
    filled.into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn an_agent_of_this_program_needs_no_options_for_the_connection() {
        let program = Cli::command();
        let arguments = program.get_arguments();
        let read: Vec<&str> = arguments
            .filter_map(|arg| arg.get_env()?.to_str())
            .collect();
        let given = NAMES.map(|(name, _)| name);
        let given = given.iter().filter(|name| !name.contains("_EXAM_"));
        for name in given.clone() {
            assert!(read.contains(name), "{name}");
        }
        assert_eq!(given.count(), 8);
    }
}
