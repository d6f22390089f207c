//! The `jobs-sandbox` binary.

fn main() {}
