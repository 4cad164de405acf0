//! S3, Secrets Manager and EventBridge, as far as a gate uses them.

use std::fmt;

use serde::Serialize;

use super::Millis;

/// An object in S3.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its content.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// A tag that no other write of any object has, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Millis,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .field("etag", &self.etag)
            .finish()
    }
}

/// A secret in Secrets Manager. Its value is neither printed nor serialised.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(skip)]
    pub value: String,
    /// The id of this version of it.
    pub version_id: String,
    /// When it was made.
    pub created_at: Millis,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

/// An event that was put on an EventBridge bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PutEvent {
    /// The id that it was given.
    pub id: String,
    /// When it was put.
    pub at: Millis,
    /// The bus: `default`, a name or an ARN.
    pub bus: String,
    /// Its `source`.
    pub source: String,
    /// Its `detail-type`.
    pub detail_type: String,
    /// Its `detail`: JSON text.
    pub detail: String,
    /// Its `resources`.
    pub resources: Vec<String>,
}
