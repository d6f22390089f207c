//! The CA, certificate and keys that an earlier `serve` left in the folder of `--dir`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::local::{Identity, IdentityError};
use crate::tls::{self, CertificateTime, TlsError};

pub(crate) const CA: &str = "ca.pem";
pub(crate) const CA_KEY: &str = "ca.key.pem";
pub(crate) const CERTIFICATE: &str = "device.cert.pem";
pub(crate) const KEY: &str = "device.key.pem";

/// Why the files of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error("`{folder}` has {present}, but not {missing}")]
    Incomplete {
        folder: PathBuf,
        /// The names of the files.
        present: String,
        missing: String,
    },
    #[error("cannot look for `{path}`: {source}")]
    Hidden { path: PathBuf, source: io::Error },
    #[error("cannot read `{path}`: {source}")]
    Read { path: PathBuf, source: io::Error },
    /// As `ssh` refuses such a key.
    #[error(
        "other users can read the private key `{path}` (mode {mode:04o})\nchmod 600 it if it is not known to others"
    )]
    OpenKey { path: PathBuf, mode: u32 },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(
        "the certificate `{path}` expired at {time}, and by the clock of this machine that is past"
    )]
    Expired {
        path: PathBuf,
        time: CertificateTime,
    },
    #[error(
        "the certificate `{path}` is valid from {time}, and by the clock of this machine that is still to come\ncheck the clock"
    )]
    NotYetValid {
        path: PathBuf,
        time: CertificateTime,
    },
    #[error("`{CERTIFICATE}` and `{CA}` in `{folder}` do not fit together: {source}")]
    Unfit {
        folder: PathBuf,
        source: IdentityError,
    },
}

/// What the folder holds; `None` if it has none of the files. `now_s` is the time of this machine, in seconds since 1970.
pub(crate) fn find(folder: &Path, now_s: i64) -> Result<Option<Identity>, KeptError> {
    if !is_complete(folder)? {
        return Ok(None);
    }
    let [ca, ca_key, certificate, key] =
        [CA, CA_KEY, CERTIFICATE, KEY].map(|name| folder.join(name));
    for path in [&ca_key, &key] {
        check_mode(path)?;
    }
    // A key that is not that of its certificate, and what is no PEM, is found here.
    tls::client_config(tls::roots(&ca)?, &ca, &ca_key, None)?;
    tls::client_config(tls::roots(&ca)?, &certificate, &key, None)?;
    for path in [&ca, &certificate] {
        check_time(path, now_s)?;
    }
    let [ca, ca_key, certificate, key] = [ca, ca_key, certificate, key]
        .map(|path| fs::read_to_string(&path).map_err(|source| KeptError::Read { path, source }));
    Identity::of([&ca?, &ca_key?], [&certificate?, &key?])
        .map(Some)
        .map_err(|source| KeptError::Unfit {
            folder: folder.to_owned(),
            source,
        })
}

/// Whether the folder has all files, rather than none.
fn is_complete(folder: &Path) -> Result<bool, KeptError> {
    let (mut present, mut missing) = (Vec::new(), Vec::new());
    for name in [CA, CA_KEY, CERTIFICATE, KEY] {
        let path = folder.join(name);
        match path.symlink_metadata() {
            Ok(_) => present.push(name),
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(name),
            Err(source) => return Err(KeptError::Hidden { path, source }),
        }
    }
    if present.is_empty() || missing.is_empty() {
        return Ok(missing.is_empty());
    }
    Err(KeptError::Incomplete {
        folder: folder.to_owned(),
        present: present.join(", "),
        missing: missing.join(", "),
    })
}

/// Refuses a private key that other users can read.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), KeptError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = match path.metadata() {
        Ok(metadata) => metadata.permissions().mode() & 0o7777,
        Err(source) => {
            let path = path.to_owned();
            return Err(KeptError::Read { path, source });
        }
    };
    // The last six bits are those of the group and of other users.
    if mode.trailing_zeros() >= 6 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(KeptError::OpenKey { path, mode })
}

/// Other platforms have no such modes.
#[cfg(not(unix))]
fn check_mode(_path: &Path) -> Result<(), KeptError> {
    Ok(())
}

fn check_time(path: &Path, now_s: i64) -> Result<(), KeptError> {
    // Dates that cannot be read are found later, as those of a damaged certificate.
    let Some(validity) = tls::validity(path)? else {
        return Ok(());
    };
    let path = path.to_owned();
    if now_s < validity.not_before.unix_s() {
        let time = validity.not_before;
        return Err(KeptError::NotYetValid { path, time });
    }
    if now_s > validity.not_after.unix_s() {
        let time = validity.not_after;
        return Err(KeptError::Expired { path, time });
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    use super::*;
    use crate::local::LocalService;

    /// What happens to a folder.
    type Change<'a> = &'a dyn Fn(&Folder);

    /// A folder for one test.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("jobs-sandbox-test-kept-{}", uuid::Uuid::new_v4());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).expect("a folder");
            Self(path)
        }

        /// With what `serve` writes.
        fn whole() -> Self {
            let folder = Self::new();
            let local = LocalService::start(&crate::local::Options::default()).expect("it starts");
            let device = local.create_device().expect("a device");
            for (name, text) in [
                (CA, local.ca_pem()),
                (CA_KEY, local.ca_key_pem()),
                (CERTIFICATE, device.certificate_pem),
                (KEY, device.private_key_pem),
            ] {
                folder.write(name, &text);
            }
            folder
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.join(name), text).expect("written");
            self.set_mode(name, 0o600);
        }

        fn copy(&self, names: &[&str], from: &Self) {
            for name in names {
                let text = fs::read_to_string(from.0.join(name)).expect("a text");
                self.write(name, &text);
            }
        }

        fn remove(&self, names: &[&str]) {
            for name in names {
                fs::remove_file(self.0.join(name)).expect("removed");
            }
        }

        fn set_mode(&self, name: &str, mode: u32) {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(self.0.join(name), permissions).expect("a mode");
        }

        /// Why it is refused at this time, in days from now.
        fn refusal(&self, days: i64) -> String {
            let now = time::UtcDateTime::now().unix_timestamp();
            let found = find(&self.0, now + days * 24 * 3600);
            found.expect_err("it is refused").to_string()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_serve_has_written_is_found() {
        let folder = Folder::whole();
        let identity = find(&folder.0, time::UtcDateTime::now().unix_timestamp());
        let identity = identity.expect("it is fine").expect("it is there");
        let read = |name| fs::read_to_string(folder.0.join(name)).expect(name);
        assert_eq!(identity.certificates(), [read(CA), read(CERTIFICATE)]);
        let empty = Folder::new();
        assert!(find(&empty.0, 0).is_ok_and(|found| found.is_none()));
    }

    #[test]
    fn files_that_do_not_fit_together_are_refused() {
        let other = Folder::whole();
        let damaged = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let cases: [(&str, Change, &str); 10] = [
            (
                "no key of the CA",
                &|it| it.remove(&[CA_KEY]),
                "has ca.pem, device.cert.pem, device.key.pem, but not ca.key.pem",
            ),
            (
                "only a key",
                &|it| it.remove(&[CA, CA_KEY, CERTIFICATE]),
                "has device.key.pem, but not ca.pem, ca.key.pem, device.cert.pem",
            ),
            (
                "another key",
                &|it| it.copy(&[KEY], &other),
                "device.key.pem` is not the key of the certificate",
            ),
            (
                "another key of the CA",
                &|it| it.copy(&[CA_KEY], &other),
                "ca.key.pem` is not the key of the certificate",
            ),
            (
                "another CA",
                &|it| it.copy(&[CA], &other),
                "ca.key.pem` is not the key of the certificate",
            ),
            (
                "another CA and its key",
                &|it| it.copy(&[CA, CA_KEY], &other),
                "do not fit together: the certificate of the device was not issued by the CA",
            ),
            (
                "no PEM",
                &|it| it.write(CERTIFICATE, "certificate"),
                "does not contain a certificate",
            ),
            ("damage", &|it| it.write(CA, damaged), "/ca.pem` is damaged"),
            (
                "an open key",
                &|it| it.set_mode(KEY, 0o640),
                "device.key.pem` (mode 0640)",
            ),
            (
                "an open key of the CA",
                &|it| it.set_mode(CA_KEY, 0o604),
                "ca.key.pem` (mode 0604)",
            ),
        ];
        for (what, change, expected) in cases {
            let folder = Folder::whole();
            change(&folder);
            let refusal = folder.refusal(0);
            assert!(refusal.contains(expected), "{what}: {refusal}");
            assert!(!refusal.contains("PRIVATE KEY"), "{what}: {refusal}");
        }
    }

    #[test]
    fn the_time_of_this_machine_counts() {
        let folder = Folder::whole();
        for (days, expected) in [
            (10_000, "ca.pem` expired at "),
            (-2, "ca.pem` is valid from "),
        ] {
            let refusal = folder.refusal(days);
            assert!(refusal.contains(expected), "{days}: {refusal}");
        }
    }

    #[test]
    fn the_ca_of_another_program_is_refused() {
        let folder = Folder::new();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "another CA");
        let (key, device_key) = [(); 2].map(|()| KeyPair::generate().expect("a key")).into();
        let ca = params.self_signed(&key).expect("a CA");
        folder.write(CA, &ca.pem());
        folder.write(CA_KEY, &key.serialize_pem());
        let issuer = Issuer::new(params, key);
        let device = CertificateParams::default().signed_by(&device_key, &issuer);
        folder.write(CERTIFICATE, &device.expect("a certificate").pem());
        folder.write(KEY, &device_key.serialize_pem());
        let refusal = folder.refusal(0);
        assert!(
            refusal.ends_with("the CA was not made by `serve`"),
            "{refusal}"
        );
    }
}
