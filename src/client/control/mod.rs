//! The control plane, through the AWS SDK.
//!
//! | file | what it holds |
//! |---|---|
//! | [`operations`] | one file for each operation, and the one list of them (pure) |
//! | [`declared`], [`operation`] | how such a file declares an operation, and a request (pure) |
//! | `raw_request` | a request as method, path, query, headers and body, which the SDK signs |
//! | [`pending_change`] | what a request does to pending job executions (pure) |
//! | [`page`], [`document_args`], `window`, `execution_columns` | what several operations share |
//! | `shape` | the structures of the API, and how they are typed (pure) |
//! | [`call`] | a prepared call |
//! | [`client`], `exchange` | sending it once, with a timeout; the request and the response |
//! | `device` | a certificate for a device, made and attached |
//! | `credentials`, `profile_files`, `missing` | the credentials, and why they are missing |
//! | `configured_url` | the URL of the control plane that the AWS environment names |
//! | `environment` | what is wrong with the variables that the SDK reads (pure) |
//! | `http_client`, `proxies` | the route to the service: direct, or through a proxy |
//! | [`error`] | why an operation failed |

pub mod call;
pub mod client;
mod configured_url;
mod credentials;
pub mod declared;
mod device;
pub mod document_args;
mod environment;
pub mod error;
mod exchange;
mod execution_columns;
mod http_client;
mod missing;
pub mod operation;
pub mod operations;
pub mod page;
pub mod pending_change;
mod profile_files;
mod proxies;
mod raw_request;
mod shape;
mod window;

pub use client::{Access, Control, arn_in, environment_region, unsent};
pub use configured_url::configured_url;
pub use declared::ControlRequest;
pub use device::NewDevice;
pub use environment::{EnvironmentError, check_environment};
pub use error::{ControlError, is_service_failure};
pub use exchange::Exchange;
pub use missing::MissingCredentials;
pub use operation::{About, Effect, JobIds, NewFile, Statement, Subject};
pub use profile_files::{aws_profiles, check_profile_sizes, may_have_credentials};
pub use proxies::{Proxies, Proxy};
