//! What goes out.

use std::time::Duration;

use crate::executor::core::decision::Decision;
use crate::executor::core::execution::ExecutionId;
use crate::executor::core::memory::Memory;
use crate::executor::step::Step;
use crate::protocol::DeviceRequest;

/// Something to be done. Actions are done in order, each before the next.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// To be shown.
    Decide(Decision),
    /// To be written to the journal.
    Remember(Memory),
    /// To be sent once; its answer comes in with the number.
    Request { number: u64, request: DeviceRequest },
    /// A step to be run.
    Start(Box<Start>),
    /// The running step is asked to end.
    Terminate,
    /// The running step is ended.
    Kill,
    /// The link is cut for a while.
    CutLink(Duration),
    /// The core is dropped, and made anew from its journal after a while without a link.
    Reboot(Duration),
    /// Nothing is left to do after [`crate::executor::core::Input::Stop`].
    Finish,
}

/// A step to be run, and what it is run for.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub id: ExecutionId,
    pub step: Step,
    /// The job document.
    pub document: String,
    /// How often this step was started, this time included.
    pub attempt: u32,
}
