//! The equivalent of a command for the AWS CLI and for mosquitto's clients. Pure. It contains no secrets: keys and
//! certificates are named by their role.

mod aws_cli;
mod service_address;

use crate::protocol::{DeviceRequest, JobsTopic, Topic};
use crate::repl::guide::explain::aws_cli::aws_cli;
use crate::repl::input::command::{Command, Explained, OwnCommand, ServiceRequest};
use crate::text::quote;

pub use crate::repl::guide::explain::service_address::{Files, ServiceAddress};

const OWN: &str = "This command is the sandbox's own: nothing is sent to the service.\n";

const AGENT: &str = "This command is the sandbox's own: by itself it sends nothing to the service.\n\
    The agent sends what a device sends: get-pending-job-executions,\n\
    start-next-pending-job-execution, describe-job-execution and update-job-execution.\n\
    `explain next` shows one of them, and `wire on` shows each one as it is sent.\n";

/// What `explain` prints for a command.
pub fn text(explained: &Explained, address: &ServiceAddress) -> String {
    let query = explained.query.as_deref();
    match &explained.command {
        Command::Service(ServiceRequest::Device(request)) => mosquitto(request, address),
        Command::Service(ServiceRequest::Control(request)) => aws_cli(request, query, address),
        Command::Own(OwnCommand::Agent(_)) => AGENT.to_owned(),
        Command::Own(_) => OWN.to_owned(),
    }
}

/// Subscribes, publishes, and waits for one answer.
fn mosquitto(request: &DeviceRequest, address: &ServiceAddress) -> String {
    let topic = JobsTopic {
        thing: address.thing.clone(),
        topic: Topic::Request(request.operation()),
    };
    let topic = topic.to_string();
    let connection = address.mosquitto();
    let note = if address.endpoint.is_some() && address.files.is_none() {
        "# this local service keeps its CA, certificate and key in memory; `jobs-sandbox serve` writes them to files\n"
    } else {
        ""
    };
    format!(
        "mosquitto_rr {connection} -V mqttv311 -q 1 \\\n    -t {} -e {} -m {}\n\
         # a refusal arrives on {}\n{note}",
        quote(&topic),
        quote(&format!("{topic}/accepted")),
        quote(&request.payload()),
        quote(&format!("{topic}/rejected")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ThingName;
    use crate::repl::input::command::parse;

    fn address() -> ServiceAddress {
        ServiceAddress::unknown(ThingName::new("lamp").expect("a thing name"))
    }

    fn check(address: &ServiceAddress, line: &str, expected: &str) {
        assert_eq!(text(&explained(line), address), expected, "{line}");
        // A session reads it back, except for what a shell or the session's own options would do.
        let is_read = |no: &str| !expected.contains(no);
        if expected.starts_with("aws ")
            && ["$(", " --region ", " --endpoint-url "]
                .iter()
                .all(|no| is_read(no))
        {
            let line = expected.trim_end();
            assert_eq!(text(&explained(line), address), expected, "{line}");
        }
    }

    fn explained(line: &str) -> Explained {
        Explained {
            command: parse(line).expect(line).expect(line),
            query: None,
        }
    }

    #[test]
    fn the_aws_cli_takes_the_same_query() {
        let parsed = parse("explain jobs --query 'jobs[].jobId'");
        let Ok(Some(Command::Own(OwnCommand::Explain(explained)))) = parsed else {
            panic!("{parsed:?}");
        };
        let shown = text(&explained, &address());
        assert_eq!(
            shown,
            "aws iot list-jobs --no-paginate --query 'jobs[].jobId'\n"
        );
    }

    #[test]
    fn every_command_of_the_service_has_its_equivalent() {
        for (line, expected) in [
            (
                "create-job J {\"it's\": 1} --timeout 5",
                "aws iot create-job --job-id J --targets arn:aws:iot:REGION:ACCOUNT:thing/lamp \
                 --document '{\"it'\\''s\": 1}' --timeout-config inProgressTimeoutInMinutes=5\n",
            ),
            (
                "create-job J @a.json --target arn:x --continuous",
                "aws iot create-job --job-id J --targets arn:x --document file://a.json --target-selection CONTINUOUS\n",
            ),
            (
                "create-job --job-id J --document file://a.json --targets arn:x --target-selection continuous",
                "aws iot create-job --job-id J --targets arn:x --document file://a.json --target-selection CONTINUOUS\n",
            ),
            (
                "create-job J --from I --with {\"tags\":[{\"Key\":\"a\",\"Value\":\"b\"}],\"x\":1}",
                "aws iot create-job --job-id J --targets arn:aws:iot:REGION:ACCOUNT:thing/lamp \
                 --document \"$(aws iot get-job-document --job-id I --query document --output text)\" \
                 --tags '[{\"Key\":\"a\",\"Value\":\"b\"}]' --cli-input-json '{\"x\":1}'\n",
            ),
            (
                "delete J --force",
                "aws iot delete-job --job-id J --force\n",
            ),
            (
                "cancel J --comment='-1 is too old'",
                "aws iot cancel-job --job-id J --comment='-1 is too old'\n",
            ),
            (
                "delete-job-execution J -1",
                "aws iot delete-job-execution --job-id J --thing-name lamp --execution-number=-1\n",
            ),
            (
                "executions",
                "aws iot list-job-executions-for-thing --thing-name lamp --no-paginate\n",
            ),
            (
                "jobs --all --max-results 5 --next-token t",
                "aws iot list-jobs --page-size 5 --starting-token t\n",
            ),
            (
                "jobs --status completed --thing-group g --max-results 5 --next-token -x",
                "aws iot list-jobs --status COMPLETED --thing-group-name g --max-results 5 --next-token=-x --no-paginate\n",
            ),
            (
                "cancel-job-execution J --detail 'a=b c'",
                "aws iot cancel-job-execution --job-id J --thing-name lamp --status-details '{\"a\":\"b c\"}'\n",
            ),
            (
                "add-thing-to-thing-group g",
                "aws iot add-thing-to-thing-group --thing-group-name g --thing-name lamp\n",
            ),
            ("things", "aws iot list-things --no-paginate\n"),
            (
                "update J failed --detail a=b",
                "mosquitto_rr -h ENDPOINT -p 8883 --cafile CA.pem --cert CERT.pem --key KEY.pem -i test-mosquitto -V mqttv311 -q 1 \\\n    \
                 -t '$aws/things/lamp/jobs/J/update' -e '$aws/things/lamp/jobs/J/update/accepted' \
                 -m '{\"status\":\"FAILED\",\"statusDetails\":{\"a\":\"b\"}}'\n\
                 # a refusal arrives on '$aws/things/lamp/jobs/J/update/rejected'\n",
            ),
            ("wait 2s", OWN),
            ("agent on fail 10%", AGENT),
            ("quit", OWN),
        ] {
            check(&address(), line, expected);
        }
    }

    #[test]
    fn what_is_known_of_the_service_is_filled_in() {
        let mut address = address();
        address.region = Some("cn-north-1".to_owned());
        let create = "create-job J 1 --target other";
        let expected = "aws iot create-job --job-id J --targets arn:aws-cn:iot:cn-north-1:ACCOUNT:thing/other --document 1 --region cn-north-1\n";
        check(&address, create, expected);
        address.thing_arn = Some("arn:aws-cn:iot:cn-north-1:1:thing/lamp".to_owned());
        let expected = "aws iot create-job --job-id J --targets arn:aws-cn:iot:cn-north-1:1:thing/other --document 1 --region cn-north-1\n";
        check(&address, create, expected);
        address.control_url = Some("http://127.0.0.1:1".to_owned());
        check(
            &address,
            "things",
            "AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws iot list-things --no-paginate --region cn-north-1 --endpoint-url http://127.0.0.1:1\n",
        );
        address.endpoint = Some(("host".to_owned(), 443));
        let keeps = "this local service keeps its CA";
        let pending = explained("pending");
        assert!(text(&pending, &address).contains(keeps));
        address.files = Some(Files {
            ca: None,
            cert: "a b.pem".into(),
            key: "k.pem".into(),
        });
        let shown = text(&pending, &address);
        let expected = "mosquitto_rr -h host -p 443 --tls-alpn x-amzn-mqtt-ca --tls-use-os-certs --cert 'a b.pem' --key k.pem -i test-mosquitto ";
        assert!(
            shown.starts_with(expected) && !shown.contains(keeps),
            "{shown}"
        );
    }
}
