//! A rollout to many devices, rehearsed in virtual time. Pure: the agent's core and the service, without sockets or a clock.
//!
//! | file | what it holds |
//! |---|---|
//! | [`setup`] | what is to be rehearsed |
//! | [`world`] | the service, the devices and the queue of what is to happen |
//! | [`network`] | messages between them, and faults |
//! | [`member`] | one device of the fleet |
//! | [`record`] | what happened |
//! | [`report`], [`counts`], [`times`] | what is reported; numbers by status; times |
//! | [`text`], [`curves`], [`table`] | reports for people, and as tables |
//! | [`rehearse`], [`vary`], [`expect`] | a whole rehearsal; several of them; what is expected |

mod counts;
mod curves;
mod expect;
mod member;
mod network;
mod record;
mod rehearse;
mod report;
mod setup;
mod table;
mod text;
mod times;
mod vary;
mod world;

pub use counts::Counts;
pub use curves::curves;
pub use expect::{ExpectError, Expectation};
pub use rehearse::rehearse;
pub use report::{
    AbortReport, BlastRadius, End, GroupReport, MinuteReport, Parts, Progress, RateReport, Report,
    Rollout, Timeouts, TippedBy,
};
pub use setup::{DEVICES_MAX, FLEET, JobCall, Names, Setup, SetupError, instant, read_fault};
pub use table::{minutes_csv, variants, variants_csv};
pub use times::{Millis, Spread};
pub use vary::{Variation, VaryError};
pub use world::World;
