use std::time::Duration;

use bytes::Bytes;
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt as _, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    local::LocalFileSystem,
    path::Path,
};

use verdict::{chain, shorten};

use crate::Location;

/// How to reach S3.
#[derive(Clone)]
pub struct Access {
    /// The region of the buckets.
    pub region: String,
    /// Another endpoint than the region's own.
    pub endpoint: Option<String>,
    /// The access key's id.
    pub key_id: String,
    /// The access key's secret.
    pub secret: String,
    /// The session's token, for temporary credentials.
    pub token: Option<String>,
}

/// Reads files from wherever they are.
#[derive(Clone)]
pub struct Store {
    access: Option<Access>,
    http: reqwest::Client,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The place is in S3, and there are no credentials for it.
    #[error("could not read {0}: there are no AWS credentials or no region in the environment")]
    NoAccess(String),
    /// It is refused.
    #[error("could not read {location}: access denied; {remedy}: {why}")]
    Denied {
        /// What was to be read.
        location: String,
        /// What has to be allowed, and on what.
        remedy: String,
        /// In the store's own words.
        why: String,
    },
    /// Its bucket isn't there.
    #[error("could not read {0}: there is no such bucket")]
    NoBucket(String),
    /// It is longer than it may be.
    #[error("could not read {location}: it has {size} bytes, and at most {most} are read")]
    TooLong {
        /// What was to be read.
        location: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        most: u64,
    },
    /// There is more than is read.
    #[error("could not read {location}: it has {what}")]
    TooMuch {
        /// What was to be read.
        location: String,
        /// What there is too much of, and how much may be.
        what: String,
    },
    /// Anything else.
    #[error("could not read {location}: {why}")]
    Other {
        /// What was to be read.
        location: String,
        /// What went wrong.
        why: String,
    },
}

impl Store {
    /// A store that reads over `http`.
    pub fn new(access: Option<Access>, http: reqwest::Client) -> Self {
        Self { access, http }
    }

    /// Reads a whole file of at most `most` bytes. None: there is no such file.
    ///
    /// # Errors
    /// When it can't be known whether there is such a file, or what is in it.
    pub async fn read(&self, location: &Location, most: u64) -> Result<Option<Bytes>, StoreError> {
        let found = match location {
            Location::S3 { bucket, key } => {
                let s3 = self.s3(bucket, location)?;
                let path = Path::parse(key).map_err(|error| other(location, &error))?;
                self.fetch(&s3, &path, location, most).await
            }
            Location::File(file) => {
                let path =
                    Path::from_absolute_path(file).map_err(|error| other(location, &error))?;
                let files = LocalFileSystem::new();
                self.fetch(&files, &path, location, most).await
            }
        };
        match found {
            Err(Failure::Store(error)) => {
                explain(&error, location, || remedy(location)).map(|()| None)
            }
            Err(Failure::TooLong(error)) => Err(error),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }

    /// Generic, and not over `dyn ObjectStore`: that would bring every operation
    /// of S3 into every function, where one is called.
    async fn fetch<S: ObjectStore>(
        &self,
        store: &S,
        path: &Path,
        location: &Location,
        most: u64,
    ) -> Result<Bytes, Failure> {
        let found = store.get(path).await?;
        let size = found.meta.size;
        if size > most {
            return Err(Failure::TooLong(StoreError::TooLong {
                location: location.to_string(),
                size,
                most,
            }));
        }
        Ok(found.bytes().await?)
    }

    pub(crate) fn s3(&self, bucket: &str, location: &Location) -> Result<AmazonS3, StoreError> {
        let access = self
            .access
            .as_ref()
            .ok_or_else(|| StoreError::NoAccess(location.to_string()))?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&access.region)
            .with_access_key_id(&access.key_id)
            .with_secret_access_key(&access.secret)
            .with_http_connector(Shared(self.http.clone()))
            .with_retry(RetryConfig {
                max_retries: 5,
                retry_timeout: Duration::from_secs(15),
                ..RetryConfig::default()
            });
        if let Some(token) = &access.token {
            builder = builder.with_token(token);
        }
        if let Some(endpoint) = &access.endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        builder.build().map_err(|error| other(location, &error))
    }
}

enum Failure {
    Store(Error),
    TooLong(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Store(error)
    }
}

/// What went wrong at a place. No error: there simply is nothing.
pub(crate) fn explain(
    error: &Error,
    location: &Location,
    remedy: impl Fn() -> String,
) -> Result<(), StoreError> {
    // A listing that fails has no kind of its own, only S3's words.
    let words = chain(error);
    match error {
        // A bucket that isn't there is a mistake, and not a file that may be
        // missing.
        _ if words.contains("NoSuchBucket") => Err(StoreError::NoBucket(location.to_string())),
        Error::NotFound { .. } => Ok(()),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            Err(denied(location, remedy(), &words))
        }
        _ if words.contains("<Code>AccessDenied</Code>") => Err(denied(location, remedy(), &words)),
        error => Err(other(location, error)),
    }
}

fn denied(location: &Location, remedy: String, words: &str) -> StoreError {
    StoreError::Denied {
        location: location.to_string(),
        remedy,
        why: shorten(words, 300),
    }
}

pub(crate) fn other(location: &Location, error: &dyn std::error::Error) -> StoreError {
    StoreError::Other {
        location: location.to_string(),
        why: shorten(&chain(error), 400),
    }
}

/// What helps against a refusal. S3 also refuses to say that a file is missing.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
fn remedy(location: &Location) -> String {
    match location {
        Location::S3 { bucket, key } => format!(
            "allow the function's role s3:GetObject on {bucket}/{key}, and s3:ListBucket on {bucket} if the file may be missing"
        ),
        Location::File(_) => "allow this user to read it".to_owned(),
    }
}

/// Hands the one HTTP client of the process to the S3 client.
#[derive(Debug)]
struct Shared(reqwest::Client);

impl HttpConnector for Shared {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Credentials stay out of every output.
        f.debug_struct("Store")
            .field("s3", &self.access.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        // No provider of TLS is needed for files.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Store::new(None, reqwest::Client::new())
    }

    #[tokio::test]
    async fn files_are_read_missed_and_limited() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a folder").join("plan.yaml");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "version: 1\n").unwrap();
        let location = Location::File(file.clone());
        let read = store().read(&location, 100).await.unwrap().unwrap();
        assert_eq!(&read[..], b"version: 1\n");
        let missing = Location::File(file.with_file_name("other.yaml"));
        assert_eq!(store().read(&missing, 100).await.unwrap(), None);
        let error = store().read(&location, 5).await.unwrap_err().to_string();
        assert!(
            error.ends_with("it has 11 bytes, and at most 5 are read"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_bucket_needs_credentials() {
        let location = "s3://plans/shop.yaml".parse().unwrap();
        let error = store().read(&location, 5).await.unwrap_err();
        assert!(matches!(error, StoreError::NoAccess(_)), "{error}");
    }
}
