//! The smoke tests of a plan.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;
use wording::quoted;
use yaml::Place;

use super::reader::{Reader, Reported};
use crate::{
    DEFAULT_JOBS, Glob, SecretRef, Smoke, SmokeGate, Variable,
    keys::RESERVED,
    limits,
    loose::{Fields as _, Given, Key, Keys, OneOrMore, Pairs, Scalar},
    raw::{RawSmoke, RawSmokeGate},
};

/// Where a secret's ARN is looked for.
const ARN: &str = "the ARN of a secret, as \
    arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/token-AbCdEf";

impl Reader<'_> {
    pub(super) fn smoke_gate(
        &mut self,
        raw: Given<Keys<RawSmokeGate>>,
    ) -> Result<SmokeGate, Reported> {
        let what = "\"after-allow-test-traffic\"";
        let (mut keys, at) = self.expect(raw, what, "a mapping with \"smoke\"")?;
        self.unknown_keys(&keys, |key| match key {
            key if RawSmoke::KEYS.contains(&key) => Some("it goes under \"smoke\""),
            "probes" => Some("probes run at \"before-allow-traffic\""),
            _ => None,
        });
        match keys.fields.smoke.0.take() {
            Some(smoke) => Ok(SmokeGate {
                smoke: self.smoke(smoke)?,
            }),
            None => {
                let message = "\"smoke\" is missing; a gate without checks is no gate";
                Err(self.missing("smoke", &keys, at, message))
            }
        }
    }

    fn smoke(&mut self, raw: Given<Keys<RawSmoke>>) -> Result<Smoke, Reported> {
        let (mut keys, at) = self.expect(raw, "\"smoke\"", "a mapping with \"files\"")?;
        self.unknown_keys(&keys, |key| match key {
            "base_url" | "host" => {
                Some("the gate sets this variable; \"base-url\" names another one than its own")
            }
            _ => None,
        });
        let files = match keys.fields.files.0.take() {
            Some(files) => self.files(files),
            None => {
                let message = "\"files\" is missing; name the tests, as smoke/*.hurl";
                Err(self.missing("files", &keys, at, message))
            }
        };
        let raw = &mut keys.fields;
        let ca_at = raw.ca.0.as_ref().map(|given| given.at);
        let variables = self.optional(&mut raw.variables, Self::variables);
        let taken: Vec<&String> = match &variables {
            Ok(Some(variables)) => variables.keys().collect(),
            _ => vec![],
        };
        let secrets = self.optional(&mut raw.secrets, |reader, given| {
            reader.secrets(given, &taken)
        });
        let base_url = self.optional(&mut raw.base_url, Self::base_url);
        let ca = self.optional(&mut raw.ca, Self::ca);
        let jobs = self.optional(&mut raw.jobs, Self::jobs);
        let timeout = self.optional(&mut raw.timeout, |reader, given| {
            reader.duration(given, "\"timeout\"", &limits::TIMEOUT)
        });
        if let (Ok(Some(url)), Some(at)) = (&base_url, ca_at)
            && url.scheme() == "http"
        {
            self.mistake(at, "\"ca\" is for TLS, and \"base-url\" is http://");
        }
        Ok(Smoke {
            files: files?,
            variables: variables?.unwrap_or_default(),
            secrets: secrets?.unwrap_or_default(),
            base_url: base_url?,
            ca: ca?,
            jobs: jobs?.unwrap_or(DEFAULT_JOBS),
            timeout: timeout?,
        })
    }

    fn files(&mut self, given: Given<OneOrMore>) -> Result<Vec<Glob>, Reported> {
        let wanted = "a pattern of files beside the plan, as smoke/*.hurl";
        let texts = self.texts(given, "\"files\"", wanted)?;
        let mut globs: Vec<Result<Glob, Reported>> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (text, at) in texts {
            globs.push(match text.parse::<Glob>() {
                Ok(_) if seen.contains(&text) => {
                    Err(self.mistake(at, format!("{} is here a second time", quoted(&text))))
                }
                Ok(glob) => Ok(glob),
                Err(why) => {
                    let shown = quoted(&text);
                    Err(self.mistake(at, format!("\"files\" takes {wanted}, not {shown}; {why}")))
                }
            });
            seen.push(text);
        }
        globs.into_iter().collect()
    }

    fn variables(
        &mut self,
        given: Given<Pairs<Scalar>>,
    ) -> Result<BTreeMap<String, Variable>, Reported> {
        let mut all = Vec::new();
        for ((name, at), value) in self.pairs(given, "\"variables\"", "values")? {
            let named = self.variable_name(&name, at);
            let value = self.variable(value, &name);
            all.push(named.and_then(|()| Ok((name, value?))));
        }
        all.into_iter().collect()
    }

    /// A variable's value has the type that it has at a desk, where the
    /// `hurl` command is given it as `name=value`; but what is in quotes is a
    /// text. Errors don't repeat it.
    fn variable(&mut self, given: Given<Scalar>, name: &str) -> Result<Variable, Reported> {
        let what = format!("the variable {}", quoted(name));
        let wanted = "a text, a number, true or false";
        let (scalar, at) = self.expect(given, &what, wanted)?;
        let why = match scalar {
            Scalar::Text(text) if text.len() > limits::VARIABLE_BYTES => "is too long",
            Scalar::Text(text) => return Ok(Variable::Text(text)),
            Scalar::Plain(Value::Bool(value)) => return Ok(Variable::Bool(value)),
            Scalar::Plain(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => return Ok(Variable::Integer(integer)),
                (None, Some(float)) if !number.is_u64() => return Ok(Variable::Float(float)),
                _ => "is a number that is too large; write it in quotes",
            },
            Scalar::Plain(_) => "is neither a text nor a number",
        };
        Err(self.mistake(at, format!("{what} {why}")))
    }

    fn secrets(
        &mut self,
        given: Given<Pairs<Scalar>>,
        taken: &[&String],
    ) -> Result<BTreeMap<String, SecretRef>, Reported> {
        let mut all = Vec::new();
        for ((name, at), value) in self.pairs(given, "\"secrets\"", "ARNs")? {
            let named = match taken.contains(&&name) {
                true => {
                    let message = format!("{} is the name of a variable already", quoted(&name));
                    Err(self.mistake(at, message))
                }
                false => self.variable_name(&name, at),
            };
            let secret = self.secret(value, &name);
            all.push(named.and_then(|()| Ok((name, secret?))));
        }
        all.into_iter().collect()
    }

    /// What is no ARN may be the secret itself, so errors don't repeat it.
    fn secret(&mut self, given: Given<Scalar>, name: &str) -> Result<SecretRef, Reported> {
        let what = format!("the secret {}", quoted(name));
        let (text, at) = self.text(given, &what, ARN)?;
        text.parse()
            .map_err(|why| self.mistake(at, format!("{what} must be {ARN}; {why}")))
    }

    /// A mapping of names that isn't endless.
    fn pairs(
        &mut self,
        given: Given<Pairs<Scalar>>,
        what: &str,
        values: &str,
    ) -> Result<Vec<(Key, Given<Scalar>)>, Reported> {
        let (Pairs(pairs), at) =
            self.expect(given, what, &format!("a mapping of names to {values}"))?;
        match pairs.len() > limits::ITEMS {
            true => {
                let most = limits::ITEMS;
                Err(self.mistake(at, format!("{what} takes at most {most} names")))
            }
            false => Ok(pairs),
        }
    }

    fn variable_name(&mut self, name: &str, at: Place) -> Result<(), Reported> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let shown = quoted(name);
        let message = match RESERVED.iter().position(|taken| *taken == name) {
            Some(0 | 1) => format!("the gate sets the variable {shown} itself"),
            Some(_) => format!("{shown} is a function of Hurl, and no name of a variable"),
            None if name.is_empty()
                || name.chars().count() > limits::NAME
                || !name.chars().all(plain) =>
            {
                format!("{shown} is no name of a variable; it takes letters, digits, _ and -")
            }
            None => return Ok(()),
        };
        Err(self.mistake(at, message))
    }

    fn base_url(&mut self, given: Given<Scalar>) -> Result<Url, Reported> {
        let wanted = "scheme and name, as https://shop.example.com";
        let (text, at) = self.text(given, "\"base-url\"", wanted)?;
        // Not the text itself: a URL may carry a secret.
        base_url(&text)
            .map_err(|why| self.mistake(at, format!("\"base-url\" must be {wanted}; {why}")))
    }

    fn jobs(&mut self, given: Given<Scalar>) -> Result<usize, Reported> {
        let wanted = "a number from 1 to 32";
        let (text, at) = self.plain(given, "\"jobs\"", wanted)?;
        match text.parse() {
            Ok(jobs) if limits::JOBS.contains(&jobs) => Ok(jobs),
            _ => Err(self.mistake(
                at,
                format!("\"jobs\" must be {wanted}, not {}", quoted(&text)),
            )),
        }
    }
}

fn base_url(text: &str) -> Result<Url, &'static str> {
    if text.len() > limits::URL_BYTES || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("this is none");
    }
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
        _ => return Err("this is none"),
    };
    match () {
        () if !url.username().is_empty() || url.password().is_some() || text.contains('@') => {
            Err("a user has no place in it; use basic authentication in the tests")
        }
        () if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
            Err("paths stand in the tests")
        }
        () if url.port() == Some(0) => Err("there is no port 0"),
        () => Ok(url),
    }
}
