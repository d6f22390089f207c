//! Counts the steps of reading a text, in tests.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts this many more steps.
#[cfg(test)]
pub(crate) fn count(steps: usize) {
    STEPS.set(STEPS.get() + steps);
}

/// Does nothing except in tests.
#[cfg(not(test))]
#[inline]
pub(crate) fn count(_: usize) {}

/// The steps of this thread since the last call.
#[cfg(test)]
pub(crate) fn taken() -> usize {
    STEPS.take()
}
