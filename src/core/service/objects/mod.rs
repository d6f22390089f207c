//! The objects of the account: the part of Amazon S3 that documents and files of jobs need.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
//!
//! | file | what it holds |
//! |---|---|
//! | [`store`], [`content`] | buckets, objects and uploads, within their bounds; the bytes of an object |
//! | [`request`], [`aws_chunked`], [`digests`] | a request, with its body decoded and its digests checked |
//! | [`answer`], [`xml`], [`times`] | how a request ends; XML and times as S3 writes them |
//! | [`operation`], [`call`] | which request is which operation; its arguments |
//! | [`headers`], [`conditions`] | its headers, and the conditions among them |
//! | [`bucket_api`], [`list_api`], [`object_api`], [`upload_api`] | the operations |
//! | [`presign`] | URLs that are signed, and whether one is valid |
//! | [`s3_url`], [`placeholder`] | URLs of objects at AWS; placeholders for them in job documents |

pub(crate) mod answer;
mod aws_chunked;
mod bucket_api;
mod call;
mod conditions;
pub(crate) mod content;
pub(crate) mod digests;
mod headers;
mod list_api;
mod object_api;
mod operation;
pub(crate) mod placeholder;
mod presign;
pub(crate) mod request;
pub(crate) mod s3_url;
pub(crate) mod store;
mod times;
mod upload_api;
mod xml;
