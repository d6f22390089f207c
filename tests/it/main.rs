//! Integration tests: one crate, so that it links once and shares its helpers.

mod policies;
mod tidy;
