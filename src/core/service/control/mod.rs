//! The control plane: operations on jobs, things, groups, certificates and policies, by HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | [`routes`] | which request is which operation |
//! | [`call`], [`certificate`] | the arguments of operations; the certificate that a request names |
//! | [`create_job`], [`update_job`], [`job_api`], [`execution_api`] | operations on jobs and job executions |
//! | [`job_config`], [`target`] | what the configurations of a job must look like; the targets of a job |
//! | [`thing_api`], [`group_api`], [`membership_api`], [`tag_api`] | operations on things, thing groups and tags |
//! | [`principal_api`], [`policy_api`] | operations on certificates, policies and what they are attached to |
//! | [`policy_version_api`] | operations on the versions of policies |
//! | [`event_api`] | operations on the events of the account |
//! | [`paging`] | lists in pages |

pub(crate) mod call;
pub(crate) mod certificate;
pub(crate) mod create_job;
pub(crate) mod event_api;
pub(crate) mod execution_api;
pub(crate) mod group_api;
pub(crate) mod job_api;
pub(crate) mod job_config;
pub(crate) mod membership_api;
pub(crate) mod paging;
pub(crate) mod policy_api;
pub(crate) mod policy_version_api;
pub(crate) mod principal_api;
pub(crate) mod routes;
pub(crate) mod tag_api;
pub(crate) mod target;
pub(crate) mod thing_api;
pub(crate) mod update_job;
