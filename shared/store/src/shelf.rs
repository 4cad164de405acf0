use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use object_store::{
    Error, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
    aws::AmazonS3, path::Path,
};

use crate::{
    Location, Store, StoreError,
    read::{explain, other},
};

/// Small objects that several writers share: what nobody else has written
/// since it was read is written, and nothing else.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[derive(Clone)]
pub struct Shelf(Kind);

#[derive(Clone)]
enum Kind {
    S3 { s3: AmazonS3, folder: Location },
    Memory(Memory),
}

type Memory = Arc<Mutex<BTreeMap<String, (u64, Bytes)>>>;

/// Which state of an object was read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition(Option<String>);

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is written.
    Done(Edition),
    /// Somebody else has written since: read again.
    Conflict,
}

impl Store {
    /// The objects below a folder in S3.
    ///
    /// # Errors
    /// When the folder is not in S3, or there are no credentials for it.
    pub fn shelf(&self, folder: &Location) -> Result<Shelf, StoreError> {
        match folder {
            Location::S3 { bucket, .. } => Ok(Shelf(Kind::S3 {
                s3: self.s3(bucket, folder)?,
                folder: folder.clone(),
            })),
            Location::File(_) => Err(StoreError::Other {
                location: folder.to_string(),
                why: "objects with several writers are kept in S3 only".to_owned(),
            }),
        }
    }
}

impl Shelf {
    /// Objects in the memory of this process.
    pub fn in_memory() -> Self {
        Self(Kind::Memory(Memory::default()))
    }

    /// Reads an object. None: there is none.
    ///
    /// # Errors
    /// When it can't be known whether there is one, or what is in it.
    pub async fn get(&self, name: &str) -> Result<Option<(Bytes, Edition)>, StoreError> {
        match &self.0 {
            Kind::S3 { s3, folder } => {
                let (location, path) = place(folder, name)?;
                let found = async {
                    let found = s3.get(&path).await?;
                    let edition = Edition(found.meta.e_tag.clone());
                    Ok::<_, Error>((found.bytes().await?, edition))
                };
                match found.await {
                    Ok(found) => Ok(Some(found)),
                    Err(error) => explain(&error, &location, || remedy(&location)).map(|()| None),
                }
            }
            Kind::Memory(memory) => {
                let memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let found = memory.get(name);
                Ok(found.map(|(n, bytes)| (bytes.clone(), Edition(Some(n.to_string())))))
            }
        }
    }

    /// Writes an object over the edition that was read; None: where there was
    /// none.
    ///
    /// # Errors
    /// When it can't be known whether it is written.
    pub async fn put(
        &self,
        name: &str,
        bytes: Vec<u8>,
        over: Option<&Edition>,
    ) -> Result<Put, StoreError> {
        match &self.0 {
            Kind::S3 { s3, folder } => {
                let (location, path) = place(folder, name)?;
                let mode = match over {
                    None => PutMode::Create,
                    Some(Edition(e_tag)) => PutMode::Update(UpdateVersion {
                        e_tag: e_tag.clone(),
                        version: None,
                    }),
                };
                let put = s3.put_opts(&path, PutPayload::from(bytes), PutOptions::from(mode));
                match put.await {
                    Ok(result) => Ok(Put::Done(Edition(result.e_tag))),
                    Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => {
                        Ok(Put::Conflict)
                    }
                    Err(error) => match explain(&error, &location, || remedy(&location)) {
                        Err(error) => Err(error),
                        // What was to be written over has been deleted.
                        Ok(()) => Ok(Put::Conflict),
                    },
                }
            }
            Kind::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let stands = memory.get(name).map(|(n, _)| *n);
                let read = over.and_then(|Edition(n)| n.as_ref()?.parse().ok());
                if stands != read {
                    return Ok(Put::Conflict);
                }
                let next = stands.map_or(1, |n| n + 1);
                memory.insert(name.to_owned(), (next, bytes.into()));
                Ok(Put::Done(Edition(Some(next.to_string()))))
            }
        }
    }
}

fn place(folder: &Location, name: &str) -> Result<(Location, Path), StoreError> {
    let location = folder.join(name).map_err(|error| other(folder, &error))?;
    let key = match &location {
        Location::S3 { key, .. } => key.as_str(),
        Location::File(_) => name,
    };
    let path = Path::parse(key).map_err(|error| other(&location, &error))?;
    Ok((location, path))
}

/// What helps against a refusal.
fn remedy(location: &Location) -> String {
    format!(
        "allow the function's role s3:GetObject and s3:PutObject on {location}, and s3:ListBucket \
         on its bucket, since the object may be missing"
    )
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::S3 { folder, .. } => write!(f, "Shelf({folder})"),
            Kind::Memory(_) => f.write_str("Shelf(memory)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_was_read_is_written_over() {
        let shelf = Shelf::in_memory();
        assert_eq!(shelf.get("a").await.unwrap(), None);
        let Put::Done(first) = shelf.put("a", b"1".to_vec(), None).await.unwrap() else {
            panic!("nobody else has written");
        };
        let twice = shelf.put("a", b"2".to_vec(), None).await.unwrap();
        assert_eq!(twice, Put::Conflict);
        let second = shelf.put("a", b"3".to_vec(), Some(&first)).await.unwrap();
        assert!(matches!(second, Put::Done(_)));
        let late = shelf.put("a", b"4".to_vec(), Some(&first)).await.unwrap();
        assert_eq!(late, Put::Conflict);
        let (bytes, edition) = shelf.get("a").await.unwrap().unwrap();
        assert_eq!((&bytes[..], Put::Done(edition)), (&b"3"[..], second));
        let other = shelf.put("b", b"5".to_vec(), Some(&first)).await.unwrap();
        assert_eq!(other, Put::Conflict, "what was read is not there");
    }

    #[test]
    fn a_folder_of_this_machine_is_no_shelf() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = Store::new(None, reqwest::Client::new());
        let refused = store.shelf(&"file:///cards".parse().unwrap()).unwrap_err();
        assert!(refused.to_string().contains("in S3 only"), "{refused}");
    }
}
