//! A client that does not read: what waits for it, and how its connection ends.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::broker::{BrokerOutput, ClientIdentity, ConnectionId, Delivery, MqttMessage, Refusal};
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::HubInput;
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::timing::Timing;
use crate::local::outputs::OutputSender;
use crate::local::pki::Authority;
use crate::local::tests::soon;
use crate::local::tests::wire::{V3, connect};

const MESSAGES: usize = 100;

/// A connection whose hub is the test.
struct Slow {
    client: DuplexStream,
    task: JoinHandle<()>,
    inputs: mpsc::Receiver<HubInput>,
    outputs: OutputSender,
    message: Arc<MqttMessage>,
}

impl Slow {
    /// A client that has read its CONNACK, and for which many messages then wait.
    async fn new() -> Self {
        let (sender, mut inputs) = mpsc::channel(10);
        let authority = Arc::new(Authority::new().expect("a CA"));
        let hub = HubHandle::new(sender, authority);
        let (mut client, server) = tokio::io::duplex(1024);
        let peer = ClientIdentity {
            client_id: String::new(),
            certificate_id: "0".to_owned(),
            origin: Arc::default(),
        };
        let connection = MqttConnection::new(server, ConnectionId(1), peer, hub, Timing::default());
        let task = tokio::spawn(connection.run());
        client
            .write_all(&connect(V3, "slow"))
            .await
            .expect("written");
        let Some(HubInput::Connect { outputs, .. }) = soon("a CONNECT", inputs.recv()).await else {
            panic!("no CONNECT");
        };
        let connack = BrokerOutput::Connack {
            session_present: false,
            assigned_client_id: None,
            session_expiry_s: None,
        };
        outputs.send(connack).expect("room");
        let read = soon("a CONNACK", client.read_exact(&mut [0; 4])).await;
        read.expect("a CONNACK");
        let message = Arc::new(MqttMessage {
            topic: "t".to_owned(),
            payload: vec![0; 128 * 1024].into(),
            ..MqttMessage::default()
        });
        for _ in 0..MESSAGES {
            let delivery = Delivery {
                message: Arc::clone(&message),
                packet_id: None,
                dup: false,
                is_repeat: false,
                retain: false,
                expiry_s: None,
            };
            outputs.send(BrokerOutput::Deliver(delivery)).expect("room");
        }
        // The connection takes what it wants to.
        for _ in 0..10 * MESSAGES {
            tokio::task::yield_now().await;
        }
        Self {
            client,
            task,
            inputs,
            outputs,
            message,
        }
    }

    /// How many messages the connection has not copied yet.
    fn waiting(&self) -> usize {
        Arc::strong_count(&self.message) - 1
    }
}

#[tokio::test]
async fn messages_are_copied_for_a_client_when_it_reads() {
    let mut slow = Slow::new().await;
    // A mebibyte, and the message that exceeds it.
    assert!(slow.waiting() >= MESSAGES - 9, "{}", slow.waiting());
    let bytes = MESSAGES * (128 * 1024 + 7);
    let mut got = vec![0; bytes];
    let read = soon("all messages", slow.client.read_exact(&mut got)).await;
    read.expect("all messages");
    assert_eq!(slow.waiting(), 0);
    drop(slow.client);
    soon("the end", slow.task).await.expect("it ends well");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_all_the_same() {
    for refusal in [None, Some(Refusal::SessionTakenOver)] {
        let mut slow = Slow::new().await;
        if let Some(refusal) = refusal {
            let sent = slow.outputs.send(BrokerOutput::Close(refusal));
            sent.expect("room");
        }
        drop(slow.outputs);
        let gone = soon("the end", slow.inputs.recv()).await;
        assert!(matches!(gone, Some(HubInput::Gone { .. })), "{gone:?}");
        soon("the end", slow.task).await.expect("it ends well");
        assert_eq!(Arc::strong_count(&slow.message), 1, "{refusal:?}");
    }
}
