//! The arguments of operations on buckets and objects.

use std::collections::BTreeMap;

use crate::protocol::EpochMillis;
use crate::service::objects::request::ObjectRequest;
use crate::service::objects::store::ObjectName;

/// A request on its way to its operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObjectCall<'a> {
    pub(crate) now: EpochMillis,
    pub(crate) request: &'a ObjectRequest,
    /// The bucket and the key of the path; the key is empty if the request is for the bucket.
    pub(crate) name: &'a ObjectName,
    /// The parameters of the query.
    pub(crate) query: &'a BTreeMap<String, String>,
}

impl ObjectCall<'_> {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
}
