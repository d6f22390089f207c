//! The core of the agent against the pure service, in virtual time.
//!
//! | file | what it holds |
//! |---|---|
//! | `world` | one device, its shell, its link and the service |
//! | `cloud` | the service, and what an operator does there |
//! | `watch` | what must hold while the device runs |
//! | `quiet` | what must hold once everything has come to rest |
//! | `property` | random interleavings |
//! | `scripts` | scripts with what the device decides |

mod cloud;
mod property;
mod quiet;
mod scripts;
mod watch;
mod world;
