//! Which operation a request is.

use crate::service::model::shape::Operation;
use crate::service::model::{jobs, principals, templates, things};

/// An operation, and the values that the path of the request has for its members, in the order of the path.
pub(crate) type Found<'a> = (&'static Operation, Vec<&'a str>);

/// Finds the operation of a request with this method and these parts of the path.
///
/// A slash at the end is ignored, unless a name is expected behind it: the name is then empty, which is refused. So `DELETE
/// /jobs/` is never taken for another operation.
pub(crate) fn find<'a>(method: &str, segments: &[&'a str]) -> Option<Found<'a>> {
    let without_end = segments.strip_suffix(&[""]);
    match_path(method, segments).or_else(|| match_path(method, without_end?))
}

/// AWS's name of the operation with this method and this path; `None` if the service does not have it.
pub fn operation_name(method: &str, path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    find(method, &segments).map(|(operation, _)| operation.name)
}

fn match_path<'a>(method: &str, segments: &[&'a str]) -> Option<Found<'a>> {
    operations()
        .filter(|operation| operation.method == method)
        .find_map(|operation| Some((operation, names(operation, segments)?)))
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    let on_jobs = [jobs::OPERATIONS, templates::OPERATIONS].into_iter();
    let most = things::OPERATIONS.into_iter().chain(principals::OPERATIONS);
    on_jobs.chain(most).flatten()
}

/// The parts of the path at the names in braces; `None` if the path is a different one.
fn names<'a>(operation: &Operation, segments: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut parts = operation.path.split('/').skip(1);
    let mut names = Vec::new();
    for segment in segments {
        match parts.next()? {
            part if part.starts_with('{') => names.push(*segment),
            part if part == *segment => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(names)
}

/// The names of the members in the path, in the order of the path.
pub(crate) fn names_in(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::model::shape::Place;

    #[test]
    fn a_request_is_the_operation_of_its_method_and_path() {
        for (method, path, expected) in [
            ("PUT", "jobs/J", Some(("CreateJob", vec!["J"]))),
            ("GET", "jobs", Some(("ListJobs", vec![]))),
            ("GET", "jobs/", Some(("DescribeJob", vec![""]))),
            ("DELETE", "things/", Some(("DeleteThing", vec![""]))),
            ("GET", "endpoint/", Some(("DescribeEndpoint", vec![]))),
            (
                "GET",
                "things/T/jobs/J",
                Some(("DescribeJobExecution", vec!["T", "J"])),
            ),
            (
                "PUT",
                "thing-groups/addThingToThingGroup",
                Some(("AddThingToThingGroup", vec![])),
            ),
            ("PUT", "thing-groups/G", None),
            ("POST", "jobs", None),
            ("GET", "", None),
        ] {
            let segments: Vec<&str> = path.split('/').collect();
            let found = find(method, &segments).map(|(operation, names)| (operation.name, names));
            assert_eq!(found, expected, "{method} {path}");
        }
    }

    #[test]
    fn every_name_in_a_path_is_a_member() {
        for operation in operations() {
            let members = operation.members.iter();
            let mut members: Vec<&str> = members
                .filter(|member| member.place == Place::Path)
                .map(|member| member.name)
                .collect();
            members.sort_unstable();
            let mut names: Vec<&str> = names_in(operation.path).collect();
            names.sort_unstable();
            assert_eq!(members, names, "{}", operation.name);
        }
    }
}
