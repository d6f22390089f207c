//! The operations of the control plane, one file each: AWS's name, the arguments, the effect, the call, the table for the
//! response, examples. A line in the list below registers an operation. The grammar, completion, help, hints, `explain`,
//! `watch`, the IAM policy and the list of test rows derive from that. Most are data ([`Declared`]); an operation whose
//! arguments depend on each other, or that has a type elsewhere, is a type. Pure.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use clap::Subcommand;

use crate::control::declared::{Declared, DeclaredRequest, kebab};
use crate::control::operation::{About, ControlOperation, Subject};

/// Declares the modules, the request type, and the list of all operations. Each line is a command; `help` lists those of one
/// subject in this order. A line without a type is an operation that is declared. The files in brackets are the operations that a
/// command chooses from.
macro_rules! operations {
    ($($file:ident $(: $(#[$attribute:meta])* $request:ident $([$($chosen:ident),+])?)?,)+) => {
        $(
            pub mod $file;
            $($($(pub mod $chosen;)+)?)?
        )+

        /// One typed request of the control plane.
        #[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
        #[expect(clippy::large_enum_variant, reason = "there is one at a time, for the line that is typed")]
        pub enum ControlRequest {
            $($($(#[$attribute])* $request($file::$request),)?)+
            #[command(flatten)]
            Declared(DeclaredRequest),
        }

        impl ControlRequest {
            pub fn operation(&self) -> &dyn ControlOperation {
                match self {
                    $($(Self::$request(request) => request,)?)+
                    Self::Declared(request) => request,
                }
            }

            pub fn operation_mut(&mut self) -> &mut dyn ControlOperation {
                match self {
                    $($(Self::$request(request) => request,)?)+
                    Self::Declared(request) => request,
                }
            }
        }

        /// The properties of all operations.
        pub fn abouts() -> impl Iterator<Item = &'static About> {
            let all: &[&[&About]] = &[$(operations!(@abouts $file $(: $request $([$($chosen),+])?)?)),+];
            all.iter().copied().flatten().copied()
        }

        /// The operations that are declared.
        pub(crate) fn declared() -> impl Iterator<Item = &'static Declared> {
            let all: &[&[&Declared]] = &[$(operations!(@declared $file $(: $request)?)),+];
            all.iter().copied().flatten().copied()
        }
    };
    (@abouts $file:ident) => {
        &[&$file::OPERATION.about]
    };
    (@abouts $file:ident: $request:ident) => {
        &[&$file::ABOUT]
    };
    (@abouts $file:ident: $request:ident [$($chosen:ident),+]) => {
        &[$(&$chosen::ABOUT),+]
    };
    (@declared $file:ident) => {
        &[&$file::OPERATION]
    };
    (@declared $file:ident: $request:ident) => {
        &[]
    };
}

operations! {
    create_job: CreateJob,
    cancel_job: CancelJob,
    delete_job: DeleteJob,
    describe_job,
    list_jobs: ListJobs,
    get_job_document,
    update_job,
    associate_targets_with_job,
    list_job_executions: ListJobExecutions [list_job_executions_for_job, list_job_executions_for_thing],
    // Typed as `describe-job-execution --thing-name`, a command of the device.
    describe_job_execution: #[command(skip)] DescribeJobExecution,
    cancel_job_execution: CancelJobExecution,
    delete_job_execution: DeleteJobExecution,
    create_job_template,
    describe_job_template,
    list_job_templates,
    delete_job_template,
    list_managed_job_templates,
    describe_managed_job_template,
    create_thing,
    describe_thing,
    list_things,
    update_thing,
    delete_thing,
    list_thing_groups_for_thing,
    list_thing_principals,
    create_thing_type,
    describe_thing_type,
    list_thing_types,
    update_thing_type,
    deprecate_thing_type,
    delete_thing_type,
    create_thing_group,
    create_dynamic_thing_group,
    describe_thing_group,
    list_thing_groups: ListThingGroups,
    list_things_in_thing_group,
    add_thing_to_thing_group,
    remove_thing_from_thing_group,
    update_thing_group,
    update_dynamic_thing_group,
    delete_thing_group,
    delete_dynamic_thing_group,
    create_keys_and_certificate,
    create_certificate_from_csr,
    register_certificate_without_ca,
    describe_certificate,
    list_certificates,
    update_certificate,
    delete_certificate,
    attach_thing_principal,
    detach_thing_principal,
    list_principal_things,
    create_policy,
    get_policy,
    list_policies,
    delete_policy,
    attach_policy,
    detach_policy,
    list_attached_policies,
    list_targets_for_policy,
    create_policy_version,
    list_policy_versions,
    get_policy_version,
    set_default_policy_version,
    delete_policy_version,
    tag_resource,
    untag_resource,
    list_tags_for_resource,
    describe_endpoint,
    describe_event_configurations,
    update_event_configurations,
}

/// The properties of the operation with this name.
pub fn about(name: &str) -> Option<&'static About> {
    abouts().find(|about| about.name == name)
}

/// What is typed for a member of a request of this operation, or for the part of one; `None` if that is not known.
pub fn typed_for(name: &str, member: &str) -> Option<String> {
    let operation = declared().find(|operation| operation.about.name == name)?;
    operation.typed_for(member)
}

/// The subject of the command with this name, which may choose from operations with longer names, and its place among all.
pub fn place(command: &str) -> Option<(Subject, usize)> {
    let named = |fits: fn(&str, &str) -> bool| {
        let mut all = abouts().enumerate();
        all.find(|(_, about)| fits(&kebab(about.name), command))
    };
    let found = named(|name, command| name == command);
    let found = found.or_else(|| named(|name, command| name.starts_with(command)));
    found.map(|(place, about)| (about.subject, place))
}
