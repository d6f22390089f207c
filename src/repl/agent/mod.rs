//! The agent of a session: a simulated device that works on the session's own connection.
//!
//! | file | what it holds |
//! |---|---|
//! | `commands` | what `agent` does, and what the agent hears of other commands |
//! | [`at_work`] | an agent that is on, from its start to its end |
//! | [`told`], [`news`] | what it decides and exchanges, on the way to the screen |
//! | `report` | what it knows and does, for people and for programs |

pub(crate) mod at_work;
mod commands;
pub(crate) mod news;
mod report;
pub(crate) mod told;
