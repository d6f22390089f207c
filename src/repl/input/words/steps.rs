//! Counts the steps that reading a text takes, in tests.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts so many steps more.
#[cfg(test)]
pub(crate) fn count(steps: usize) {
    STEPS.set(STEPS.get() + steps);
}

/// Does nothing outside of tests.
#[cfg(not(test))]
#[inline]
pub(crate) fn count(_: usize) {}

/// The steps of this thread since the last call.
#[cfg(test)]
pub(crate) fn taken() -> usize {
    STEPS.take()
}
