//! Buckets, objects and uploads, within their bounds.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::protocol::EpochMillis;
use crate::service::noted::Noted;
use crate::service::objects::answer::ObjectError;
use crate::service::objects::content::Content;

/// The most bytes of an object.
pub const OBJECT_BYTES_MAX: usize = 32 << 20;

/// The most bytes of all objects, with the parts of uploads. The state file has them as base64, and a snapshot of it contains
/// all of them. A snapshot is written only after as much was appended as the last one has.
pub(crate) const ALL_BYTES_MAX: usize = 64 << 20;

/// The most buckets.
pub(crate) const BUCKETS_MAX: usize = 100;

/// The most objects.
pub(crate) const OBJECTS_MAX: usize = 10_000;

/// The most uploads that are not complete.
pub(crate) const UPLOADS_MAX: usize = 20;

/// The name of an object. There can be two objects with one key, in two buckets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectName {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Bucket {
    pub(crate) created_at: EpochMillis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Object {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub(crate) content: Content,
    /// Without quotation marks.
    pub(crate) etag: String,
    pub(crate) modified_at: EpochMillis,
    /// What describes it: the headers that each response repeats.
    pub(crate) headers: BTreeMap<String, String>,
    /// The checksum that the client stated: the name of its header, and its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<(String, String)>,
}

/// An upload in parts that is not complete. It is not kept between two runs.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) name: ObjectName,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) begun_at: EpochMillis,
    pub(crate) parts: BTreeMap<u16, Part>,
}

#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) content: Arc<[u8]>,
    pub(crate) md5: [u8; 16],
    pub(crate) modified_at: EpochMillis,
}

/// All buckets and objects of the account.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) buckets: Noted<String, Bucket>,
    /// Changed only here, so that their bytes are counted.
    by_name: Noted<ObjectName, Object>,
    uploads: BTreeMap<String, Upload>,
    bytes: usize,
}

impl Upload {
    pub(crate) fn bytes(&self) -> usize {
        self.parts.values().map(|part| part.content.len()).sum()
    }
}

impl Objects {
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, ObjectError> {
        let bucket = self.buckets.get(name);
        bucket.ok_or_else(|| ObjectError::no_such_bucket(name))
    }

    /// An object, or why it cannot be returned.
    pub(crate) fn object(&self, name: &ObjectName) -> Result<&Object, ObjectError> {
        self.bucket(&name.bucket)?;
        let object = self.by_name.get(name);
        object.ok_or_else(|| ObjectError::no_such_key(&name.key))
    }

    pub(crate) fn get(&self, name: &ObjectName) -> Option<&Object> {
        self.by_name.get(name)
    }

    /// The objects of a bucket from this key on, or behind it.
    pub(crate) fn of_bucket(
        &self,
        bucket: &str,
        from: Bound<&str>,
    ) -> impl Iterator<Item = (&ObjectName, &Object)> {
        let name = |key: &str| ObjectName {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        };
        let from = match from {
            Bound::Included(key) => Bound::Included(name(key)),
            Bound::Excluded(key) => Bound::Excluded(name(key)),
            Bound::Unbounded => Bound::Included(name("")),
        };
        let objects = self.by_name.range((from, Bound::Unbounded));
        let bucket = bucket.to_owned();
        objects.take_while(move |(name, _)| name.bucket == bucket)
    }

    /// All objects, by bucket and key.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&ObjectName, &Object)> {
        self.by_name.iter()
    }

    /// Puts an object in the place of the one that has its name.
    pub(crate) fn put(&mut self, name: ObjectName, object: Object) -> Result<(), ObjectError> {
        self.bucket(&name.bucket)?;
        let replaced = self.by_name.get(&name);
        if replaced.is_none() && self.by_name.len() >= OBJECTS_MAX {
            return Err(ObjectError::not_emulated(&format!(
                "more than {OBJECTS_MAX} objects"
            )));
        }
        let freed = replaced.map_or(0, |it| it.content.len());
        self.check_room(object.content.len(), freed)?;
        self.bytes = self.bytes - freed + object.content.len();
        self.by_name.insert(name, object);
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &ObjectName) {
        if let Some(object) = self.by_name.remove(name) {
            self.bytes -= object.content.len();
        }
    }

    /// An upload, by its id; it must be for this object.
    pub(crate) fn upload(&self, id: &str, name: &ObjectName) -> Result<&Upload, ObjectError> {
        let upload = self.uploads.get(id).filter(|it| it.name == *name);
        upload.ok_or_else(|| no_such_upload(id))
    }

    pub(crate) fn uploads(&self) -> impl Iterator<Item = (&String, &Upload)> {
        self.uploads.iter()
    }

    pub(crate) fn begin_upload(&mut self, id: String, upload: Upload) -> Result<(), ObjectError> {
        self.bucket(&upload.name.bucket)?;
        if self.uploads.len() >= UPLOADS_MAX {
            return Err(ObjectError::not_emulated(&format!(
                "more than {UPLOADS_MAX} uploads at a time"
            )));
        }
        self.uploads.insert(id, upload);
        Ok(())
    }

    /// Adds a part to an upload, in the place of the one that has its number.
    pub(crate) fn put_part(
        &mut self,
        (id, name): (&str, &ObjectName),
        number: u16,
        part: Part,
    ) -> Result<(), ObjectError> {
        let upload = self.upload(id, name)?;
        let freed = upload.parts.get(&number).map_or(0, |it| it.content.len());
        let length = upload.bytes() - freed + part.content.len();
        if length > OBJECT_BYTES_MAX {
            return Err(too_large(length));
        }
        self.check_room(part.content.len(), freed)?;
        self.bytes = self.bytes - freed + part.content.len();
        if let Some(upload) = self.uploads.get_mut(id) {
            upload.parts.insert(number, part);
        }
        Ok(())
    }

    /// Puts an object that an upload has become in its place; the upload ends.
    pub(crate) fn complete_upload(
        &mut self,
        (id, name): (&str, &ObjectName),
        object: Object,
    ) -> Result<(), ObjectError> {
        let bytes = self.upload(id, name)?.bytes();
        self.bytes -= bytes;
        let put = self.put(name.clone(), object);
        self.bytes += bytes;
        put?;
        self.end_upload(id);
        Ok(())
    }

    pub(crate) fn end_upload(&mut self, id: &str) {
        if let Some(upload) = self.uploads.remove(id) {
            self.bytes -= upload.bytes();
        }
    }

    /// Removes a bucket, which must be empty; its uploads end.
    pub(crate) fn remove_bucket(&mut self, bucket: &str) {
        self.buckets.remove(bucket);
        let of_bucket =
            |(id, upload): (&String, &Upload)| (upload.name.bucket == bucket).then(|| id.clone());
        let ids: Vec<String> = self.uploads().filter_map(of_bucket).collect();
        for id in ids {
            self.end_upload(&id);
        }
    }

    /// From now on, changes are noted.
    pub(crate) fn note_changes(&mut self) {
        self.buckets.changed.begin();
        self.by_name.changed.begin();
    }

    /// The objects that have changed since the last call.
    pub(crate) fn take_changed(&mut self) -> impl Iterator<Item = ObjectName> + use<> {
        self.by_name.changed.take().into_iter()
    }

    /// Whether there is room for so many bytes after others have gone.
    fn check_room(&self, bytes: usize, freed: usize) -> Result<(), ObjectError> {
        if bytes > OBJECT_BYTES_MAX {
            return Err(too_large(bytes));
        }
        if self.bytes - freed + bytes > ALL_BYTES_MAX {
            let mib = ALL_BYTES_MAX >> 20;
            return Err(ObjectError::not_emulated(&format!(
                "more than {mib} MiB of objects; delete some"
            )));
        }
        Ok(())
    }
}

fn no_such_upload(id: &str) -> ObjectError {
    ObjectError::new(
        404,
        "NoSuchUpload",
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might \
         have been aborted or completed.",
    )
    .with("UploadId", id)
}

/// An object is larger than allowed.
pub(crate) fn too_large(bytes: usize) -> ObjectError {
    let mib = OBJECT_BYTES_MAX >> 20;
    ObjectError::new(
        400,
        "EntityTooLarge",
        format!("Your proposed upload exceeds the maximum allowed object size, here {mib} MiB"),
    )
    .with("ProposedSize", bytes.to_string())
    .with("MaxSizeAllowed", OBJECT_BYTES_MAX.to_string())
}

fn write<S: Serializer>(content: &Content, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(content.joined()))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
    let bytes = BASE64.decode(String::deserialize(deserializer)?);
    bytes.map(Content::from).map_err(serde::de::Error::custom)
}
