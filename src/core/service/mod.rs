//! The job service: the one authority on things, jobs and job executions, as AWS documents it and as recorded sessions show
//! it. Pure: the time is an argument, and what is to be sent is the result; no sockets, files, clock, randomness or
//! printing.
//!
//! | where | what it holds |
//! |---|---|
//! | [`state`], [`inputs`], [`handled`] | the service; its inputs and their results |
//! | [`data`] | the operations of a device, over MQTT and over HTTP |
//! | [`control`] | the operations of the control plane |
//! | [`http`] | what both planes over HTTP share |
//! | [`lifecycle`] | the life of a job and its executions |
//! | [`deletion`], [`due`] | the deletion of a job; what falls due for it: start, end, windows, batches |
//! | [`execution`] | a job execution, and its state machine |
//! | [`executions`] | all job executions, with the pending lists and the timers |
//! | [`status_details`], [`view`] | what a device reports about an execution; how a device sees one |
//! | [`behind`], [`newest_first`], [`page_token`] | parts of lists; lists with the newest first; tokens of the next page |
//! | [`noted`], [`kept`] | what has changed; the whole state as one value |
//! | [`job`], [`job_document`], [`rollout`], [`abort`], [`retries`], [`schedule`], [`windows`], [`cron`] | jobs, their documents and their configurations |
//! | [`job_template`], [`managed_template`], [`document_parameters`] | job templates, and the parameters of their documents |
//! | [`registry`], [`query`] | things, thing types and thing groups; the queries of dynamic groups |
//! | [`membership`] | what follows when the groups of a thing change |
//! | [`tags`] | tags |
//! | [`objects`] | the objects of S3 that documents and files of jobs need |
//! | [`principals`], [`policy_versions`], [`rights`] | certificates and policies; changes of the rights that they give |
//! | [`grant`] | the rights that they give to a connection |
//! | [`notify`] | the two event streams, derived from what changed |
//! | [`diary`] | what happened, for a caller that asks for it |
//! | [`account_events`] | the events of the account, `$aws/events/…` |
//! | [`identity`], [`ids`] | the identity of the service; numbers and UUIDs |
//! | [`model`], [`pattern`] | the operations of the control plane, and what their members must look like |
//! | [`json`], [`constraint`], [`limits`] | output, validation messages, documented limits |
//! | [`snapshot`] | an overview of the state, for tests |

mod abort;
mod account_events;
mod behind;
mod constraint;
mod control;
mod cron;
mod data;
mod deletion;
mod diary;
mod document_parameters;
mod due;
mod execution;
mod executions;
mod grant;
mod handled;
mod http;
mod identity;
mod ids;
mod inputs;
mod job;
mod job_document;
mod job_template;
mod json;
mod kept;
mod lifecycle;
mod limits;
mod managed_template;
mod membership;
mod model;
mod newest_first;
mod noted;
mod notify;
mod objects;
mod page_token;
mod pattern;
mod policy_versions;
mod principals;
mod query;
mod registry;
mod retries;
mod rights;
mod rollout;
mod schedule;
mod snapshot;
mod state;
mod status_details;
mod tags;
mod view;
mod windows;

pub use control::call::{Extras, WantedCertificate};
pub use data::http::device_operation;
pub use data::mqtt::{RefusedRequest, THROTTLED};
pub use diary::{Abort, Change, Entry, Event, Growth, RateChange, Timer};
pub use execution::transition_matrix;
pub use grant::{Grant, GrantedPolicy, GrantedThing, KnownPolicies, Registration};
pub use handled::{Handled, ServiceMessage};
pub use http::answer::HttpResponse;
pub use http::headers::MEMBER_HEADERS;
pub use http::request::HttpRequest;
pub use identity::ServiceIdentity;
pub use kept::{AccountChanges, AccountState, KeptRecord, RestoreError};
pub use model::check::unknown_member;
pub use model::find::operation_name;
pub use objects::answer::{ObjectBody, ObjectResponse};
pub use objects::content::Content;
pub use objects::request::{ObjectHead, ObjectRequest};
pub use objects::store::OBJECT_BYTES_MAX;
pub use principals::{NewCertificate, PolicyCheck};
pub use registry::PropagatingAttribute;
pub use state::Service;
