//! Reads secrets out of Secrets Manager. No error holds a value, or a part of
//! one.

use std::{collections::BTreeMap, error::Error};

use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueOutput,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::join_all;
use plan::SecretRef;
use serde_json::Value;
use verdict::{chain, shorten};

/// Reads secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
}

/// Why a secret can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secret {secret}: {why}")]
pub struct SecretError {
    /// The secret, as the plan names it.
    pub secret: String,
    /// What went wrong.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

impl Secrets {
    /// Reads through this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads secrets, all at the same time, and each of them once however many
    /// keys of it are meant. Nothing is kept, so that a rotated secret is the
    /// new one in the next call.
    ///
    /// # Errors
    /// Every secret that can't be used, by name.
    pub async fn read(
        &self,
        wanted: &BTreeMap<String, SecretRef>,
    ) -> Result<BTreeMap<String, String>, Vec<(String, SecretError)>> {
        let mut calls: Vec<&SecretRef> = Vec::new();
        for secret in wanted.values() {
            if !calls.iter().any(|known| is_same(known, secret)) {
                calls.push(secret);
            }
        }
        let fetched = join_all(calls.iter().map(|secret| self.fetch(secret))).await;
        let mut values = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, secret) in wanted {
            let mut both = calls.iter().zip(&fetched);
            let found = both.find(|(known, _)| is_same(known, secret));
            let value = match found {
                Some((_, Ok(text))) => part(text, secret),
                Some((_, Err(why))) => Err(why.clone()),
                // Each was called for above.
                None => continue,
            };
            match value {
                Ok(value) => {
                    values.insert(name.clone(), value);
                }
                Err((why, remedy)) => errors.push((
                    name.clone(),
                    SecretError {
                        secret: secret.to_string(),
                        why,
                        remedy,
                    },
                )),
            }
        }
        match errors.is_empty() {
            true => Ok(values),
            false => Err(errors),
        }
    }

    async fn fetch(&self, secret: &SecretRef) -> Result<String, Wrong> {
        let answer = self
            .client
            .get_secret_value()
            .secret_id(secret.arn())
            .set_version_stage(secret.stage().map(str::to_owned))
            .set_version_id(secret.version().map(str::to_owned))
            .send()
            .await
            .map_err(|error| failed(&error, secret))?;
        text(answer)
    }
}

/// Why, and what to do.
type Wrong = (String, String);

fn is_same(one: &SecretRef, other: &SecretRef) -> bool {
    let parts = |secret: &SecretRef| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (
            secret.arn().to_owned(),
            owned(secret.stage()),
            owned(secret.version()),
        )
    };
    parts(one) == parts(other)
}

fn text(answer: GetSecretValueOutput) -> Result<String, Wrong> {
    answer.secret_string.ok_or_else(|| {
        let why = "its value is binary, and a variable is a text";
        (why.to_owned(), "store it as a text".to_owned())
    })
}

/// The value that is meant: the whole text, or that of a key of its JSON.
fn part(text: &str, secret: &SecretRef) -> Result<String, Wrong> {
    let (whole, key) = match secret.key() {
        None => (text.to_owned(), None),
        Some(key) => (value_of(text, key)?, Some(key)),
    };
    match whole.is_empty() {
        false => Ok(whole),
        true => Err((
            match key {
                None => "its value is empty".to_owned(),
                Some(key) => format!("the value of its key {key:?} is empty"),
            },
            "store a value in it".to_owned(),
        )),
    }
}

fn value_of(text: &str, key: &str) -> Result<String, Wrong> {
    let remedy = || format!("store a JSON object with {key:?} in it, or leave the key out");
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err((
            format!("its value is no JSON object, so it has no key {key:?}"),
            remedy(),
        ));
    };
    match members.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        Some(_) => Err((
            format!("the value of its key {key:?} is neither a text nor a number"),
            remedy(),
        )),
        None => Err((format!("its JSON has no key {key:?}"), remedy())),
    }
}

/// What became of the call. AWS's messages tell who was refused what, and never
/// a value.
fn failed<E, R>(error: &SdkError<E, R>, secret: &SecretRef) -> Wrong
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    const ACTION: &str = "secretsmanager:GetSecretValue";
    let arn = secret.arn();
    let code = error.code();
    let why = match (error, code) {
        (SdkError::TimeoutError(_), _) => "no answer in time".to_owned(),
        (_, Some(code)) => match error.message() {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        },
        _ => chain(error),
    };
    let why = shorten(&why, 400);
    match code {
        Some("AccessDeniedException") => (
            format!("{ACTION} on it is not allowed: {why}"),
            // A key of one's own needs a permission of its own.
            format!(
                "allow the function's role {ACTION} on {arn} (parameter SmokeSecretArns or \
                 SlackSecretArn of the stack), and kms:Decrypt on its key where it has one of its own"
            ),
        ),
        Some("ResourceNotFoundException") => (
            format!("it isn't there: {why}"),
            "make it, or correct its ARN in the plan".to_owned(),
        ),
        Some("DecryptionFailure" | "DecryptionFailureException") => (
            format!("it can't be decrypted: {why}"),
            "allow the function's role kms:Decrypt on its key".to_owned(),
        ),
        _ if matches!(
            error,
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)
        ) =>
        {
            (
                format!("{ACTION} failed: {why}"),
                "a function in a VPC needs a NAT gateway or the interface endpoint of Secrets \
                 Manager"
                    .to_owned(),
            )
        }
        _ => (
            format!("{ACTION} failed: {why}"),
            "look at the secret in Secrets Manager".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/token-AbCdEf";

    fn secret(behind: &str) -> SecretRef {
        format!("{ARN}{behind}").parse().unwrap()
    }

    #[test]
    fn a_table_of_parts() {
        let json =
            r#"{"user":"demo","port":8080,"on":true,"list":["hidden"],"empty":"","null":null}"#;
        for (text, behind, value) in [
            ("hidden", "", Ok("hidden")),
            (json, "", Ok(json)),
            (json, ":user::", Ok("demo")),
            (json, ":port::", Ok("8080")),
            (json, ":on::", Ok("true")),
            (json, ":list::", Err("neither a text nor a number")),
            (json, ":null::", Err("neither a text nor a number")),
            (json, ":empty::", Err("is empty")),
            (json, ":hidden::", Err("its JSON has no key \"hidden\"")),
            ("hidden", ":user::", Err("no JSON object")),
            ("[\"hidden\"]", ":user::", Err("no JSON object")),
            ("", "", Err("its value is empty")),
        ] {
            match (part(text, &secret(behind)), value) {
                (Ok(found), Ok(value)) => assert_eq!(found, value),
                (Err((why, remedy)), Err(part)) => {
                    assert!(why.contains(part), "{why}");
                    // The value's own texts stay out of it.
                    let told = format!("{why} {remedy}").replace(":hidden", "");
                    assert!(!told.replace("\"hidden\"", "").contains("hidden"), "{told}");
                }
                (found, value) => panic!("{found:?} for {value:?}"),
            }
        }
    }

    #[test]
    fn a_binary_secret_is_refused() {
        let answer = GetSecretValueOutput::builder().build();
        assert!(text(answer).unwrap_err().0.contains("binary"));
    }

    #[test]
    fn keys_of_one_secret_are_one_call() {
        assert!(is_same(&secret(":a::"), &secret(":b::")));
        assert!(!is_same(&secret(""), &secret("::AWSPREVIOUS:")));
    }
}
