//! Merges several lists.

/// Merges lists that each start with their highest key into one in the same order. Keys must be unique. A step looks once at
/// each list, of which there are few.
pub(crate) fn newest_first<K: Ord + Copy, V>(
    lists: impl IntoIterator<Item = impl Iterator<Item = (K, V)>>,
) -> impl Iterator<Item = (K, V)> {
    let mut lists: Vec<_> = lists.into_iter().map(Iterator::peekable).collect();
    lists.retain_mut(|list| list.peek().is_some());
    std::iter::from_fn(move || {
        let heads = lists.iter_mut().enumerate();
        let heads = heads.filter_map(|(at, list)| Some((list.peek()?.0, at)));
        let (_, at) = heads.max()?;
        lists[at].next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_key_of_all_comes_first() {
        for (lists, expected) in [
            (vec![], vec![]),
            (vec![vec![], vec![]], vec![]),
            (vec![vec![9, 2], vec![7, 3, 1], vec![]], vec![9, 7, 3, 2, 1]),
        ] {
            let lists = lists
                .into_iter()
                .map(|list| list.into_iter().map(|key| (key, ())));
            let keys: Vec<i32> = newest_first(lists).map(|(key, ())| key).collect();
            assert_eq!(keys, expected);
        }
    }
}
