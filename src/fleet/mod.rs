//! A rollout to many devices, rehearsed in virtual time. Pure: the agent's core and the service, without sockets or a clock.
//!
//! | file | what it holds |
//! |---|---|
//! | [`world`] | the service, the devices and the queue of what is to happen |
//! | [`member`] | one device of the fleet |

mod member;
mod world;

pub use member::Member;
pub use world::World;
