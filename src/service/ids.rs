//! What sets everything that is created apart: a number and a UUID.

/// Numbers and UUIDs, none of which comes twice in a run.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    seed: u128,
    last: u64,
}

impl Ids {
    /// The seed sets the UUIDs of one run apart from those of another.
    pub(crate) const fn new(seed: u128) -> Self {
        Self { seed, last: 0 }
    }

    /// A number that grows with everything created, so that things of one millisecond keep their order.
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A fresh UUID: the run's seed and a counter, which is all the chance that a pure core needs.
    pub(crate) fn fresh_id(&mut self) -> String {
        let mix = u128::from(self.next_sequence())
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        uuid::Builder::from_random_bytes((self.seed ^ mix).to_be_bytes())
            .into_uuid()
            .to_string()
    }
}
