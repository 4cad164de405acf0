//! What the command line says about variables. A value may be a secret, so no
//! error tells one.

use std::ffi::OsString;

use hurl_eval::{Value, Variables};
use url::{Position, Url};

use crate::{args::Smoke, input::InputError};

/// The variables that each file begins with.
pub(super) fn variables(
    args: &Smoke,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Variables, InputError> {
    let mut given = Given::default();
    if let Some(url) = &args.base_url {
        let url = base_url(url)?;
        let base = url.as_str().trim_end_matches('/');
        let host = &url[Position::BeforeHost..Position::AfterPort];
        given.add("--base-url", "base_url", Value::Text(base.to_owned()))?;
        given.add("--base-url", "host", Value::Text(host.to_owned()))?;
    }
    for pair in &args.variable {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| InputError::new(format!("--variable {pair}: write it as NAME=VALUE")))?;
        given.add("--variable", name, Variables::parse_value(value))?;
    }
    for pair in &args.secret {
        let (name, value) = secret(pair, environment)?;
        given.keep("--secret", &name, &value)?;
    }
    Ok(given.variables)
}

/// Where the application is. Credentials would be shown with each request.
fn base_url(text: &str) -> Result<Url, InputError> {
    let wrong = |why: &str| InputError::new(format!("--base-url: {why}"));
    let url = Url::parse(text)
        .map_err(|error| wrong(&format!("{error}; write it as http://host:port")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("it is neither http:// nor https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "it has credentials in it; hand them over with --secret, and use them in [BasicAuth]",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or a fragment; a path is the most"));
    }
    Ok(url)
}

/// Name and value of a secret: `name=value`, or the environment variable
/// `name`, so that the value is in no list of processes.
pub(crate) fn secret(
    given: &str,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(String, String), InputError> {
    let wrong = |name: &str, why: &str| InputError::new(format!("--secret {name}: {why}"));
    let (name, value) = match given.split_once('=') {
        Some((name, value)) => (name, value.to_owned()),
        None => {
            let found = environment(given).ok_or_else(|| {
                wrong(
                    given,
                    "there is no environment variable of this name; set one, or write NAME=VALUE",
                )
            })?;
            let value = found.into_string();
            let value = value.map_err(|_| wrong(given, "its value is not UTF-8 text"))?;
            (given, value)
        }
    };
    match (name, value.as_str()) {
        ("", _) => Err(wrong("", "it has no name; write it as NAME=VALUE")),
        // What a pipeline hands on when it doesn't know the secret.
        (_, "") => Err(wrong(name, "its value is empty")),
        _ => Ok((name.to_owned(), value)),
    }
}

#[derive(Default)]
struct Given {
    variables: Variables,
    names: Vec<String>,
}

impl Given {
    fn add(&mut self, option: &str, name: &str, value: Value) -> Result<(), InputError> {
        self.once(option, name)?;
        let added = self.variables.insert(name, value);
        added.map_err(|error| InputError::new(format!("{option}: {error}")))
    }

    fn keep(&mut self, option: &str, name: &str, value: &str) -> Result<(), InputError> {
        self.once(option, name)?;
        let added = self.variables.insert_secret(name, value);
        added.map_err(|error| InputError::new(format!("{option}: {error}")))
    }

    fn once(&mut self, option: &str, name: &str) -> Result<(), InputError> {
        if self.names.iter().any(|known| known == name) {
            return Err(InputError::new(format!(
                "{option}: the variable {name} is given twice"
            )));
        }
        self.names.push(name.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Arguments, Command};

    fn given(args: &str) -> Result<Variables, String> {
        let words = ["greenlight", "smoke", "a.hurl"].into_iter();
        let words = words.chain(args.split_whitespace());
        let Command::Smoke(args) = Arguments::parse_from(words).command else {
            unreachable!("the second word is smoke");
        };
        let environment = |name: &str| match name {
            "token" => Some(OsString::from("s3cret")),
            "nothing" => Some(OsString::new()),
            _ => None,
        };
        variables(&args, &environment).map_err(|error| error.to_string())
    }

    fn text(variables: &Variables, name: &str) -> Option<String> {
        match variables.get(name)? {
            Value::Text(text) => Some(text.clone()),
            other => Some(format!("{other:?}")),
        }
    }

    #[test]
    fn a_base_url_is_two_variables() {
        for (url, base, host) in [
            (
                "http://127.0.0.1:3000",
                "http://127.0.0.1:3000",
                "127.0.0.1:3000",
            ),
            (
                "http://127.0.0.1:3000/",
                "http://127.0.0.1:3000",
                "127.0.0.1:3000",
            ),
            (
                "https://shop.example/api/",
                "https://shop.example/api",
                "shop.example",
            ),
            ("http://[::1]:80", "http://[::1]", "[::1]"),
        ] {
            let found = given(&format!("--base-url {url}")).unwrap();
            assert_eq!(text(&found, "base_url").unwrap(), base);
            assert_eq!(text(&found, "host").unwrap(), host);
        }
    }

    #[test]
    fn secrets_come_from_the_command_line_and_the_environment() {
        let found = given("--secret token --secret key=a=b --variable n=5").unwrap();
        assert_eq!(text(&found, "token").unwrap(), "s3cret");
        assert_eq!(text(&found, "key").unwrap(), "a=b");
        let secrets: Vec<&str> = found.secrets().collect();
        assert_eq!(secrets, ["a=b", "s3cret"]);
        assert!(matches!(found.get("n"), Some(Value::Number(_))));
    }

    #[test]
    fn a_table_of_mistakes() {
        for (args, error) in [
            ("--variable x", "--variable x: write it as NAME=VALUE"),
            (
                "--variable x=1 --variable x=2",
                "--variable: the variable x is given twice",
            ),
            (
                "--base-url http://a --variable host=b",
                "the variable host is given twice",
            ),
            (
                "--variable newUuid=1",
                "--variable: \"newUuid\" is the name of a function",
            ),
            (
                "--secret x",
                "--secret x: there is no environment variable of this name",
            ),
            ("--secret nothing", "--secret nothing: its value is empty"),
            ("--secret =s3cret", "--secret : it has no name"),
            (
                "--secret newDate=s3cret",
                "--secret: \"newDate\" is the name of a function",
            ),
            ("--base-url shop", "--base-url: relative URL without a base"),
            ("--base-url ftp://shop", "--base-url: it is neither"),
            (
                "--base-url http://u:s3cret@shop",
                "--base-url: it has credentials",
            ),
            ("--base-url http://shop?a", "--base-url: it has a query"),
        ] {
            let found = given(args).unwrap_err();
            assert!(found.contains(error), "{args}: {found}");
            assert!(!found.contains("s3cret"), "{found}");
        }
    }
}
