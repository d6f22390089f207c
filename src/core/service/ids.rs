//! Numbers and UUIDs for everything that is created.

/// Numbers and UUIDs, each of which is used once in a run.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    seed: u128,
    last: u64,
}

impl Ids {
    /// The seed makes the UUIDs of one run differ from those of another.
    pub(crate) const fn new(seed: u128) -> Self {
        Self { seed, last: 0 }
    }

    /// Goes on behind the ids of an earlier run.
    pub(crate) const fn resume(seed: u128, last: u64) -> Self {
        Self { seed, last }
    }

    /// The seed, and how many were used.
    pub(crate) const fn position(&self) -> (u128, u64) {
        (self.seed, self.last)
    }

    /// The next number. It keeps things that were created in the same millisecond in order.
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A fresh UUID, made from the run's seed and a counter. A pure core needs no other randomness.
    pub(crate) fn fresh_id(&mut self) -> String {
        let mix = u128::from(self.next_sequence())
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        uuid::Builder::from_random_bytes((self.seed ^ mix).to_be_bytes())
            .into_uuid()
            .to_string()
    }
}
