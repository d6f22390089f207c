//! The job templates that AWS manages, each with the document that its handler or command needs. The documents are AWS's; the
//! descriptions are our own.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>

use serde_json::{Value, json};

use crate::service::document_parameters::placeholder;

/// The only version of each.
pub(crate) const VERSION: &str = "1.0";

/// The only environment of each.
pub(crate) const ENVIRONMENT: &str = "LINUX";

#[derive(Debug)]
pub(crate) struct ManagedTemplate {
    /// `AWS-` and the name of its action.
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    work: Work,
}

/// What a device does.
#[derive(Debug)]
enum Work {
    /// It runs the handler of this name with these parameters as its arguments.
    Handler(&'static str, &'static [Parameter]),
    Command(Parameter),
}

/// A parameter of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) key: &'static str,
    pub(crate) description: &'static str,
    pub(crate) regex: Regex,
    pub(crate) example: &'static str,
    pub(crate) is_optional: bool,
}

/// The regular expressions of parameters: any characters of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regex {
    Any,
    /// Not more characters than this.
    UpTo(usize),
}

impl Regex {
    /// As AWS writes it.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Any => "(.*?)".to_owned(),
            Self::UpTo(max) => format!("(.){{0,{max}}}"),
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(self, text: &str) -> bool {
        let is_short = match self {
            Self::Any => true,
            Self::UpTo(max) => text.chars().count() <= max,
        };
        // A point stands for every character but these.
        is_short && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    }
}

const RUN_AS_USER: Parameter = Parameter {
    key: "runAsUser",
    description: "The user who runs it; the user of the device's program if absent.",
    regex: Regex::UpTo(256),
    example: "operator",
    is_optional: true,
};

const PATH_TO_HANDLER: Parameter = Parameter {
    key: "pathToHandler",
    description: "The folder of the handler on the device; the program's own choice if absent.",
    regex: Regex::UpTo(4096),
    example: "/opt/job-handlers",
    is_optional: true,
};

const DOWNLOAD_URL: Parameter = required(
    "downloadUrl",
    "The URL of the file.",
    "https://files.example.com/firmware.bin",
);

const FILE_PATH: Parameter = required(
    "filePath",
    "Where the device stores the file.",
    "/var/tmp/firmware.bin",
);

const PACKAGES: Parameter = required(
    "packages",
    "The applications, separated by spaces.",
    "curl jq",
);

const SERVICES: Parameter = required(
    "services",
    "The system services, separated by spaces.",
    "nginx redis",
);

const COMMAND: Parameter = required(
    "command",
    "The command and its arguments, separated by commas; a comma in one of them is written as \\,.",
    "echo,hello",
);

/// GUESS: AWS documents the expression only for the two parameters of AWS-Download-File; the others are as free.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-template-manage-cli-create.html>
const fn required(
    key: &'static str,
    description: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        key,
        description,
        regex: Regex::Any,
        example,
        is_optional: false,
    }
}

/// All of them, in the order of their names.
pub(crate) const MANAGED: [ManagedTemplate; 8] = [
    ManagedTemplate {
        name: "AWS-Download-File",
        description: "Downloads a file to the device.",
        work: Work::Handler("download-file.sh", &[DOWNLOAD_URL, FILE_PATH]),
    },
    ManagedTemplate {
        name: "AWS-Install-Application",
        description: "Installs applications on the device.",
        work: Work::Handler("install-packages.sh", &[PACKAGES]),
    },
    ManagedTemplate {
        name: "AWS-Reboot",
        description: "Reboots the device.",
        work: Work::Handler("reboot.sh", &[]),
    },
    ManagedTemplate {
        name: "AWS-Remove-Application",
        description: "Removes applications from the device.",
        work: Work::Handler("remove-packages.sh", &[PACKAGES]),
    },
    ManagedTemplate {
        name: "AWS-Restart-Application",
        description: "Restarts system services of the device.",
        work: Work::Handler("restart-services.sh", &[SERVICES]),
    },
    ManagedTemplate {
        name: "AWS-Run-Command",
        description: "Runs a command on the device.",
        work: Work::Command(COMMAND),
    },
    ManagedTemplate {
        name: "AWS-Start-Application",
        description: "Starts system services of the device.",
        work: Work::Handler("start-services.sh", &[SERVICES]),
    },
    ManagedTemplate {
        name: "AWS-Stop-Application",
        description: "Stops system services of the device.",
        work: Work::Handler("stop-services.sh", &[SERVICES]),
    },
];

impl ManagedTemplate {
    /// Its name and its version, as its ARN ends.
    pub(crate) fn version(&self) -> String {
        format!("{}:{VERSION}", self.name)
    }

    /// Those that are required come first.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        match self.work {
            Work::Handler(_, required) => [required, &[RUN_AS_USER, PATH_TO_HANDLER]].concat(),
            Work::Command(command) => vec![command, RUN_AS_USER],
        }
    }

    /// The document, with a placeholder for each parameter.
    pub(crate) fn document(&self) -> String {
        let (kind, input): (_, Value) = match self.work {
            Work::Handler(handler, parameters) => {
                let mut input = json!({ "handler": handler });
                let arguments = parameters.iter().map(|it| placeholder(it.key));
                if !parameters.is_empty() {
                    input["args"] = arguments.collect();
                }
                input["path"] = json!(placeholder(PATH_TO_HANDLER.key));
                ("runHandler", input)
            }
            Work::Command(command) => {
                let command = placeholder(command.key);
                ("runCommand", json!({ "command": command }))
            }
        };
        let action = json!({
            "name": self.name.trim_start_matches("AWS-"),
            "type": kind,
            "input": input,
            "runAsUser": placeholder(RUN_AS_USER.key),
        });
        json!({ "version": "1.0", "steps": [{ "action": action }] }).to_string()
    }
}
