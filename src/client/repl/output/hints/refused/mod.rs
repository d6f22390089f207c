//! The next step after a refusal, by the words of its message. Pure.
//!
//! Many messages of AWS are not documented; the words are those of the local service. Where they differ, the exception
//! decides.

mod jobs;
mod registry;
mod row;

use crate::repl::output::hints::refused::row::Row;

/// Messages of any operation; the first row counts.
const ANY: [&[Row]; 9] = [
    jobs::OF_DEVICES,
    jobs::JOBS,
    jobs::CONFIGURATIONS,
    jobs::SCHEDULES,
    jobs::DOCUMENTS,
    registry::THINGS,
    registry::GROUPS,
    registry::POLICIES,
    registry::TAGS_AND_LISTS,
];

/// The same for messages whose next step depends on the operation.
const OF_OPERATIONS: &[(&str, &str, &str)] = &[
    (
        "DeleteThingGroup",
        "is dynamic.",
        "`delete-dynamic-thing-group <group>` deletes a dynamic thing group",
    ),
    (
        "UpdateThingGroup",
        "is dynamic.",
        "`update-dynamic-thing-group <group>` changes a dynamic thing group",
    ),
    (
        "AddThingToThingGroup",
        "is dynamic.",
        "its query chooses its things; `update-dynamic-thing-group <group> --query-string` changes it",
    ),
    (
        "RemoveThingFromThingGroup",
        "is dynamic.",
        "its query chooses its things; `update-dynamic-thing-group <group> --query-string` changes it",
    ),
    (
        "AttachPolicy",
        "is dynamic.",
        "attach the policy to a static thing group, or to a certificate",
    ),
    (
        "DeleteDynamicThingGroup",
        "is static.",
        "`delete-thing-group <group>` deletes a static thing group",
    ),
    (
        "UpdateDynamicThingGroup",
        "is static.",
        "`update-thing-group <group>` changes a static thing group",
    ),
];

/// The next step after a refusal of an operation with this message.
pub(crate) fn in_message(operation: &str, message: &str) -> Option<&'static str> {
    let of_operation = OF_OPERATIONS.iter();
    let mut of_operation = of_operation.filter(|(name, ..)| *name == operation);
    let of_operation = of_operation.find(|(_, words, _)| message.contains(words));
    let of_any = || {
        ANY.iter()
            .copied()
            .flatten()
            .find(|(words, _)| message.contains(words))
    };
    of_operation
        .map(|(.., hint)| *hint)
        .or_else(|| of_any().map(|(_, hint)| *hint))
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let of_any = ANY.into_iter().flatten().map(|(_, hint)| *hint);
    of_any.chain(OF_OPERATIONS.iter().map(|(.., hint)| *hint))
}
