//! The control plane: operations on jobs, things, groups, certificates and policies, by HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | [`routes`], [`absent`] | which request is which operation; what else AWS IoT has |
//! | [`call`], [`certificate`], [`policy_target`] | the arguments of operations; the certificate or group that a request names |
//! | [`create_job`], [`update_job`], [`job_api`], [`execution_api`] | operations on jobs and job executions |
//! | [`template_api`], [`managed_template_api`], [`template_use`] | operations on job templates; jobs that are made from one |
//! | [`job_config`], [`new_document`], [`target`] | what the configurations of a job must look like; its document; its targets |
//! | [`thing_api`], [`type_api`] | operations on things and thing types |
//! | [`group_api`], [`dynamic_group_api`], [`membership_api`], [`tag_api`] | operations on thing groups and tags |
//! | [`principal_api`], [`thing_principal_api`] | operations on certificates, and on their attachment to things |
//! | [`policy_api`], [`policy_version_api`] | operations on policies, on what they are attached to, and on their versions |
//! | [`principal_policy_api`], [`effective_policy_api`] | deprecated operations on policies; what policies come to |
//! | [`event_api`] | operations on the events of the account |
//! | [`paging`] | lists in pages |

pub(crate) mod absent;
pub(crate) mod call;
pub(crate) mod certificate;
pub(crate) mod create_job;
pub(crate) mod dynamic_group_api;
pub(crate) mod effective_policy_api;
pub(crate) mod event_api;
pub(crate) mod execution_api;
pub(crate) mod group_api;
pub(crate) mod job_api;
pub(crate) mod job_config;
pub(crate) mod managed_template_api;
pub(crate) mod membership_api;
pub(crate) mod new_document;
pub(crate) mod paging;
pub(crate) mod policy_api;
pub(crate) mod policy_target;
pub(crate) mod policy_version_api;
pub(crate) mod principal_api;
pub(crate) mod principal_policy_api;
pub(crate) mod routes;
pub(crate) mod scheduling;
pub(crate) mod tag_api;
pub(crate) mod target;
pub(crate) mod template_api;
pub(crate) mod template_use;
pub(crate) mod thing_api;
pub(crate) mod thing_principal_api;
pub(crate) mod type_api;
pub(crate) mod update_job;
