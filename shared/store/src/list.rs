//! What is below a folder.

use futures_util::StreamExt as _;
use object_store::{ObjectMeta, ObjectStore, local::LocalFileSystem, path::Path};

use crate::{
    Location, Store, StoreError,
    read::{explain, other},
};

/// The most files that one search finds.
pub const MAX_FILES: usize = 1000;
/// The largest of them, in bytes.
pub const MAX_FILE: u64 = 1024 * 1024;
/// All of them together, in bytes.
pub const MAX_TOGETHER: u64 = 16 * 1024 * 1024;
/// The most files that one search looks at, wanted or not.
pub const MAX_LOOKED_AT: usize = 20_000;

impl Store {
    /// The names of the wanted files below a folder and its folders, relative
    /// to it and sorted. A folder that isn't there has none.
    ///
    /// # Errors
    /// When that can't be known, or there are more, or larger ones, than the
    /// limits of this module allow.
    pub(crate) async fn list(
        &self,
        folder: &Location,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, StoreError> {
        let found = match folder {
            Location::S3 { bucket, key } => {
                let s3 = self.s3(bucket, folder)?;
                let prefix = key.trim_end_matches('/');
                let prefix = Path::parse(prefix).map_err(|error| other(folder, &error))?;
                walk(&s3, &prefix, folder, wanted).await
            }
            Location::File(path) => {
                let prefix =
                    Path::from_absolute_path(path).map_err(|error| other(folder, &error))?;
                walk(&LocalFileSystem::new(), &prefix, folder, wanted).await
            }
        };
        let mut found = found?;
        found.sort();
        Ok(found)
    }
}

/// Generic for the same reason as reading is.
async fn walk<S: ObjectStore>(
    store: &S,
    prefix: &Path,
    folder: &Location,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<String>, StoreError> {
    let too_much = |what: String| StoreError::TooMuch {
        location: folder.to_string(),
        what,
    };
    let mut names = Vec::new();
    let (mut looked_at, mut together) = (0_usize, 0_u64);
    let mut listing = store.list(Some(prefix));
    while let Some(found) = listing.next().await {
        let ObjectMeta { location, size, .. } = match found {
            Ok(found) => found,
            Err(error) => {
                explain(&error, folder, || remedy(folder))?;
                // A folder that isn't there is empty; a listing that breaks off
                // is not one that has come to its end.
                if looked_at > 0 {
                    return Err(other(folder, &error));
                }
                break;
            }
        };
        looked_at += 1;
        if looked_at > MAX_LOOKED_AT {
            return Err(too_much(format!(
                "more than {MAX_LOOKED_AT} files; keep the tests in a folder of their own"
            )));
        }
        let Some(name) = relative(&location, prefix).filter(|name| wanted(name)) else {
            continue;
        };
        if size > MAX_FILE {
            return Err(too_much(format!(
                "{name} of {size} bytes, and a file may have {MAX_FILE}"
            )));
        }
        together += size;
        names.push(name);
        if names.len() > MAX_FILES {
            return Err(too_much(format!(
                "more than {MAX_FILES} of the files that are wanted"
            )));
        }
        if together > MAX_TOGETHER {
            return Err(too_much(format!(
                "more than {MAX_TOGETHER} bytes in the files that are wanted"
            )));
        }
    }
    Ok(names)
}

/// A file's name below a folder.
fn relative(file: &Path, folder: &Path) -> Option<String> {
    let parts: Vec<String> = file
        .prefix_match(folder)?
        .map(|part| part.as_ref().to_owned())
        .collect();
    Some(parts.join("/")).filter(|name| !name.is_empty())
}

fn remedy(folder: &Location) -> String {
    match folder {
        Location::S3 { bucket, .. } => {
            format!("allow the function's role s3:ListBucket on {bucket}")
        }
        Location::File(_) => "allow this user to read the folder".to_owned(),
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

    fn write(folder: &std::path::Path, name: &str, size: usize) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, vec![b'#'; size]).unwrap();
    }

    async fn list(folder: &std::path::Path) -> Result<Vec<String>, String> {
        let folder = Location::File(folder.to_owned());
        let found = store().list(&folder, |name| name.ends_with(".hurl")).await;
        found.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn files_are_found_in_all_folders_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in [
            "b.hurl",
            "a/c d.hurl",
            "a/é.hurl",
            "a/b/x.hurl",
            ".d/h.hurl",
            "a/x.png",
        ] {
            write(folder, name, 1);
        }
        let all = [
            ".d/h.hurl",
            "a/b/x.hurl",
            "a/c d.hurl",
            "a/é.hurl",
            "b.hurl",
        ];
        assert_eq!(list(folder).await.unwrap(), all);
        assert_eq!(list(&folder.join("a/b")).await.unwrap(), ["x.hurl"]);
        assert!(list(&folder.join("gone")).await.unwrap().is_empty());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_in_a_circle_is_no_endless_way() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/b.hurl", 1);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/back")).unwrap();
        // Whatever is found, it ends.
        let _ = list(folder.path()).await;
    }

    #[tokio::test]
    async fn what_is_too_much_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let limit = usize::try_from(MAX_FILE).unwrap();
        write(folder.path(), "large.png", limit + 1);
        assert!(list(folder.path()).await.unwrap().is_empty());
        write(folder.path(), "large.hurl", limit + 1);
        let error = list(folder.path()).await.unwrap_err();
        assert!(error.contains("large.hurl of 1048577 bytes"), "{error}");

        let folder = tempfile::tempdir().unwrap();
        for n in 0..17 {
            write(folder.path(), &format!("{n}.hurl"), limit);
        }
        let error = list(folder.path()).await.unwrap_err();
        assert!(error.contains("more than 16777216 bytes"), "{error}");

        let folder = tempfile::tempdir().unwrap();
        for n in 0..=MAX_FILES {
            write(folder.path(), &format!("{n}.hurl"), 0);
        }
        let error = list(folder.path()).await.unwrap_err();
        assert!(error.contains("more than 1000 of the files"), "{error}");
    }
}
