//! Objects in S3.

use std::{collections::BTreeMap, fmt};

use md5::{Digest as _, Md5};
use serde::{Serialize, Serializer};

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
    /// The MD5 of its content in hexadecimal digits, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Millis,
    /// How many writes of this key there have been, this one among them.
    pub version: u64,
}

impl Object {
    /// An object as it was written at this time. The tag is computed here, so
    /// that nobody else has to wait for it.
    pub fn new(bucket: &str, key: &str, bytes: Vec<u8>, now: Millis) -> Object {
        Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: md5_hex(&bytes),
            bytes,
            last_modified: now,
            version: 1,
        }
    }
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

/// All objects by bucket and key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Objects(BTreeMap<String, BTreeMap<String, Object>>);

impl Objects {
    /// An object.
    pub fn get(&self, bucket: &str, key: &str) -> Option<&Object> {
        self.0.get(bucket)?.get(key)
    }

    /// Writes an object in place of the one with its key, and returns how many
    /// writes of this key that makes.
    pub fn put(&mut self, mut object: Object) -> u64 {
        let bucket = self.0.entry(object.bucket.clone()).or_default();
        object.version = bucket.get(&object.key).map_or(1, |old| old.version + 1);
        let version = object.version;
        bucket.insert(object.key.clone(), object);
        version
    }

    /// Deletes an object; `false` when there was none. The bucket stays.
    pub fn delete(&mut self, bucket: &str, key: &str) -> bool {
        let bucket = self.0.get_mut(bucket);
        bucket.is_some_and(|objects| objects.remove(key).is_some())
    }

    /// All objects, by bucket and key.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// The objects of a bucket whose keys begin with `prefix`, in the order of
    /// their keys.
    pub fn within<'a>(
        &'a self,
        bucket: &str,
        prefix: &'a str,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let objects = self.0.get(bucket).into_iter();
        objects
            .flat_map(move |objects| objects.range(prefix.to_owned()..))
            .map(|(_, object)| object)
            .take_while(move |object| object.key.starts_with(prefix))
    }

    /// The buckets that hold an object, or did.
    pub fn buckets(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a bucket holds an object, or did.
    pub fn has_bucket(&self, bucket: &str) -> bool {
        self.0.contains_key(bucket)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Serialize for Objects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The MD5 of bytes in hexadecimal digits: what S3 and SQS tell of a content.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four & 15)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(*b)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_md5_of_the_content() {
        let object = Object::new("b", "k", b"hello".to_vec(), Millis(1));
        assert_eq!(object.etag, "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn listings_stay_within_bucket_and_prefix() {
        let mut objects = Objects::default();
        for (bucket, key) in [
            ("a", "x/1"),
            ("b", "x/2"),
            ("b", "x/1"),
            ("b", "y"),
            ("b", "w"),
        ] {
            assert_eq!(objects.put(Object::new(bucket, key, vec![], Millis(1))), 1);
        }
        let keys: Vec<_> = objects.within("b", "x/").map(|o| &*o.key).collect();
        assert_eq!(keys, ["x/1", "x/2"]);
        assert_eq!(objects.within("c", "").count(), 0);
        assert_eq!(objects.put(Object::new("b", "y", vec![1], Millis(2))), 2);
        assert!(objects.delete("b", "y") && !objects.delete("b", "y"));
        assert_eq!((objects.len(), objects.has_bucket("c")), (4, false));
    }
}
