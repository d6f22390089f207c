//! The pages of `help` that are about no command: `help errors`, `help topics`, … Pure.

use std::fmt::Write as _;

use crate::cause::Cause;
use crate::protocol::{
    ErrorCode, EventName, JobId, JobRef, JobsTopic, Operation, ThingName, Topic,
};
use crate::repl::output::hints;

/// The text of a page, if there is one of this name.
pub fn page(name: &str) -> Option<String> {
    Some(match name {
        "cheat" => CHEAT.to_owned(),
        "keys" => KEYS.to_owned(),
        "errors" => errors(),
        "topics" => topics(),
        "quoting" => QUOTING.to_owned(),
        "scripts" => SCRIPTS.to_owned(),
        "exit-codes" => exit_codes(),
        "environment" => ENVIRONMENT.to_owned(),
        _ => return None,
    })
}

const CHEAT: &str = "\
As the device:
  next                                              start what is next, and see its document
  update Job1 in_progress --detail progress=40%     tell how far it is
  done Job1                                         it went well; `fail Job1 --detail reason=full` if not
  describe $next                                    what is next, without starting it
As the operator:
  create-job Job1 {\"Todo\":\"Reboot\"}                 a job for this thing
  create-job Job2 --from Job1 --edit                another with its document, changed in your editor
  describe-job Job1                                 how its executions stand
  list-job-executions Job1                          where it stands, thing by thing
  cancel-job Job1 --force                           stop it, also where it has begun
  delete-job Job1 --force                           remove it and all its executions
A fleet:
  create-thing-group lamps                          then `add-thing-to-thing-group lamps`
  create-job Job3 {} --target lamps --continuous    also for things that join later
More of a job (--with takes whatever CreateJob of the AWS IoT API has, by its names there):
  create-job J {} --with {\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":10}}
  create-job J {} --with {\"abortConfig\":{\"criteriaList\":[{\"action\":\"CANCEL\",\"failureType\":\"FAILED\",
    \"minNumberOfExecutedThings\":2,\"thresholdPercentage\":50}]}}
  create-job J {} --with {\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"ALL\",\"numberOfRetries\":3}]}}
  create-job J {} --with {\"schedulingConfig\":{\"startTime\":\"YYYY-MM-DDTHH:MM\"}}
  create-job J {} --with {\"tags\":[{\"Key\":\"room\",\"Value\":\"attic\"}]}
What is not here (update-job, associate-targets-with-job, …) the AWS CLI does; `explain list-jobs` shows how to call it here.
";

const KEYS: &str = "\
Tab            completes commands, flags, statuses, job ids, and the names of files after @
Enter          carries the command out; inside JSON or quotes that are still open it begins another line
Up, Down       earlier commands and later ones; Ctrl-R searches them, Ctrl-G leaves the search
Ctrl-X Ctrl-E  opens the line in the editor that VISUAL names, else EDITOR; what is saved comes back to the prompt
Ctrl-A, Ctrl-E the start and the end of the line; Ctrl-W, Ctrl-U and Ctrl-K delete, Ctrl-Y brings it back
Ctrl-C         clears the line, or cancels the command that runs; twice on an empty line it leaves
Ctrl-D         leaves, on an empty line
`create-job Job1 --edit` opens the editor on the document alone.
The prompt shows ● while there is a connection and ○ while there is none, the thing whose jobs these are, and `local` or `aws`.
Events are printed above the line that is being typed. The commands of all sessions are kept in one history; a session sees \
those that were there when it began. A line that starts with a space is not kept.
";

const QUOTING: &str = "\
Words are separated by spaces and quoted as in a shell: 'single', \"double\", back\\slash. Nothing is expanded \
but ~/ in the name of a file.
A job document needs no quotes. It is the rest of the line, taken as it stands:
  create-job Job1 {\"Todo\": \"it's time\"}
Flags may stand before it, or behind it once the JSON is complete:
  create-job Job1 {\"Todo\": \"Reboot\"} --timeout 30
It may go over several lines; the next line belongs to it until every bracket is closed, and any line that ends in a \
backslash continues on the next. It may also be \
'quoted as in a shell', @file for a file, or @- for standard input (with -c or -f). With --edit in its place, it is \
written in the editor that VISUAL names, else EDITOR.
A line that starts with # is a comment. A line that starts with a space is not kept in the history.
Flags have the names that the AWS CLI gives them, and some have a shorter one. An argument can also be given by its name there:
  delete-job --job-id Job1
--query EXPRESSION shows only what a JMESPath expression selects from the response, as with the AWS CLI:
  list-jobs --query 'jobs[?status==`IN_PROGRESS`].jobId'
The response of a command can go to a command of the shell or into a file (>> adds to it), without its label; a string that \
--query has selected also loses its quotes:
  list-jobs | jq '.jobs[].jobId'
  get-job-document Job1 --query document > doc.json
This begins at the first | or > that stands outside of quotes and of JSON. Refusals and events stay on the screen. What \
is behind | is read by the shell; a status of it that is not 0 is told, and ends a script.
The credential and the signature of a presigned URL are shown as [redacted]; what goes to | or > is whole.
";

const SCRIPTS: &str = "\
Commands can come from the command line, from a file, or from standard input:
  jobs-sandbox get-pending-job-executions
  jobs-sandbox -c 'create-job Job1 {}' -c next
  jobs-sandbox -f FILE
  jobs-sandbox < FILE
A script ends at its first failure and says at which line; --keep-going goes on. `help exit-codes` lists how it ends.
--output jsonl prints one JSON object a line, for programs. Its \"type\" is response, event or error; responses and \
errors have \"line\" and \"command\", all may have \"payload\". Everything is printed in the order in which it came.
`wait event` waits for the next event since the last command began, `wait Job1 SUCCEEDED` for a status, `wait 2s` for \
a time. --timeout limits it.
`watch` needs --count: `watch --count 3 pending` asks three times, and prints an answer when it \
is another one.
`list-jobs --all` and the other lists go on to the last page.
--query EXPRESSION selects from each response (not from events); `help quoting` tells how to do it with one, and how \
to give responses to other programs. --transcript FILE keeps all that is typed and shown, with the time of each line.
";

const ENVIRONMENT: &str = "\
Options come first, then these variables, then the files; nothing is needed for the local service.
  AWS_REGION, AWS_DEFAULT_REGION   the region, where neither --region nor the endpoint tells it
  AWS_PROFILE                      which profile of the files below gives credentials and region
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                                   the credentials themselves
  AWS_ENDPOINT_URL_IOT, AWS_ENDPOINT_URL
                                   another place for the control plane, such as `jobs-sandbox serve`
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
                                   other places for the two AWS files; every further way of the AWS SDK works, too
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                                   proxies to the control plane, as with the AWS CLI; never to this machine, never for MQTT
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM
                                   whether there are colours, and whether lines can be edited; --color decides before them
  VISUAL, EDITOR                   the editor that Ctrl-X Ctrl-E and `create-job --edit` open
  RUST_LOG                         how much --log writes: error, warn, info, debug, trace
  XDG_STATE_HOME, HOME             where the history of typed lines is kept
  SSL_CERT_FILE, SSL_CERT_DIR      authorities to trust in place of the platform's, where --ca-file names none
  TMPDIR                           where `serve` makes its folder, unless --dir names one
Files:
  ~/.aws/config, ~/.aws/credentials            profiles, as the AWS CLI has them
  ~/.local/state/jobs-sandbox/history          the history; in the folder of XDG_STATE_HOME, if that is set
  those of --cert, --key, --ca-file, -f, and @file
";

fn exit_codes() -> String {
    let mut text = String::from("0    all commands did what they should, or a person left\n");
    for (cause, what) in [
        (Cause::Refused, "the service, or a command, said no"),
        (
            Cause::Usage,
            "the command line, or a line of the script, is no command",
        ),
        (
            Cause::Setup,
            "a file, the credentials or the machine is in the way, or the sandbox has a fault",
        ),
        (
            Cause::Connection,
            "no connection, or it was lost, or the service failed",
        ),
        (Cause::Timeout, "no answer, event or status in time"),
        (Cause::Interrupted, "interrupted by Ctrl-C"),
    ] {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{:<4} {what}", cause.exit_code());
    }
    text.push_str("141  nobody reads the output any more\n");
    text.push_str(
        "A script ends with the code of the first command that failed, also with --keep-going.\n",
    );
    text
}

fn errors() -> String {
    let mut text = String::from("Refusals of the device's side (code in the answer):\n");
    let list = |text: &mut String, name: &str, hint: Option<&str>| {
        text.extend(["  ", name, "\n      ", hint.unwrap_or_default(), "\n"]);
    };
    for code in ErrorCode::ALL {
        let hint = hints::of_rejection(code.as_str(), "", None);
        list(&mut text, code.as_str(), hint);
    }
    text.push_str("Refusals of the control plane:\n");
    for (exception, operation) in hints::EXCEPTIONS {
        let hint = hints::of_exception(exception, operation);
        list(&mut text, exception, hint);
    }
    text
}

fn topics() -> String {
    let (Ok(thing), Ok(job)) = (ThingName::new("THING"), JobId::new("JOB")) else {
        return String::new();
    };
    let topic = |topic| {
        let thing = thing.clone();
        JobsTopic { thing, topic }.to_string()
    };
    let mut text = String::from(
        "Requests; each is answered on the same topic followed by /accepted or /rejected:\n",
    );
    for operation in [
        Operation::GetPendingJobExecutions,
        Operation::StartNextPendingJobExecution,
        Operation::DescribeJobExecution(JobRef::Id(job.clone())),
        Operation::DescribeJobExecution(JobRef::Next),
        Operation::UpdateJobExecution(job),
    ] {
        let name = operation.name();
        let _ = writeln!(text, "  {:<40} {name}", topic(Topic::Request(operation)));
    }
    text.push_str("Events:\n");
    for name in EventName::ALL {
        let _ = writeln!(text, "  {:<40} {name}", topic(name.topic()));
    }
    text.push_str("Subscriptions, made at the start:\n");
    for filter in JobsTopic::filters(&thing) {
        let _ = writeln!(text, "  {filter}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::grammar::own::PAGES;
    use crate::repl::output::fold::{WIDEST, fold};

    #[test]
    fn every_page_is_there_and_fits_a_screen() {
        for (name, _) in PAGES {
            let page = page(name).expect(name);
            assert!(page.ends_with('\n') && page.lines().count() > 5, "{name}");
            for line in fold(&page, WIDEST).lines() {
                assert!(line.chars().count() <= WIDEST, "{name}: {line}");
            }
            assert!(crate::repl::input::grammar::entry(name).is_none(), "{name}");
        }
        assert_eq!(page("nothing"), None);
    }

    #[test]
    fn the_pages_say_what_is_so() {
        let exit_codes = page("exit-codes").expect("a page");
        assert!(exit_codes.contains("\n5    no answer"), "{exit_codes}");
        let topics = page("topics").expect("a page");
        assert!(
            topics.contains("  $aws/things/THING/jobs/JOB/update "),
            "{topics}"
        );
        let errors = page("errors").expect("a page");
        assert!(
            !errors.contains("      \n"),
            "a code without a hint: {errors}"
        );
    }
}
