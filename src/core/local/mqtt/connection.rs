//! One MQTT connection: bytes to inputs of the hub, and outputs of the hub to bytes.

use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait as _, Packet};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use mqtt_protocol_core::mqtt::{self, common::Cursor, role};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf,
};
use tokio::time::{Instant, sleep_until, timeout};

use crate::broker::{BrokerOutput, ClientIdentity, ConnectionId, Delivery, Refusal, Version};
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::HubInput;
use crate::local::mqtt::decode::{Decoded, Greeting, decode};
use crate::local::mqtt::encode::{PACKET_BYTES_MAX, Reasons, disconnect, encode, words};
use crate::local::mqtt::guard::{
    Extent, acknowledged, extent, first_packet, has_valid_flags, soften,
};
use crate::local::mqtt::presence::Presence;
use crate::local::mqtt::timing::{Timing, keep_alive_s};
use crate::local::outputs::{self, OutputReceiver, OutputSender};

/// How many bytes are read at a time from a client that sends a lot.
const READ_BYTES: usize = 4096;

/// The read buffer of an idle connection, in bytes. It is small because there may be thousands.
const READ_BYTES_IDLE: usize = 512;

/// How much capacity of the write buffer a connection keeps.
const UNWRITTEN_IDLE: usize = 64 * 1024;

/// How many unwritten bytes pause reading from the client, and taking outputs: messages that many clients wait for are in
/// memory once until they are taken.
const UNWRITTEN_PAUSE: usize = 1024 * 1024;

/// The phase of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client must send a CONNECT.
    Connect,
    /// The hub must answer the CONNECT; nothing is read.
    Connack,
    Open,
    /// Only the waiting bytes are still written.
    Closing,
}

/// One connection, between its socket (TLS, or a stand-in in tests) and the hub.
pub(crate) struct MqttConnection<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    presence: Presence,
    /// The identity without a client id, until the CONNECT.
    peer: Option<Box<ClientIdentity>>,
    timing: Timing,
    core: mqtt::Connection<role::Server>,
    phase: Phase,
    /// Known from the CONNECT on.
    version: Version,
    keep_alive_s: u16,
    reasons: Reasons,
    /// When the next packet of the client must have arrived.
    deadline: Instant,
    /// Received, not yet handled.
    input: Vec<u8>,
    /// The size of the next read, in bytes.
    read_bytes: usize,
    /// Bytes to write, from `written` on.
    unwritten: Vec<u8>,
    written: usize,
    /// Messages that are too large for this client; they count as acknowledged.
    discarded: Vec<Delivery>,
}

impl<S: AsyncRead + AsyncWrite> MqttConnection<S> {
    /// A connection whose client has shown a certificate that gets in.
    pub(crate) fn new(
        stream: S,
        id: ConnectionId,
        peer: ClientIdentity,
        hub: HubHandle,
        timing: Timing,
    ) -> Self {
        let options = ConnectionOptions::new().maximum_packet_size_recv(PACKET_BYTES_MAX);
        let mut core = mqtt::Connection::with_options(mqtt::Version::Undetermined, options);
        core.set_auto_ping_response(true);
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader,
            writer,
            presence: Presence::new(id, hub),
            peer: Some(Box::new(peer)),
            timing,
            core,
            phase: Phase::Connect,
            version: Version::V3,
            keep_alive_s: 0,
            reasons: Reasons::default(),
            deadline: Instant::now() + timing.greeting,
            input: Vec::new(),
            read_bytes: READ_BYTES_IDLE,
            unwritten: Vec::new(),
            written: 0,
            discarded: Vec::new(),
        }
    }

    /// Serves the client until either side ends it.
    pub(crate) async fn run(mut self) {
        // The hub gets the only sender, so that it ends this connection by dropping it.
        let (sender, mut outputs) = outputs::channel();
        let mut sender = Some(sender);
        while self.phase != Phase::Closing {
            let reads = matches!(self.phase, Phase::Connect | Phase::Open)
                && self.unwritten.len() < UNWRITTEN_PAUSE;
            let is_greeted = self.phase != Phase::Connect;
            let takes = self.unwritten.len() < UNWRITTEN_PAUSE;
            outputs.note_unwritten(self.unwritten.len() - self.written);
            if reads {
                self.input.reserve(self.read_bytes);
            }
            tokio::select! {
                biased;
                result = flush(&mut self.writer, &self.unwritten, &mut self.written),
                    if !self.unwritten.is_empty() =>
                {
                    if result.is_err() {
                        break;
                    }
                    self.empty_unwritten();
                }
                output = outputs.recv(takes), if is_greeted => match output {
                    Some(output) => {
                        self.send_all(&output, &mut outputs);
                        self.report_discarded().await;
                        // Input may have waited for the CONNACK.
                        Box::pin(self.process(&mut sender)).await;
                    }
                    None => self.end_slow(&mut outputs),
                },
                result = self.reader.read_buf(&mut self.input), if reads => match result {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {
                        let is_full = self.input.len() == self.input.capacity();
                        // On the heap, so that an idle connection does not reserve the memory.
                        Box::pin(self.process(&mut sender)).await;
                        self.make_room(is_full);
                    }
                },
                () = sleep_until(self.deadline) => {
                    self.time_out();
                }
            }
        }
        self.finish().await;
    }

    /// The hub has ended the connection, and logged it. A client that has a lot to read only gets the reason.
    fn end_slow(&mut self, outputs: &mut OutputReceiver) {
        while let Some(output) = outputs.try_recv() {
            if matches!(output, BrokerOutput::Close(_)) {
                self.send(&output);
            }
        }
        if self.phase != Phase::Closing {
            self.send(&BrokerOutput::Close(Refusal::QuotaExceeded));
        }
    }

    /// Reports the end to the hub and closes the socket.
    async fn finish(&mut self) {
        self.presence.end();
        let goodbye = self.timing.goodbye;
        let _ = timeout(goodbye, self.say_goodbye()).await;
    }

    /// Enlarges the read buffer if the client filled it, and shrinks it otherwise.
    fn make_room(&mut self, is_full: bool) {
        self.read_bytes = if is_full { READ_BYTES } else { READ_BYTES_IDLE };
        if !is_full && self.input.is_empty() && self.input.capacity() > READ_BYTES_IDLE {
            self.input = Vec::new();
        }
    }

    /// Writes the waiting bytes and closes the connection; then reads until the client closes it, because closing a socket
    /// with unread input would discard the written bytes.
    async fn say_goodbye(&mut self) -> std::io::Result<()> {
        flush(&mut self.writer, &self.unwritten, &mut self.written).await?;
        self.writer.shutdown().await?;
        let mut sink = [0; 1024];
        while self.reader.read(&mut sink).await? > 0 {}
        Ok(())
    }

    /// Handles the complete packets.
    async fn process(&mut self, outputs: &mut Option<OutputSender>) {
        let mut input = std::mem::take(&mut self.input);
        let mut handled = 0;
        while matches!(self.phase, Phase::Connect | Phase::Open) {
            let rest = &mut input[handled..];
            let extent = match self.phase {
                Phase::Connect => first_packet(rest),
                _ => extent(rest, PACKET_BYTES_MAX as usize),
            };
            let length = match extent {
                Extent::Incomplete => break,
                Extent::Complete(length) => length,
                Extent::Wrong if self.phase == Phase::Connect => {
                    self.phase = Phase::Closing;
                    self.note_end("its first packet is not a CONNECT of MQTT of at most 128 KB");
                    break;
                }
                // The library says what is wrong with it.
                Extent::Wrong => rest.len(),
            };
            self.process_packet(&mut rest[..length], outputs).await;
            handled += length;
        }
        self.input = input;
        self.input.drain(..handled);
    }

    /// Handles a complete packet.
    async fn process_packet(&mut self, packet: &mut [u8], outputs: &mut Option<OutputSender>) {
        if !has_valid_flags(packet) {
            return self.close(Refusal::MalformedPacket);
        }
        if self.phase == Phase::Connect {
            soften(packet);
        } else if let Some(packet_id) = acknowledged(packet)
            && self.is_unknown(packet_id)
        {
            self.extend_deadline();
            let id = self.presence.id;
            // If the hub has stopped, the connection ends anyway.
            let _ = self
                .presence
                .hub
                .send(HubInput::Puback { id, packet_id })
                .await;
            return;
        }
        let mut cursor = Cursor::new(&*packet);
        for event in self.core.recv(&mut cursor) {
            self.handle_event(event, outputs).await;
        }
    }

    /// Whether no message with this packet id was sent on this connection. One that was resent may be acknowledged twice, and
    /// one of an earlier connection late.
    // GUESS: such a PUBACK only counts for the session, because neither MQTT nor AWS says what it means. The library would end
    // the connection.
    fn is_unknown(&mut self, packet_id: u16) -> bool {
        let is_free = self.core.register_packet_id(packet_id).is_ok();
        if is_free {
            self.core.release_packet_id(packet_id);
        }
        is_free
    }

    async fn handle_event(&mut self, event: Event, outputs: &mut Option<OutputSender>) {
        match event {
            Event::NotifyPacketReceived(packet) => {
                // Packets after the end are ignored.
                if self.phase != Phase::Closing
                    && self.handle_packet(&packet, outputs).await.is_err()
                {
                    self.phase = Phase::Closing;
                }
            }
            Event::RequestSendPacket { packet, .. } => {
                // The library acknowledges a repeated QoS 2 message; AWS never does. It answers a malformed CONNECT of 3.1.1 with
                // a CONNACK, which the protocol forbids (3.1.4) and which would call the client not authorized.
                let is_wrong = matches!(
                    packet,
                    Packet::V3_1_1Pubrec(_) | Packet::V5_0Pubrec(_) | Packet::V3_1_1Connack(_)
                );
                if !is_wrong {
                    self.write(packet);
                }
            }
            Event::NotifyError(error) => {
                if error == MqttError::UnsupportedProtocolVersion {
                    // The library sends nothing here; 3.1.1 has a return code for it, which clients of level 3 also
                    // understand.
                    self.unwritten.extend(UNACCEPTABLE_PROTOCOL_VERSION);
                }
                self.note_end(&words(&error.to_string()));
                // The library does not request a close after every error.
                self.phase = Phase::Closing;
            }
            Event::RequestClose => self.phase = Phase::Closing,
            // Keep-alive is counted here, because AWS limits the client's value; packet ids are managed by the session.
            Event::NotifyPacketIdReleased(_)
            | Event::RequestTimerReset { .. }
            | Event::RequestTimerCancel(_) => {}
        }
    }

    async fn handle_packet(
        &mut self,
        packet: &Packet,
        outputs: &mut Option<OutputSender>,
    ) -> Result<(), ()> {
        if self.phase == Phase::Open {
            self.extend_deadline();
        }
        match decode(packet, self.presence.id, &mut self.peer) {
            Decoded::Connect(greeting) => self.greeted(greeting, outputs.take()).await,
            Decoded::Input(input) => self.presence.hub.send(input).await,
            Decoded::Pingreq => Ok(()),
            Decoded::Disconnect(end) => {
                self.presence.kind = end;
                Err(())
            }
            Decoded::Refused(refusal) => {
                self.close(refusal);
                Ok(())
            }
        }
    }

    async fn greeted(
        &mut self,
        greeting: Greeting,
        outputs: Option<OutputSender>,
    ) -> Result<(), ()> {
        self.version = greeting.connect.version;
        self.keep_alive_s = keep_alive_s(greeting.keep_alive_s);
        self.reasons = greeting.reasons;
        self.phase = Phase::Connack;
        self.extend_deadline();
        if let Some(refusal) = greeting.refusal {
            self.note_end(&refusal.text());
            self.send(&BrokerOutput::Refuse(refusal));
            return Ok(());
        }
        let connect = Box::new(greeting.connect);
        let id = self.presence.id;
        let input = HubInput::Connect {
            id,
            connect,
            outputs: outputs.ok_or(())?,
        };
        self.presence.hub.send(input).await
    }

    /// Writes an output and all waiting ones at once, so that, above all, an acknowledgement and the reply go out together.
    fn send_all(&mut self, output: &BrokerOutput, outputs: &mut OutputReceiver) {
        self.send(output);
        while self.phase != Phase::Closing
            && self.unwritten.len() < UNWRITTEN_PAUSE
            && let Some(output) = outputs.try_recv()
        {
            self.send(&output);
        }
    }

    fn send(&mut self, output: &BrokerOutput) {
        if let BrokerOutput::Deliver(delivery) = output
            && let Some(packet_id) = delivery.packet_id
        {
            let is_free = self.core.register_packet_id(packet_id).is_ok();
            if delivery.is_repeat && !is_free {
                return self.repeat(output);
            }
            if !is_free {
                return self.close(Refusal::ProtocolError);
            }
        }
        let events = match encode(self.version, self.keep_alive_s, output) {
            Ok(Some(packet)) => self.core.send(self.reasons.fit(packet)),
            Ok(None) => Vec::new(),
            Err(_) => vec![Event::NotifyError(MqttError::PacketConversionFailed)],
        };
        let mut is_sent = true;
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.write(packet),
                Event::NotifyError(_) => is_sent = false,
                _ => {}
            }
        }
        match output {
            BrokerOutput::Refuse(_) | BrokerOutput::Close(_) => self.phase = Phase::Closing,
            BrokerOutput::Connack { .. } if is_sent => self.phase = Phase::Open,
            // Larger than the client accepts: "the Server MUST discard it and behave as if it had completed sending".
            BrokerOutput::Deliver(delivery) if !is_sent => {
                if let Some(packet_id) = delivery.packet_id {
                    self.core.release_packet_id(packet_id);
                }
                self.discarded.push(delivery.clone());
            }
            _ if !is_sent => self.phase = Phase::Closing,
            _ => {}
        }
    }

    /// Bypasses the library, which does not resend a message on the same connection.
    fn repeat(&mut self, output: &BrokerOutput) {
        if let Ok(Some(packet)) = encode(self.version, self.keep_alive_s, output) {
            self.write(packet);
        }
    }

    /// Ends the connection from this side, with the reason if the version has a packet for it.
    fn close(&mut self, refusal: Refusal) {
        self.note_end(&refusal.text());
        self.send(&BrokerOutput::Close(refusal));
    }

    /// Nothing has come from the client in time.
    fn time_out(&mut self) {
        if self.phase == Phase::Open {
            let seconds = self.keep_alive_s;
            self.note_end(&format!(
                "nothing has come from it for 1.5 times its keep-alive of {seconds} s"
            ));
            return self.close(Refusal::KeepAliveTimeout);
        }
        if self.phase == Phase::Connect {
            let seconds = self.timing.greeting.as_secs();
            self.note_end(&format!("it has not sent a CONNECT within {seconds} s"));
        }
        self.phase = Phase::Closing;
    }

    /// Why this side ends the connection, for the log; the first reason counts.
    fn note_end(&mut self, why: &str) {
        self.presence.kind.why.get_or_insert_with(|| why.into());
    }

    async fn report_discarded(&mut self) {
        for delivery in std::mem::take(&mut self.discarded) {
            let id = self.presence.id;
            let discarded = HubInput::Discarded { id, delivery };
            if self.presence.hub.send(discarded).await.is_err() {
                self.phase = Phase::Closing;
            }
        }
    }

    fn write(&mut self, packet: Packet) {
        // The moved part is at most as long as the bytes that were written since the last move.
        if self.written > READ_BYTES && self.written * 2 > self.unwritten.len() {
            self.unwritten.drain(..self.written);
            self.written = 0;
        }
        for slice in self.reasons.fit(with_reason(packet)).to_buffers() {
            self.unwritten.extend_from_slice(&slice);
        }
    }

    /// Everything has been written; the memory that many events needed is freed.
    fn empty_unwritten(&mut self) {
        self.written = 0;
        self.unwritten.clear();
        self.unwritten.shrink_to(UNWRITTEN_IDLE);
    }

    /// The connection ends after 1.5 times the keep-alive without a packet (MQTT 5, 3.1.2.10).
    fn extend_deadline(&mut self) {
        let keep_alive = self.timing.keep_alive_second * u32::from(self.keep_alive_s);
        self.deadline = Instant::now() + keep_alive * 3 / 2;
    }
}

/// CONNACK of MQTT 3.1.1 with return code 1.
const UNACCEPTABLE_PROTOCOL_VERSION: [u8; 4] = [0x20, 2, 0, 1];

/// The library's own DISCONNECT has no Reason String, and some clients ignore it then.
fn with_reason(packet: Packet) -> Packet {
    if let Packet::V5_0Disconnect(packet) = &packet
        && packet.props().as_ref().is_none_or(Vec::is_empty)
        && let Some(code) = packet.reason_code()
        && let Ok(with_reason) = disconnect(code, &words(&code.to_string()))
    {
        return with_reason.into();
    }
    packet
}

/// Writes from `written` on, and updates `written`, so that writing can be cancelled and resumed.
async fn flush(
    writer: &mut WriteHalf<impl AsyncWrite>,
    bytes: &[u8],
    written: &mut usize,
) -> std::io::Result<()> {
    while let Some(rest) = bytes.get(*written..)
        && !rest.is_empty()
    {
        *written += writer.write(rest).await?;
    }
    // Otherwise TLS keeps the last record.
    writer.flush().await
}
