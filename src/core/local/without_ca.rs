//! The certificates that were registered without a CA, which a handshake must accept. The hub knows them and tells the
//! handshakes, which cannot ask it: rustls does not wait.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use crate::local::pki::certificate_id;
use crate::tls::IsKnown;

/// Their ids. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub(crate) struct WithoutCa(Arc<RwLock<BTreeSet<String>>>);

impl WithoutCa {
    /// Puts other certificates in the place of all.
    pub(crate) fn replace<'a>(&self, ids: impl Iterator<Item = &'a str>) {
        self.change(|known| *known = ids.map(ToOwned::to_owned).collect());
    }

    /// Adds or removes one.
    pub(crate) fn set(&self, id: &str, is_there: bool) {
        let is_known = self.has(id);
        if is_there && !is_known {
            self.change(|known| {
                known.insert(id.to_owned());
            });
        } else if is_known && !is_there {
            self.change(|known| {
                known.remove(id);
            });
        }
    }

    /// For handshakes.
    pub(crate) fn is_known(&self) -> IsKnown {
        let this = self.clone();
        Arc::new(move |certificate| this.has(&certificate_id(certificate)))
    }

    fn has(&self, id: &str) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(id)
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<String>)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}
