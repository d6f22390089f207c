//! The pace of a thread that may take its time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the thread works before it rests.
const PIECE: Duration = Duration::from_millis(1);

/// How many times as long it rests. On a machine with one CPU, messages that arrive while the thread works are delayed. With
/// this factor it works for less than 2 % of the time.
const REST: u32 = 50;

/// The longest rest.
const REST_MAX: Duration = Duration::from_millis(500);

/// Makes a thread rest after each piece of work.
#[derive(Debug)]
pub(crate) struct Pace {
    hurry: Arc<AtomicBool>,
    since: Instant,
}

impl Pace {
    /// To be called after each small step.
    pub(crate) fn step(&mut self) {
        let worked = self.since.elapsed();
        if worked < PIECE {
            return;
        }
        if !self.hurry.load(Ordering::Acquire) {
            // Cut short by a hurry.
            thread::park_timeout((worked * REST).min(REST_MAX));
        }
        self.since = Instant::now();
    }
}

/// A thread that works at a pace.
#[derive(Debug)]
pub(crate) struct Paced<T> {
    thread: JoinHandle<T>,
    hurry: Arc<AtomicBool>,
}

impl<T: Send + 'static> Paced<T> {
    pub(crate) fn spawn(
        name: &str,
        work: impl FnOnce(Pace) -> T + Send + 'static,
    ) -> io::Result<Self> {
        let hurry = Arc::new(AtomicBool::new(false));
        let of_thread = Arc::clone(&hurry);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(|| {
            work(Pace {
                hurry: of_thread,
                since: Instant::now(),
            })
        })?;
        Ok(Self { thread, hurry })
    }

    /// Lets the thread rest no more.
    pub(crate) fn hurry(&self) {
        self.hurry.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// The result of the thread, which does not rest any more.
    pub(crate) fn join(self) -> thread::Result<T> {
        self.hurry();
        self.thread.join()
    }
}
