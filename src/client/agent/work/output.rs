//! The output of a program, read to its end.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::agent::work::marks::Marks;
use crate::agent::work::tail::Tail;
use crate::executor::step::Progress;

/// How much is read at once.
const CHUNK: usize = 16 << 10;

/// A pipe may be held open by a process that has left the group. What the group wrote is in the pipe when it has ended: as soon as
/// nothing comes for so long, it is read. A process that writes for ever is not read for longer than this.
const QUIET: Duration = Duration::from_millis(50);
const LINGER: Duration = Duration::from_secs(2);

/// Reads standard output. Marked lines become progress.
pub(crate) async fn read_stdout(
    pipe: impl AsyncRead + Unpin,
    gone: watch::Receiver<bool>,
    progress: watch::Sender<Progress>,
) -> Tail {
    let mut tail = Tail::default();
    let mut marks = Marks::new();
    let report = |marks: &Marks| {
        let details = marks.details().clone();
        progress.send_replace(Progress { details });
    };
    read(pipe, gone, |bytes| {
        if marks.push(bytes, |plain| tail.push(plain)) {
            report(&marks);
        }
    })
    .await;
    if marks.finish(|plain| tail.push(plain)) {
        report(&marks);
    }
    tail
}

/// Reads standard error.
pub(crate) async fn read_stderr(pipe: impl AsyncRead + Unpin, gone: watch::Receiver<bool>) -> Tail {
    let mut tail = Tail::default();
    read(pipe, gone, |bytes| tail.push(bytes)).await;
    tail
}

/// Reads until the pipe ends or, after the group is gone, until all that it wrote is read.
async fn read(
    mut pipe: impl AsyncRead + Unpin,
    mut gone: watch::Receiver<bool>,
    mut take: impl FnMut(&[u8]),
) {
    let mut chunk = vec![0; CHUNK];
    loop {
        tokio::select! {
            read = pipe.read(&mut chunk) => match read {
                Ok(length @ 1..) => take(&chunk[..length]),
                Ok(0) | Err(_) => return,
            },
            _ = gone.wait_for(|is_gone| *is_gone) => break,
        }
    }
    let end = Instant::now() + LINGER;
    while let Ok(Ok(length @ 1..)) = timeout(QUIET, pipe.read(&mut chunk)).await {
        take(&chunk[..length]);
        if Instant::now() > end {
            return;
        }
    }
}
