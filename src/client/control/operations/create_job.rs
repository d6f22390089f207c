//! CreateJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>

use aws_sdk_iot::Client;
use aws_sdk_iot::types::TargetSelection;
use clap::{Args, ValueHint};
use serde_json::{Map, Value};

use crate::argument::{OfferedWord, detail, detail_map, details, members, name, target};
use crate::control::call::{PreparedCall, call};
use crate::control::declared::JobMembers;
use crate::control::document_args::DocumentArgs;
use crate::control::operation::{About, ControlOperation, JobIds, Statement, Subject};
use crate::control::pending_change::{PendingChange, Starts};
use crate::control::shape::{JOB, unknown_of};
use crate::protocol::{JobId, StatusDetails, ThingName};

/// The arguments of a document, which a job template has itself.
const DOCUMENT: [&str; 4] = ["document", "document_source", "edit", "from"];

/// create a job for things or groups
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    visible_alias = "create",
    after_help = "create-job Job1 {\"Todo\":\"Reboot\"}\n\
        create Job2 @document.json --target other-thing --target group-1 --timeout 30",
    mut_arg("document", |arg| arg.required_unless_present_any(["edit", "from", "job_template_arn", "parameters", "document_parameters"]))
)]
pub struct CreateJob {
    /// the id of the new job
    #[arg(value_name = "jobId", value_hint = ValueHint::Other)]
    pub job_id: JobId,
    #[command(flatten)]
    pub document: DocumentArgs,
    /// make it from this job template: its name or its ARN
    #[arg(long, visible_alias = "template", value_name = "template", value_parser = name(), conflicts_with_all = DOCUMENT)]
    pub job_template_arn: Option<String>,
    /// a parameter of a managed job template; can be repeated
    #[arg(long = "parameter", value_name = "name=value", value_parser = detail, requires = "job_template_arn", conflicts_with_all = DOCUMENT)]
    pub parameters: Vec<(String, String)>,
    /// the parameters as in the AWS CLI: name=value,… or JSON
    #[arg(long, value_name = "parameters", value_parser = detail_map, requires = "job_template_arn", conflicts_with = "parameters", hide = true)]
    pub document_parameters: Option<StatusDetails>,
    /// target thing or group; can be repeated (default: this thing)
    #[arg(long, visible_alias = "target", value_name = "name", value_parser = target())]
    pub targets: Vec<String>,
    /// also for things that join a target group later
    #[arg(long)]
    pub continuous: bool,
    /// SNAPSHOT, or CONTINUOUS (the same as --continuous)
    #[arg(long, value_name = "selection", value_parser = OfferedWord(&["SNAPSHOT", "CONTINUOUS"]), conflicts_with = "continuous", hide = true)]
    pub target_selection: Option<String>,
    /// a description of the job
    #[arg(long, value_name = "text")]
    pub description: Option<String>,
    #[command(flatten)]
    pub members: JobMembers,
    /// further members of the request, as in the API
    #[arg(long, alias = "cli-input-json", value_name = "JSON", value_parser = members)]
    pub with: Option<Map<String, Value>>,
}

pub(crate) const ABOUT: About = About {
    hints: &[
        (
            "ResourceAlreadyExistsException",
            "choose another job id, or delete that job; if `describe-job <jobId>` shows DELETION_IN_PROGRESS, wait",
        ),
        (
            "ResourceNotFoundException",
            "a target or the job template does not exist; `list-things`, `list-thing-groups`, `list-job-templates`",
        ),
        (
            "LimitExceededException",
            "delete jobs that are no longer needed, or wait until running deletions end",
        ),
    ],
    statements: &[
        Statement::CreateJobForThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
        Statement::OptionalJobTemplates,
    ],
    ..About::changes(
        "CreateJob",
        Subject::Job,
        "`get-pending-job-executions` shows it",
    )
};

impl CreateJob {
    /// The members that are not typed as arguments of their own type.
    fn more(&self) -> Map<String, Value> {
        let with = self.with.iter().flatten();
        let members = self.members.0.iter().chain(with);
        members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// An execution is queued at once unless a member delays it.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    fn starts(&self) -> Starts {
        let more = self.more();
        let may_delay = [
            "schedulingConfig",
            "jobExecutionsRolloutConfig",
            "jobTemplateArn",
            // Its executions are announced on other topics.
            "namespaceId",
        ];
        let schedule = more.get("schedulingConfig");
        if schedule.is_some_and(|schedule| schedule["startTime"].is_string()) {
            Starts::Later
        } else if self.job_template_arn.is_some()
            || may_delay.iter().any(|member| more.contains_key(*member))
        {
            Starts::Perhaps
        } else {
            Starts::AtOnce
        }
    }
}

impl ControlOperation for CreateJob {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Queues {
            job: &self.job_id,
            targets: &self.targets,
            starts: self.starts(),
        }
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        let selection = match &self.target_selection {
            Some(selection) => Some(TargetSelection::from(selection.as_str())),
            None => self.continuous.then_some(TargetSelection::Continuous),
        };
        let parameters = details(&self.parameters, self.document_parameters.as_ref());
        let parameters = parameters.map(|it| it.into_iter().collect());
        call!(client.create_job() {
            set_job_id: Some(self.job_id.to_string()),
            set_targets: Some(self.targets.clone()),
            set_document: self.document().and_then(DocumentArgs::member),
            set_document_source: self.document.document_source.clone(),
            set_job_template_arn: self.job_template_arn.clone(),
            set_document_parameters: parameters,
            set_target_selection: selection,
            set_description: self.description.clone(),
        }, more self.more())
    }

    fn unknown_members(&self) -> Vec<String> {
        unknown_of(&self.more(), JOB)
    }

    fn check(&self) -> Result<(), String> {
        let typed = [
            ("jobId", true),
            ("targets", true),
            ("document", self.job_template_arn.is_none()),
            ("documentSource", self.document.document_source.is_some()),
            ("jobTemplateArn", self.job_template_arn.is_some()),
            (
                "documentParameters",
                !self.parameters.is_empty() || self.document_parameters.is_some(),
            ),
            (
                "targetSelection",
                self.continuous || self.target_selection.is_some(),
            ),
            ("description", self.description.is_some()),
        ];
        let typed = typed.into_iter().filter(|(_, is_typed)| *is_typed);
        let typed = typed.map(|(member, _)| member);
        let mut typed = typed.chain(self.members.0.keys().map(String::as_str));
        let with = self.with.as_ref();
        let twice = typed.find(|member| with.is_some_and(|with| with.contains_key(*member)));
        if let Some(member) = twice {
            return Err(format!(
                "--with cannot contain `{member}`: the command line gives it already"
            ));
        }
        Ok(())
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Created(&self.job_id)
    }

    fn document(&self) -> Option<&DocumentArgs> {
        self.job_template_arn.is_none().then_some(&self.document)
    }

    fn document_mut(&mut self) -> Option<&mut DocumentArgs> {
        Some(&mut self.document)
    }

    fn arns_mut(&mut self) -> Vec<(&mut String, &'static str)> {
        let template = self.job_template_arn.as_mut();
        template
            .map(|arn| (arn, "jobtemplate"))
            .into_iter()
            .collect()
    }

    fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.targets)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::argument::DocumentText;

    #[test]
    fn an_execution_is_queued_at_once_unless_a_member_says_otherwise() {
        let job_id = JobId::new("J").expect("a job id");
        for (with, expected) in [
            (json!({}), Starts::AtOnce),
            (json!({ "tags": [], "abortConfig": {} }), Starts::AtOnce),
            (
                json!({ "schedulingConfig": { "startTime": "2030-01-01T00:00" } }),
                Starts::Later,
            ),
            (
                json!({ "schedulingConfig": { "maintenanceWindows": [] } }),
                Starts::Perhaps,
            ),
            (
                json!({ "jobExecutionsRolloutConfig": { "maximumPerMinute": 1 } }),
                Starts::Perhaps,
            ),
            (json!({ "jobTemplateArn": "arn" }), Starts::Perhaps),
            (json!({ "namespaceId": "n" }), Starts::Perhaps),
        ] {
            let create = CreateJob {
                job_id: job_id.clone(),
                document: DocumentArgs::inline(DocumentText("1".to_owned())),
                job_template_arn: None,
                parameters: Vec::new(),
                document_parameters: None,
                targets: Vec::new(),
                continuous: false,
                target_selection: None,
                description: None,
                members: JobMembers::default(),
                with: with.as_object().cloned(),
            };
            assert_eq!(create.starts(), expected, "{with}");
        }
    }

    #[test]
    fn members_that_the_api_does_not_have_are_found() {
        for (with, expected) in [
            (json!({}), &[][..]),
            (
                json!({ "tags": [{ "Key": "a", "Value": "b" }], "documentParameters": { "x": "y" } }),
                &[],
            ),
            (
                json!({ "foo": 1, "Tags": [], "description": { "x": 1 } }),
                &["foo", "Tags"],
            ),
            (
                json!({ "tags": [{ "key": "a" }, { "key": "b" }], "abortConfig": { "criteria": [] } }),
                &["tags.key", "abortConfig.criteria"],
            ),
            (
                json!({ "jobExecutionsRolloutConfig": { "exponentialRate": { "rateIncreaseCriteria": { "n": 1 } } } }),
                &["jobExecutionsRolloutConfig.exponentialRate.rateIncreaseCriteria.n"],
            ),
            (json!({ "tags": { "Key": 1 }, "timeoutConfig": [1] }), &[]),
        ] {
            let with = with.as_object().expect("an object");
            assert_eq!(unknown_of(with, JOB), expected, "{with:?}");
        }
    }
}
