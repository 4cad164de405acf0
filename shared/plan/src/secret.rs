use std::{fmt, str::FromStr};

/// A secret of Secrets Manager, written as ECS writes one in a task definition:
/// its ARN, and behind it, where wanted, the key of its JSON, the stage and the
/// id of its version.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    arn: String,
    key: Option<String>,
    stage: Option<String>,
    version: Option<String>,
}

/// Why a text names no secret. It does not repeat the text, which may be the
/// secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SecretRefError(&'static str);

impl SecretRef {
    /// The secret's ARN, without what follows it.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The key of the secret's JSON object whose value is meant; None: the
    /// secret as a whole.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The stage of the version, such as `AWSPREVIOUS`.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// The id of the version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, SecretRefError> {
        let refused = |why| Err(SecretRefError(why));
        if text.len() > 2048 || !text.chars().all(|c| c.is_ascii_graphic()) {
            return refused("this is none");
        }
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, name, rest) = match parts.as_slice() {
            [
                "arn",
                partition,
                "secretsmanager",
                region,
                account,
                "secret",
                name,
                rest @ ..,
            ] if *partition == "aws" || partition.starts_with("aws-") => {
                (region, account, name, rest)
            }
            ["arn", _, "ssm", ..] => return refused("this one is of the Parameter Store"),
            ["arn", ..] => return refused("this is the ARN of something else"),
            _ => return refused("this is none"),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
        match () {
            () if region.is_empty() => return refused("this one has no region"),
            () if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) => {
                return refused("the account in this one has no 12 digits");
            }
            () if name.is_empty() || !name.chars().all(plain) => {
                return refused("this one has no name of a secret");
            }
            () if rest.len() > 3 => {
                return refused("behind the name stand a key, a stage and a version at most");
            }
            () => {}
        }
        let part = |index: usize| {
            let part = rest.get(index).filter(|part| !part.is_empty());
            part.map(|part| (*part).to_owned())
        };
        Ok(Self {
            arn: parts.get(..7).unwrap_or_default().join(":"),
            key: part(0),
            stage: part(1),
            version: part(2),
        })
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)?;
        let parts = [&self.key, &self.stage, &self.version];
        if parts.iter().any(|part| part.is_some()) {
            for part in parts {
                write!(f, ":{}", part.as_deref().unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/token-AbCdEf";

    #[test]
    fn a_table_of_references() {
        for (behind, key, stage, version) in [
            ("", None, None, None),
            (":", None, None, None),
            (":password::", Some("password"), None, None),
            (":password", Some("password"), None, None),
            ("::AWSPREVIOUS:", None, Some("AWSPREVIOUS"), None),
            (":a:b:c", Some("a"), Some("b"), Some("c")),
            (":::9d4cb84b", None, None, Some("9d4cb84b")),
        ] {
            let read: SecretRef = format!("{ARN}{behind}").parse().unwrap();
            let parts = (read.arn(), read.key(), read.stage(), read.version());
            assert_eq!(parts, (ARN, key, stage, version), "{behind}");
            assert_eq!(read.to_string().parse(), Ok(read));
        }
        let china = ARN.replace("aws:", "aws-cn:");
        assert_eq!(china.parse::<SecretRef>().unwrap().to_string(), china);
    }

    #[test]
    fn a_table_of_texts_that_are_none() {
        for (text, why) in [
            ("", "none"),
            ("s3cret", "none"),
            ("shop/token", "none"),
            ("arn:aws:s3:::plans", "something else"),
            (
                "arn:aws:ssm:eu-west-1:123456789012:parameter/token",
                "Parameter Store",
            ),
            ("arn:aws:secretsmanager::123456789012:secret:a", "no region"),
            (
                "arn:aws:secretsmanager:eu-west-1:1234:secret:a",
                "12 digits",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
                "no name",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a*",
                "no name",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret",
                "something else",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a:b:c:d:e",
                "at most",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a b",
                "none",
            ),
        ] {
            let error = text.parse::<SecretRef>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
