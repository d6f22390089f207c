//! The identity of the service.

use crate::protocol::Partition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// Such as `us-east-1`; part of every ARN.
    pub region: String,
    /// Twelve digits; part of every ARN.
    pub account: String,
    /// What `DescribeEndpoint` returns.
    pub endpoint: String,
    /// Where clients reach objects, such as `http://127.0.0.1:8880`; presigned URLs begin with it.
    pub object_url: String,
    /// Makes the ids (of things, of groups) of one run differ from those of another.
    pub seed: u128,
}

impl ServiceIdentity {
    /// `arn:aws:iot:REGION:ACCOUNT:RESOURCE`
    pub fn arn(&self, resource: &str) -> String {
        self.arn_in(&self.account, resource)
    }

    fn arn_in(&self, account: &str, resource: &str) -> String {
        let partition = Partition::of(&self.region).name;
        format!("arn:{partition}:iot:{}:{account}:{resource}", self.region)
    }

    pub(crate) fn thing_arn(&self, name: &str) -> String {
        self.arn(&format!("thing/{name}"))
    }

    pub(crate) fn type_arn(&self, name: &str) -> String {
        self.arn(&format!("thingtype/{name}"))
    }

    pub fn group_arn(&self, name: &str) -> String {
        self.arn(&format!("thinggroup/{name}"))
    }

    pub(crate) fn job_arn(&self, id: &str) -> String {
        self.arn(&format!("job/{id}"))
    }

    pub(crate) fn template_arn(&self, id: &str) -> String {
        self.arn(&format!("jobtemplate/{id}"))
    }

    /// The ARN of a version of a job template that AWS manages, such as `AWS-Reboot:1.0`; it belongs to no account.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/job-template-manage-cli-create.html>
    pub(crate) fn managed_template_arn(&self, version: &str) -> String {
        self.arn_in("", &format!("jobtemplate/{version}"))
    }

    pub(crate) fn certificate_arn(&self, id: &str) -> String {
        self.arn(&format!("cert/{id}"))
    }

    pub(crate) fn policy_arn(&self, name: &str) -> String {
        self.arn(&format!("policy/{name}"))
    }
}
