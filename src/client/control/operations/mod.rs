//! The operations of the control plane, one file each: AWS's name, the arguments, the effect, the call, the table for the
//! response, examples. A line in the list below registers an operation. The grammar, completion, help, hints, `explain`,
//! `watch`, the IAM policy and the list of test rows derive from that. Pure.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use crate::control::declared::{Declared, kebab};
use crate::control::operation::{About, Subject};

/// Declares the modules, and the list of all operations. `help` lists the commands of one subject in this order.
macro_rules! operations {
    ($($file:ident,)+) => {
        $(pub mod $file;)+

        /// All operations.
        pub(crate) fn operations() -> impl Iterator<Item = &'static Declared> {
            [$(&$file::OPERATION),+].into_iter()
        }
    };
}

operations! {
    create_job,
    cancel_job,
    delete_job,
    describe_job,
    list_jobs,
    get_job_document,
    update_job,
    associate_targets_with_job,
    list_job_executions_for_job,
    list_job_executions_for_thing,
    describe_job_execution,
    cancel_job_execution,
    delete_job_execution,
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
    list_thing_groups,
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

/// The properties of all operations.
pub fn abouts() -> impl Iterator<Item = &'static About> {
    operations().map(|operation| &operation.about)
}

/// The properties of the operation with this name.
pub fn about(name: &str) -> Option<&'static About> {
    abouts().find(|about| about.name == name)
}

/// The names of all operations in the AWS CLI.
pub(crate) fn names() -> impl Iterator<Item = String> {
    abouts().map(|about| kebab(about.name))
}

/// Whether the AWS CLI has an operation of this name.
pub(crate) fn is_name(command: &str) -> bool {
    names().any(|name| name == command)
}

/// What is typed for a member of a request of this operation, or for the part of one; `None` if that is not known.
pub fn typed_for(name: &str, member: &str) -> Option<String> {
    let operation = operations().find(|operation| operation.about.name == name)?;
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
