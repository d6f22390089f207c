//! Services that run on this machine and can be joined from another terminal: each has a file in a folder that is locked while
//! it runs.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::local::LocalService;
use crate::serve::error::ServeError;
use crate::serve::leftovers::{self, LOCK_FILE};
use crate::serve::private_folder::PrivateFolder;

/// What describes a service, or one that has joined it.
const FILE: &str = "join.json";

/// The CA of the service.
const CA_FILE: &str = "join-ca.pem";

/// What runs a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Runner {
    /// A session, whose service ends with it.
    Session,
    /// An agent, likewise.
    Agent,
    Serve,
}

/// How to reach a service from this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Joinable {
    pub name: String,
    pub runner: Runner,
    /// The things whose connections others must not take over.
    pub things: Vec<String>,
    pub mqtt: SocketAddr,
    pub http: SocketAddr,
    pub region: String,
    pub account: String,
}

/// What is in the folder of a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Presence {
    Service(Joinable),
    /// A thing that has joined the service at this address, which a service that keeps its state has also after a restart.
    Thing {
        mqtt: SocketAddr,
        thing: String,
    },
}

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    pub joinable: Joinable,
    folder: PathBuf,
    /// The things that have joined it.
    pub joined: Vec<String>,
}

impl Joinable {
    /// A service under the name of its first thing, which is made different from the names of others that run.
    pub fn new(
        local: &LocalService,
        runner: Runner,
        things: &[String],
        (region, account): (&str, &str),
    ) -> Self {
        Self {
            name: things.first().cloned().unwrap_or_default(),
            runner,
            things: things.to_vec(),
            mqtt: from_here(local.mqtt_address()),
            http: from_here(local.http_address()),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    /// Lets others find it, in a folder that lives as long as the service. Returns its name.
    pub fn offer(
        mut self,
        local: &LocalService,
        folder: &PrivateFolder,
    ) -> Result<String, ServeError> {
        let others = running(folder.path());
        let is_taken = |name: &str| others.iter().any(|other| other.joinable.name == name);
        let names = (1..).map(|number| match number {
            1 => self.name.clone(),
            number => format!("{}-{number}", self.name),
        });
        self.name = names
            .into_iter()
            .find(|name| !is_taken(name))
            .unwrap_or_default();
        folder.write(CA_FILE, &local.ca_pem())?;
        let name = self.name.clone();
        write(folder, &Presence::Service(self))?;
        Ok(name)
    }
}

impl Running {
    /// Lets others know that a thing has joined, from a folder that lives as long as its connection.
    pub fn join_as(&self, folder: &PrivateFolder, thing: &str) -> Result<(), ServeError> {
        let (mqtt, thing) = (self.joinable.mqtt, thing.to_owned());
        write(folder, &Presence::Thing { mqtt, thing })
    }

    pub fn ca_file(&self) -> PathBuf {
        self.folder.join(CA_FILE)
    }

    /// Waits until it has ended.
    pub fn wait(&self) {
        // Without the file, or if the system cannot lock it, it has ended.
        if let Ok(lock) = File::open(self.folder.join(LOCK_FILE)) {
            let _ = lock.lock_shared();
        }
    }

    /// What runs at its address now, seen from the folder of this program: itself, or a `serve` that was restarted.
    pub fn at_its_address(&self, own: &Path) -> Option<Self> {
        let mut all = running(own).into_iter();
        all.find(|other| other.joinable.http == self.joinable.http)
    }
}

/// The services that run, by their names, seen from a folder of this program.
pub fn running(own: &Path) -> Vec<Running> {
    let (mut services, mut things) = (Vec::new(), Vec::new());
    for folder in leftovers::living(own) {
        match read(&folder) {
            Some(Presence::Service(joinable)) => services.push(Running {
                joinable,
                folder,
                joined: Vec::new(),
            }),
            Some(Presence::Thing { mqtt, thing }) => things.push((mqtt, thing)),
            // It belongs to a program that cannot be joined, or is just being written.
            None => {}
        }
    }
    for (mqtt, thing) in things {
        let joined = services.iter_mut().find(|it| it.joinable.mqtt == mqtt);
        if let Some(service) = joined {
            service.joined.push(thing);
        }
    }
    services.sort_by(|one, other| one.joinable.name.cmp(&other.joinable.name));
    services
}

fn write(folder: &PrivateFolder, presence: &Presence) -> Result<(), ServeError> {
    // Serialising our own values to memory cannot fail.
    let text = serde_json::to_string(presence).unwrap_or_default();
    folder.write(FILE, &text).map(drop)
}

fn read(folder: &Path) -> Option<Presence> {
    let text = fs::read_to_string(folder.join(FILE)).ok()?;
    serde_json::from_str(&text).ok()
}

/// The address at which this machine reaches a port.
fn from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
