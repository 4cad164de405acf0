use std::{future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use store::{Edition, Put, Shelf, StoreError};

/// The longest record that is read, in bytes.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;

/// Tries to write over a record that others write too. Each try that fails is
/// one that somebody else has made, so it goes on as long as there is a queue.
const TRIES: u32 = 60;

/// The first and the longest pause after a conflict.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Why a record could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not read the record {name}: {why}; delete it if it is none of this project's")]
    Broken { name: String, why: String },
    #[error("could not write the record {0}: others wrote it each time it was tried")]
    Crowded(String),
}

/// A record as it was read or written.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    pub(crate) record: T,
    /// None: nothing is written yet.
    pub(crate) edition: Option<Edition>,
}

/// Records as JSON on a shelf.
pub(crate) struct Records {
    pub(crate) shelf: Shelf,
}

impl Records {
    /// Reads a record; what isn't there is the default.
    pub(crate) async fn load<T>(&self, name: &str) -> Result<Kept<T>, Trouble>
    where
        T: DeserializeOwned + Default,
    {
        let Some((bytes, edition)) = self.shelf.get(name).await? else {
            return Ok(Kept {
                record: T::default(),
                edition: None,
            });
        };
        let broken = |why: String| Trouble::Broken {
            name: name.to_owned(),
            why,
        };
        if bytes.len() > LONGEST {
            return Err(broken(format!("it has {} bytes", bytes.len())));
        }
        let record = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Kept {
            record,
            edition: Some(edition),
        })
    }

    /// Writes a record over the one that was read. None: somebody else has
    /// written since.
    pub(crate) async fn replace<T>(
        &self,
        name: &str,
        record: T,
        over: Option<&Edition>,
    ) -> Result<Option<Kept<T>>, Trouble>
    where
        T: Serialize,
    {
        let bytes = serde_json::to_vec(&record).map_err(|error| Trouble::Broken {
            name: name.to_owned(),
            why: error.to_string(),
        })?;
        Ok(match self.shelf.put(name, bytes, over).await? {
            Put::Done(edition) => Some(Kept {
                record,
                edition: Some(edition),
            }),
            Put::Conflict => None,
        })
    }

    /// Changes a record, however often others write it meanwhile. `change`
    /// answers whether there is anything to write.
    pub(crate) async fn edit<T>(
        &self,
        name: &str,
        mut kept: Option<Kept<T>>,
        mut change: impl FnMut(&mut T) -> bool,
    ) -> Result<Kept<T>, Trouble>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        for n in 0..TRIES {
            let read = match kept.take() {
                Some(kept) => kept,
                None => self.load(name).await?,
            };
            let Kept {
                mut record,
                edition,
            } = read;
            if !change(&mut record) {
                return Ok(Kept { record, edition });
            }
            if let Some(written) = self.replace(name, record, edition.as_ref()).await? {
                return Ok(written);
            }
            pause(n).await;
        }
        Err(Trouble::Crowded(name.to_owned()))
    }
}

/// Waits longer each time, and never as long as the others.
fn pause(n: u32) -> impl Future<Output = ()> {
    let longest = (PAUSE * 2u32.saturating_pow(n.min(8))).min(LONGEST_PAUSE);
    tokio::time::sleep(longest.mul_f64(fastrand::f64()))
}
