//! Secrets Manager.

use std::fmt;

use serde::Serialize;

use super::Millis;

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
