//! The lists of the control plane: the executions of a job, or of a thing.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::protocol::JobExecutionStatus;
use crate::service::executions::key::ListPlace;
use crate::service::newest_first::newest_first;

/// A list that executions are on.
pub(in crate::service::executions) type List = (JobExecutionStatus, IsAway);

/// Whether the thing of an execution is away. Its queued executions are apart, because it does not matter to the thing when
/// they are withheld.
pub(in crate::service::executions) type IsAway = bool;

/// The executions of a job or of a thing, by list, then by the time of the last change and by creation.
#[derive(Debug)]
pub(in crate::service::executions) struct Lists<V>(BTreeMap<(List, ListPlace), V>);

impl<V> Default for Lists<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V> Lists<V> {
    pub(in crate::service::executions) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves an execution from one place to another.
    pub(in crate::service::executions) fn move_to(
        &mut self,
        before: Option<(List, ListPlace)>,
        after: Option<(List, ListPlace)>,
        value: impl FnOnce() -> V,
    ) {
        if let Some(before) = before {
            self.0.remove(&before);
        }
        if let Some(after) = after {
            self.0.insert(after, value());
        }
    }

    /// One list, the oldest first.
    pub(in crate::service::executions) fn on(
        &self,
        list: List,
    ) -> impl DoubleEndedIterator<Item = (ListPlace, &V)> {
        self.before(list, None)
    }

    /// The executions with a status, or all of them, that are before a place, the newest first.
    pub(in crate::service::executions) fn newest(
        &self,
        status: Option<JobExecutionStatus>,
        last: Option<ListPlace>,
    ) -> impl Iterator<Item = (ListPlace, &V)> {
        let statuses = JobExecutionStatus::ALL.into_iter();
        let statuses = statuses.filter(move |listed| status.is_none_or(|status| status == *listed));
        let lists = statuses.flat_map(|status| [(status, false), (status, true)]);
        newest_first(lists.map(move |list| self.before(list, last).rev()))
    }

    fn before(
        &self,
        on: List,
        last: Option<ListPlace>,
    ) -> impl DoubleEndedIterator<Item = (ListPlace, &V)> {
        let first = Bound::Included((on, (0, 0)));
        let end = last.map_or(Bound::Included((on, (u64::MAX, u64::MAX))), |last| {
            Bound::Excluded((on, last))
        });
        let places = self.0.range((first, end));
        places.map(|((_, place), value)| (*place, value))
    }
}
