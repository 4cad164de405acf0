use std::{fmt, path::PathBuf, str::FromStr};

use url::Url;

/// The place of one file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// An object, or a prefix, in a bucket: `s3://bucket/key`.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key, without a slash at its start; empty for the whole bucket.
        key: String,
    },
    /// A file or folder on this machine: `file:///path`.
    File(PathBuf),
}

/// Why a text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no place for a file: {why}; write it as s3://bucket/key or file:///path")]
pub struct LocationError {
    text: String,
    why: &'static str,
}

impl Location {
    /// A file below this one, which is taken for a folder.
    ///
    /// # Errors
    /// When `name` would lead out of it.
    pub fn join(&self, name: &str) -> Result<Self, LocationError> {
        let refuse = |why| LocationError {
            text: name.to_owned(),
            why,
        };
        if name.is_empty() {
            return Err(refuse("it is empty"));
        }
        if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(refuse("it leads out of its folder"));
        }
        Ok(match self {
            Location::S3 { bucket, key } => Location::S3 {
                bucket: bucket.clone(),
                key: match key.trim_end_matches('/') {
                    "" => name.to_owned(),
                    key => format!("{key}/{name}"),
                },
            },
            Location::File(path) => Location::File(path.join(name)),
        })
    }

    /// This place, if it can be a file's and not a folder's only.
    ///
    /// # Errors
    /// When it names a folder.
    pub fn file(self) -> Result<Self, LocationError> {
        let folder = match &self {
            Location::S3 { key, .. } => key.is_empty() || key.ends_with('/'),
            Location::File(path) => path.file_name().is_none(),
        };
        match folder {
            false => Ok(self),
            true => Err(LocationError {
                text: self.to_string(),
                why: "it names a folder",
            }),
        }
    }

    /// A file beside this one.
    ///
    /// # Errors
    /// As for [`Location::join`].
    pub fn beside(&self, name: &str) -> Result<Self, LocationError> {
        self.folder().join(name)
    }

    /// The folder that this file is in.
    pub fn folder(&self) -> Self {
        match self {
            Location::S3 { bucket, key } => Location::S3 {
                bucket: bucket.clone(),
                key: key
                    .rsplit_once('/')
                    .map_or("", |(folder, _)| folder)
                    .to_owned(),
            },
            Location::File(path) => {
                Location::File(path.parent().map(PathBuf::from).unwrap_or_default())
            }
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why| LocationError {
            text: text.to_owned(),
            why,
        };
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            if !is_bucket(bucket) {
                return Err(refuse("this is no name of a bucket"));
            }
            if key.len() > 1024 || key.chars().any(char::is_control) {
                return Err(refuse("this is no key of an object"));
            }
            return Ok(Location::S3 {
                bucket: bucket.to_owned(),
                key: key.trim_start_matches('/').to_owned(),
            });
        }
        if text.starts_with("file://") {
            let url = Url::parse(text).map_err(|_| refuse("it is no URL"))?;
            let path = url
                .to_file_path()
                .map_err(|()| refuse("its path is not absolute"))?;
            return Ok(Location::File(path));
        }
        Err(refuse("it starts with neither s3:// nor file://"))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
            Location::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| plain(c) || matches!(c, '.' | '-'))
        && name.starts_with(plain)
        && name.ends_with(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_places() {
        for (text, shown) in [
            ("s3://plans", "s3://plans/"),
            ("s3://plans/", "s3://plans/"),
            (
                "s3://plans/shop/live/greenlight.yaml",
                "s3://plans/shop/live/greenlight.yaml",
            ),
            ("file:///etc/plans", "/etc/plans"),
        ] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), shown);
        }
        for (text, why) in [
            ("", "neither"),
            ("plans/shop", "neither"),
            ("https://x/y", "neither"),
            (" s3://plans/a", "neither"),
            ("s3://", "no name of a bucket"),
            ("s3:///key", "no name of a bucket"),
            ("s3://Plans/key", "no name of a bucket"),
            ("s3://-plans/key", "no name of a bucket"),
            ("s3://ab/key", "no name of a bucket"),
            ("s3://user:word@bucket/key", "no name of a bucket"),
            ("s3://plans/a\nb", "no key of an object"),
            ("file://relative", "not absolute"),
        ] {
            let error = text.parse::<Location>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_folder_is_no_file() {
        for (text, is_file) in [
            ("s3://plans/a?b#c d", true),
            ("s3://plans", false),
            ("s3://plans/shop/", false),
            ("file:///tmp/plan.yaml", true),
            ("file:///", false),
        ] {
            let place: Location = text.parse().unwrap();
            assert_eq!(place.file().is_ok(), is_file, "{text}");
        }
    }

    #[test]
    fn names_are_joined_and_stay_inside() {
        let bucket: Location = "s3://plans".parse().unwrap();
        let plan = bucket.join("shop/live/greenlight.yaml").unwrap();
        assert_eq!(plan.to_string(), "s3://plans/shop/live/greenlight.yaml");
        assert_eq!(
            plan.beside("ca.pem").unwrap().to_string(),
            "s3://plans/shop/live/ca.pem"
        );
        assert_eq!(plan.folder().to_string(), "s3://plans/shop/live");
        let top: Location = "s3://plans/greenlight.yaml".parse().unwrap();
        assert_eq!(top.folder(), bucket);
        let file: Location = "file:///plans/greenlight.yaml".parse().unwrap();
        assert_eq!(file.beside("ca.pem").unwrap().to_string(), "/plans/ca.pem");
        for name in ["", "../x", "a/../../x", "/etc/passwd", "a\\..\\x"] {
            assert!(plan.beside(name).is_err(), "{name}");
        }
    }
}
