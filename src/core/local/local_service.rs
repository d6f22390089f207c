//! A running local service, from the view of the program that started it: its addresses, devices, state and clock.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use crate::faults::Fault;
use crate::local::before::Before;
use crate::local::capacity::Capacity;
use crate::local::error::{DeviceError, StartError, message};
use crate::local::hosts::{self, Hosts, http_url, url_host};
use crate::local::hub::Hub;
#[cfg(test)]
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::{AdminAnswer, AdminRequest, HttpPlane, HubOrder};
use crate::local::identity::Identity;
use crate::local::kept::{DeviceOwner, KeptPair, OwnDevices, written};
use crate::local::mqtt::timing::Timing;
use crate::local::options::Options;
use crate::local::pki::{Authority, DeviceCertificate};
use crate::local::server::{Addresses, Listeners, Server};
use crate::policy::{PolicyDocument, ResourceArns};
use crate::protocol::{Partition, ThingName};
use crate::service::{
    Extras, HttpRequest, KnownPolicies, MEMBER_HEADERS, NewCertificate, Registration,
    WantedCertificate,
};

/// A policy that allows everything, for [`LocalService::create_device_with`].
pub const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iot:*","iotjobsdata:*"],"Resource":"*"}}"#;

/// A running local service. It stops when it is dropped, which closes every connection and waits a few seconds at most for
/// the thread. Methods that need an answer of the service block until it arrives, usually for less than a millisecond.
///
/// This test of a device's software creates a job, and waits until the device has reported its end:
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// # extern crate jobs_sandbox_core as jobs_sandbox;
/// use jobs_sandbox::local::{LocalService, Onlooker, Options, Treatment};
/// use serde_json::json;
///
/// let (replied, updates) = mpsc::channel();
/// let onlooker = Onlooker::new(move |message| {
///     if message.topic.ends_with("/update/accepted") {
///         let _ = replied.send(());
///     }
///     Treatment::Pass
/// });
/// let service = LocalService::start(&Options {
///     things: vec!["lamp".to_owned()],
///     onlooker: Some(onlooker),
///     ..Options::default()
/// })?;
/// let device = service.create_device()?;
/// let job = json!({
///     "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
///     "document": r#"{"operation": "blink"}"#,
/// });
/// assert_eq!(service.control("PUT", "/jobs/Job1", &job).0, 200);
///
/// // The software under test connects as to AWS; here it is a client of rumqttc with a single message.
/// use rumqttc::v5::{Client, MqttOptions, mqttbytes::QoS};
/// use rumqttc::{TlsConfiguration, Transport};
///
/// let mut options = MqttOptions::new("lamp", service.endpoint(), service.mqtt_address().port());
/// options.set_transport(Transport::Tls(TlsConfiguration::Simple {
///     ca: service.ca_pem().into(),
///     alpn: None,
///     client_auth: Some((device.certificate_pem.into(), device.private_key_pem.into())),
/// }));
/// let (client, mut connection) = Client::new(options, 10);
/// let (topic, report) = ("$aws/things/lamp/jobs/Job1/update", r#"{"status": "SUCCEEDED"}"#);
/// client.publish(topic, QoS::AtLeastOnce, false, report)?;
/// std::thread::spawn(move || connection.iter().take_while(Result::is_ok).count());
///
/// updates.recv_timeout(Duration::from_secs(10))?;
/// assert_eq!(service.state()["executions"][0]["status"], "SUCCEEDED");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalService {
    pub(crate) authority: Arc<Authority>,
    endpoint: String,
    control_url: String,
    addresses: Addresses,
    /// The devices that were made before.
    kept_devices: OwnDevices,
    /// What is to be said about the state file.
    notices: Option<UnboundedReceiver<String>>,
    orders: UnboundedSender<HubOrder>,
    /// For connections without sockets.
    #[cfg(test)]
    pub(crate) handle: HubHandle,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl LocalService {
    /// Starts the local service. When this returns, all ports accept connections. Blocks for a few milliseconds.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        Self::start_as(options, None)
    }

    /// The same with a CA and a device that were made before, if there are any.
    #[doc(hidden)]
    pub fn start_as(options: &Options, identity: Option<Identity>) -> Result<Self, StartError> {
        let capacity = Capacity::of_this_process();
        Self::start_with(options, identity, (Timing::default(), capacity))
    }

    pub(crate) fn start_with(
        options: &Options,
        identity: Option<Identity>,
        (timing, capacity): (Timing, Capacity),
    ) -> Result<Self, StartError> {
        let options = &Options {
            endpoint: hosts::normal(&options.endpoint)?,
            ..options.clone()
        };
        let hosts = Hosts::of(options)?;
        let listeners = Listeners::bind(options)?;
        let addresses = listeners.addresses();
        let control_url = http_url(options, addresses.http);
        let Before {
            service,
            authority,
            devices: kept_devices,
            settings,
            notices,
        } = Before::of(options, identity, &control_url)?;
        let authority = Arc::new(authority);
        let tls = authority.server_config(&hosts, settings.without_ca.is_known())?;
        let partition = Partition::of(&options.region).name;
        let arns = ResourceArns::in_partition(partition, &options.region, &options.account);
        let (hub, handle, orders) = Hub::new(service, Arc::clone(&authority), arns, settings);
        let (stop, stopped) = watch::channel(false);
        #[cfg(test)]
        let of_tests = handle.clone();
        let server = Server {
            listeners,
            tls,
            hosts,
            timing,
            capacity,
            hub,
            handle,
            things: options.things.clone(),
            stop: stopped,
        };
        let thread = server.start()?;
        Ok(Self {
            authority,
            endpoint: options.endpoint.clone(),
            control_url,
            addresses,
            kept_devices,
            notices,
            orders,
            #[cfg(test)]
            handle: of_tests,
            stop,
            thread: Some(thread),
        })
    }

    /// The address and port of MQTT over TLS.
    pub fn mqtt_address(&self) -> SocketAddr {
        self.addresses.mqtt
    }

    /// The address and port of HTTP, for the control plane and the data plane of devices.
    pub fn http_address(&self) -> SocketAddr {
        self.addresses.http
    }

    /// The address and port of HTTPS, for the data plane of devices with their certificate: `GET /things/lamp/jobs` and the
    /// like. The policies of the certificate must allow the actions of `iotjobsdata`. A client that asks for `x-amzn-mqtt-ca`
    /// by ALPN speaks MQTT there.
    pub fn https_address(&self) -> SocketAddr {
        self.addresses.https
    }

    /// The address and port of management; `None` unless [`Options::admin_port`] is given.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.addresses.admin
    }

    /// The URL of the control plane, for the environment variable `AWS_ENDPOINT_URL_IOT`: with the address that the service
    /// listens on, or with the endpoint if it has names or listens on all addresses.
    pub fn control_url(&self) -> String {
        self.control_url.clone()
    }

    /// The URL of HTTPS, with the endpoint: `https://localhost:8443`, for paths such as `/things/lamp/jobs`.
    pub fn https_url(&self) -> String {
        format!(
            "https://{}:{}",
            url_host(&self.endpoint),
            self.addresses.https.port()
        )
    }

    /// The host to connect to, as in [`Options::endpoint`].
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The certificate of the CA that clients must trust, as PEM. Each service has a new one, unless it keeps its state.
    pub fn ca_pem(&self) -> String {
        self.authority.certificate_pem()
    }

    /// The private key of the CA, as PEM.
    #[doc(hidden)]
    pub fn ca_key_pem(&self) -> String {
        self.authority.private_key_pem()
    }

    /// Creates a device certificate that is active and has a policy that allows everything.
    pub fn create_device(&self) -> Result<DeviceCertificate, DeviceError> {
        self.create_device_with(&[], &[("everything", EVERYTHING)])
    }

    /// Creates a device certificate that is active, attached to these things, and has these policies, given by name and
    /// document. Things and policies that do not exist are created. A policy that exists must have the same document.
    pub fn create_device_with(
        &self,
        things: &[&str],
        policies: &[(&str, &str)],
    ) -> Result<DeviceCertificate, DeviceError> {
        for thing in things {
            let path = format!("/things/{}", utf8_percent_encode(thing, NON_ALPHANUMERIC));
            let (status, refusal) = self.control("GET", &path, &Value::Null);
            if status == 400 {
                return Err(DeviceError::Refused(message(&refusal)));
            }
        }
        let device = self.authority.create_device()?;
        self.register(&device, (things, policies), KnownPolicies::Refuse, None)?;
        Ok(device)
    }

    /// The same for the device that a program sets up for itself or its clients: the one that it made before, if there is one.
    #[doc(hidden)]
    pub fn own_device(
        &self,
        owner: DeviceOwner,
        things: &[&str],
        policies: &[(&str, &str)],
        known: KnownPolicies,
    ) -> Result<DeviceCertificate, DeviceError> {
        let mut kept = self.kept_devices.iter();
        let device = match kept.find(|(of, _)| *of == owner) {
            Some((_, device)) => device.clone(),
            None => self.authority.create_device()?,
        };
        let record = (owner.key(), written(&KeptPair::of_device(&device)));
        self.register(&device, (things, policies), known, Some(record))?;
        Ok(device)
    }

    fn register(
        &self,
        device: &DeviceCertificate,
        (things, policies): (&[&str], &[(&str, &str)]),
        known: KnownPolicies,
        record: Option<(&'static str, Box<str>)>,
    ) -> Result<(), DeviceError> {
        for (name, text) in policies {
            PolicyDocument::parse(text).map_err(|source| DeviceError::Policy {
                name: (*name).to_owned(),
                source,
            })?;
        }
        let things = things.iter().map(|thing| {
            ThingName::new(thing).map_err(|error| DeviceError::Thing {
                thing: (*thing).to_owned(),
                error,
            })
        });
        let things = things.collect::<Result<_, _>>()?;
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let certificate = NewCertificate {
            // The service does not need the private key.
            private_key_pem: String::new(),
            ..device.clone().into_new()
        };
        let registration = Arc::new(Registration {
            certificate,
            policies: policies.iter().map(owned).collect(),
            known,
            things,
        });
        let registered = self.order(|answer| HubOrder::RegisterDevice {
            registration,
            record,
            answer,
        });
        registered
            .ok_or(DeviceError::Stopped)?
            .map_err(DeviceError::Refused)
    }

    /// What is to be said about the state file, such as that it cannot be written; `None` without one, and after the first
    /// call.
    #[doc(hidden)]
    pub fn take_notices(&mut self) -> Option<UnboundedReceiver<String>> {
        self.notices.take()
    }

    /// Moves the clock of the service ahead, by any time. Everything that is due by then has happened when this returns.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # extern crate jobs_sandbox_core as jobs_sandbox;
    /// use jobs_sandbox::local::{ClockMode, LocalService, Options};
    /// use serde_json::{Value, json};
    ///
    /// let service = LocalService::start(&Options {
    ///     things: vec!["lamp".to_owned()],
    ///     clock: ClockMode::Manual,
    ///     ..Options::default()
    /// })?;
    /// let job = json!({
    ///     "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
    ///     "document": "{}",
    ///     "timeoutConfig": {"inProgressTimeoutInMinutes": 10},
    /// });
    /// assert_eq!(service.control("PUT", "/jobs/Job1", &job).0, 200);
    /// // A device starts the job, and reports nothing more.
    /// assert_eq!(service.data("PUT", "/things/lamp/jobs/$next", &json!({})).0, 200);
    /// service.advance_clock(Duration::from_mins(10));
    /// let (_, execution) = service.control("GET", "/things/lamp/jobs/Job1", &Value::Null);
    /// assert_eq!(execution["execution"]["status"], "TIMED_OUT");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance_clock(&self, by: Duration) {
        // Fails only if the service has stopped.
        let _ = self.admin(AdminRequest::Advance(by));
    }

    /// The state of the service, as `GET /state` of the management port returns it: things, jobs, executions, certificates,
    /// connections, faults and the time. Null if the service has stopped.
    pub fn state(&self) -> Value {
        self.admin(AdminRequest::State).unwrap_or_default()
    }

    /// Restores the initial state. Keeps only the things of [`Options::things`] and the devices that
    /// [`LocalService::create_device`] and [`LocalService::create_device_with`] created, ends all faults, closes every
    /// connection and sets the clock back: to the system's time, or to that of the start if it stands still.
    pub fn reset(&self) {
        // Fails only if the service has stopped.
        let _ = self.admin(AdminRequest::Reset);
    }

    /// Adds a fault, which hits messages of the job service from now on. At most 100 are active at a time. The error
    /// describes what is wrong with the fault, or that the service has stopped.
    ///
    /// ```
    /// # extern crate jobs_sandbox_core as jobs_sandbox;
    /// # use jobs_sandbox::local::{Fault, FaultKind, FaultTarget, LocalService, Options};
    /// # let service = LocalService::start(&Options::default())?;
    /// // One of ten replies is lost, the same ones in every run.
    /// service.add_fault(Fault {
    ///     rate: 0.1,
    ///     of: Some(FaultTarget::Replies),
    ///     ..Fault::new(FaultKind::Drop)
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_fault(&self, fault: Fault) -> Result<(), String> {
        self.admin(AdminRequest::AddFault(fault)).map(|_| ())
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        // Fails only if the service has stopped.
        let _ = self.admin(AdminRequest::ClearFaults);
    }

    /// Sends a request to the control plane, without HTTP and without a signature. Returns the status and the body, which is
    /// null if it is empty; the status is 503 if the service has stopped.
    ///
    /// `path` is percent-encoded and may have a query; a null `body` means no body. AWS's API reference lists method and
    /// path of each operation, such as `PUT /jobs/Job1` for CreateJob:
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.control_with_headers(method, path, &[], body)
    }

    /// The same for an operation that also has members in headers, such as `x-amzn-principal` of AttachThingPrincipal:
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html>.
    pub fn control_with_headers(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> (u16, Value) {
        let request = HttpRequest::new(method, path, body);
        let wanted = WantedCertificate::of(&request);
        let members = MEMBER_HEADERS.into_iter().filter_map(|member| {
            let is_member = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(member);
            let (_, value) = headers.iter().find(is_member)?;
            Some((member, (*value).to_owned()))
        });
        let extras = Extras {
            certificate: wanted.map(|wanted| self.authority.provide(&wanted)),
            headers: members.collect(),
        };
        self.http(HttpPlane::Control, request, extras)
    }

    /// Sends a request to the data plane, as a device does over HTTP; otherwise as [`LocalService::control`].
    ///
    /// `path` is one such as `/things/lamp/jobs/$next`:
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-http-device-api.html>.
    pub fn data(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = HttpRequest::new(method, path, body);
        self.http(HttpPlane::JobsData, request, Extras::default())
    }

    fn http(&self, plane: HttpPlane, request: HttpRequest, extras: Extras) -> (u16, Value) {
        let order = |answer| HubOrder::Http {
            plane,
            request,
            extras,
            answer,
        };
        match self.order(order) {
            Some(response) => (
                response.status,
                serde_json::from_slice(&response.body).unwrap_or_default(),
            ),
            None => (503, Value::Null),
        }
    }

    /// Waits until the service ends by itself, which only happens after a fault of its own.
    #[doc(hidden)]
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let orders = self.orders.clone();
        async move { orders.closed().await }
    }

    /// Makes the task of the hub panic.
    #[cfg(test)]
    pub(crate) fn panic(&self) {
        let _ = self.orders.send(HubOrder::Panic);
    }

    fn admin(&self, request: AdminRequest) -> AdminAnswer {
        self.order(|answer| HubOrder::Admin { request, answer })
            .unwrap_or_else(|| Err("the local service has stopped".to_owned()))
    }

    /// Sends an order to the hub and waits for the answer; `None` if the service has stopped.
    fn order<T>(&self, order: impl FnOnce(SyncSender<T>) -> HubOrder) -> Option<T> {
        let (answer, answered) = sync_channel(1);
        let _ = self.orders.send(order(answer));
        answered.recv().ok()
    }
}

impl Drop for LocalService {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been printed.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for LocalService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalService")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
