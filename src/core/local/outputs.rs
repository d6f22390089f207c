//! The queue of outputs from the hub to one connection: limited by bytes, not by number. Bytes count until the socket has
//! taken them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc};

use crate::broker::BrokerOutput;

/// The most bytes that wait for one connection; a client that exceeds this is too slow and is disconnected. A single input
/// may cause the events of a hundred thousand things, and one client may watch them all.
pub(crate) const OUTPUT_BYTES_MAX: usize = 64 << 20;

/// Why an output was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// Too many bytes wait for the connection.
    Full,
    /// The connection has ended.
    Gone,
}

/// The waiting bytes, as both ends count them.
#[derive(Debug, Default)]
struct Waiting {
    /// Sent by the hub, not yet received by the connection.
    sent: AtomicUsize,
    /// Received by the connection, not yet written to the socket.
    unwritten: AtomicUsize,
    /// The hub has ended the connection.
    end: Notify,
}

/// The hub's end. When it is dropped, the connection ends.
#[derive(Debug)]
pub(crate) struct OutputSender {
    outputs: mpsc::UnboundedSender<BrokerOutput>,
    waiting: Arc<Waiting>,
}

impl Drop for OutputSender {
    fn drop(&mut self) {
        self.waiting.end.notify_one();
    }
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct OutputReceiver {
    outputs: mpsc::UnboundedReceiver<BrokerOutput>,
    waiting: Arc<Waiting>,
}

pub(crate) fn channel() -> (OutputSender, OutputReceiver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(Waiting::default());
    let sender = OutputSender {
        outputs: sender,
        waiting: Arc::clone(&waiting),
    };
    let receiver = OutputReceiver {
        outputs: receiver,
        waiting,
    };
    (sender, receiver)
}

impl OutputSender {
    pub(crate) fn send(&self, output: BrokerOutput) -> Result<(), Unsent> {
        let Waiting {
            sent, unwritten, ..
        } = &*self.waiting;
        let bytes = output.bytes();
        let waiting = sent.load(Ordering::Relaxed) + unwritten.load(Ordering::Relaxed);
        if waiting + bytes > OUTPUT_BYTES_MAX {
            return Err(Unsent::Full);
        }
        sent.fetch_add(bytes, Ordering::Relaxed);
        self.outputs.send(output).map_err(|_| Unsent::Gone)
    }
}

impl OutputReceiver {
    /// Waits for the next output, if the connection takes one now; `None` if the hub has ended the connection.
    pub(crate) async fn recv(&mut self, takes: bool) -> Option<BrokerOutput> {
        if !takes {
            self.waiting.end.notified().await;
            return None;
        }
        let output = self.outputs.recv().await?;
        Some(self.received(output))
    }

    /// The next output, if one is waiting.
    pub(crate) fn try_recv(&mut self) -> Option<BrokerOutput> {
        let output = self.outputs.try_recv().ok()?;
        Some(self.received(output))
    }

    /// Notes that this many bytes wait to be written.
    pub(crate) fn note_unwritten(&self, bytes: usize) {
        self.waiting.unwritten.store(bytes, Ordering::Relaxed);
    }

    fn received(&self, output: BrokerOutput) -> BrokerOutput {
        let bytes = output.bytes();
        self.waiting.sent.fetch_sub(bytes, Ordering::Relaxed);
        output
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::broker::{Delivery, MqttMessage};

    fn output() -> BrokerOutput {
        let message = MqttMessage {
            payload: vec![0; 100 * 1024].into(),
            ..MqttMessage::default()
        };
        BrokerOutput::Deliver(Delivery {
            message: Arc::new(message),
            packet_id: None,
            dup: false,
            is_repeat: false,
            retain: false,
            expiry_s: None,
        })
    }

    #[test]
    fn bytes_count_until_the_socket_has_taken_them() {
        let (sender, mut receiver) = channel();
        let bytes = output().bytes();
        let fit = OUTPUT_BYTES_MAX / bytes;
        for _ in 0..fit {
            assert_eq!(sender.send(output()), Ok(()));
        }
        assert_eq!(sender.send(output()), Err(Unsent::Full));
        // Received, but not written.
        while receiver.try_recv().is_some() {}
        receiver.note_unwritten(fit * bytes);
        assert_eq!(sender.send(output()), Err(Unsent::Full));
        receiver.note_unwritten((fit - 1) * bytes);
        assert_eq!(sender.send(output()), Ok(()));
        assert_eq!(sender.send(output()), Err(Unsent::Full));
        drop(receiver);
        let (sender, receiver) = channel();
        drop(receiver);
        assert_eq!(sender.send(output()), Err(Unsent::Gone));
    }
}
