//! A policy and its versions. The one that is the default is in effect.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::protocol::EpochMillis;

/// The number of the version that a policy is created with.
const FIRST: u32 = 1;

/// A policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    /// The document of the first version, as it was given; `None` if that version was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// When it was created, and with it its first version.
    pub(crate) created_at: EpochMillis,
    /// Unique, also among policies of the same name.
    pub(crate) sequence: u64,
    pub(crate) generation: String,
    /// The versions behind the first, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    later: BTreeMap<u32, LaterVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
    /// The certificates that it is attached to, by id.
    #[serde(skip)]
    pub(crate) certificates: BTreeSet<String>,
    /// The thing groups that it is attached to, by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) groups: BTreeSet<String>,
}

/// A version of a policy behind the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LaterVersion {
    pub(crate) document: String,
    pub(crate) created_at: EpochMillis,
    pub(crate) sequence: u64,
    pub(crate) generation: String,
}

/// What later versions change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// When a version was created or became the default for the last time.
    changed_at: EpochMillis,
    /// The number of the version in effect.
    default_version: u32,
    /// The highest number that was given out: no number is used a second time.
    last_version: u32,
}

/// A version of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyVersion<'a> {
    pub(crate) number: u32,
    pub(crate) is_default: bool,
    pub(crate) document: &'a str,
    pub(crate) created_at: EpochMillis,
    /// Unique for each document, also among policies of the same name.
    pub(crate) sequence: u64,
    pub(crate) generation: &'a str,
}

impl Policy {
    /// A policy with its first version.
    pub(crate) fn new(version: LaterVersion) -> Self {
        Self {
            document: Some(version.document),
            created_at: version.created_at,
            sequence: version.sequence,
            generation: version.generation,
            later: BTreeMap::new(),
            change: None,
            certificates: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }

    fn change(&mut self, now: EpochMillis) -> &mut Change {
        let change = self.change.get_or_insert(Change {
            changed_at: now,
            default_version: FIRST,
            last_version: FIRST,
        });
        change.changed_at = now;
        change
    }

    fn default_version(&self) -> u32 {
        self.change
            .as_ref()
            .map_or(FIRST, |change| change.default_version)
    }

    /// All versions in the order of their numbers.
    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = PolicyVersion<'_>> {
        let default = self.default_version();
        let first = self.document.iter().map(move |document| PolicyVersion {
            number: FIRST,
            is_default: default == FIRST,
            document,
            created_at: self.created_at,
            sequence: self.sequence,
            generation: &self.generation,
        });
        let later = self
            .later
            .iter()
            .map(move |(number, version)| PolicyVersion {
                number: *number,
                is_default: default == *number,
                document: &version.document,
                created_at: version.created_at,
                sequence: version.sequence,
                generation: &version.generation,
            });
        first.chain(later)
    }

    /// The version in effect. Every policy has one; a record that has been changed by hand may not.
    pub(crate) fn in_effect(&self) -> Option<PolicyVersion<'_>> {
        self.versions().find(|version| version.is_default)
    }

    /// When it last changed.
    pub(crate) fn modified_at(&self) -> EpochMillis {
        let change = self.change.as_ref();
        change.map_or(self.created_at, |change| change.changed_at)
    }

    /// Adds a version, and returns its number.
    pub(crate) fn add_version(&mut self, version: LaterVersion) -> u32 {
        let change = self.change(version.created_at);
        change.last_version += 1;
        let number = change.last_version;
        self.later.insert(number, version);
        number
    }

    /// Puts a version, which must exist, into effect.
    pub(crate) fn set_default(&mut self, number: u32, now: EpochMillis) {
        self.change(now).default_version = number;
    }

    /// Removes a version that is not in effect.
    pub(crate) fn remove_version(&mut self, number: u32) {
        if number == FIRST {
            self.document = None;
        } else {
            self.later.remove(&number);
        }
    }

    /// Gives the version in effect another document, and with it another sequence number.
    pub(crate) fn replace_document(&mut self, document: &str, sequence: u64) {
        let number = self.default_version();
        if let Some(version) = self.later.get_mut(&number) {
            document.clone_into(&mut version.document);
            version.sequence = sequence;
        } else {
            self.document = Some(document.to_owned());
            self.sequence = sequence;
        }
    }
}
