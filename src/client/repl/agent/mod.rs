//! The agent of a session: a simulated device that works on the session's own connection.
//!
//! | file | what it holds |
//! |---|---|
//! | `commands` | the command `agent`, and what other commands mean to the agent |
//! | [`at_work`] | an agent that is on, from its start to its end |
//! | [`message`], [`news`] | its messages, on the way to the screen |
//! | `report` | what it knows and does, for people and for programs |

pub(crate) mod at_work;
mod commands;
pub(crate) mod message;
pub(crate) mod news;
mod report;
