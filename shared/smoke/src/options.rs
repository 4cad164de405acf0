//! An entry's `[Options]`, over what every entry of the run begins with.

use std::{str::FromStr, time::Duration};

use exchange::{BadTarget, Family, Identity, Redirects, Wanted};
use hurl::{
    Span,
    ast::{
        Count, Entry, EntryOption, Number, OptionKind, Placeholder, Setting, Template,
        VariableValue, Verbosity,
    },
};
use hurl_eval::{Around, Fault, Files, Value, Variables};

/// The pause between attempts, if nothing is said.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How an entry runs.
#[derive(Debug)]
pub(crate) struct EntryOptions {
    /// How its requests are sent.
    pub(crate) exchange: exchange::Options,
    /// It does not run.
    pub(crate) skip: bool,
    /// How often it runs; None: once.
    pub(crate) repeat: Option<Count>,
    /// How often it is tried again; None: never.
    pub(crate) retry: Option<Count>,
    /// The pause before it is tried again.
    pub(crate) retry_interval: Duration,
    /// The pause before it runs.
    pub(crate) delay: Duration,
    /// How much of it is shown.
    pub(crate) verbosity: Verbosity,
}

/// Options whose files are still to be read.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) options: EntryOptions,
    authorities: Option<File>,
    certificate: Option<File>,
    key: Option<File>,
}

/// A file that an option names.
#[derive(Debug)]
struct File {
    name: String,
    span: Span,
}

/// Goes through the options in order: a variable that one sets is known to the
/// next one, and to all later entries.
pub(crate) fn evaluate(
    entry: &Entry,
    defaults: exchange::Options,
    variables: &mut Variables,
    around: &Around<'_>,
) -> Result<Evaluated, Fault> {
    let mut evaluated = Evaluated {
        options: EntryOptions {
            exchange: defaults,
            skip: false,
            repeat: None,
            retry: None,
            retry_interval: RETRY_INTERVAL,
            delay: Duration::ZERO,
            verbosity: Verbosity::Brief,
        },
        authorities: None,
        certificate: None,
        key: None,
    };
    for option in &entry.request.options {
        if let OptionKind::Variable { name, value } = &option.value {
            let value = variable(value, variables, around)?;
            let set = variables.insert(name.clone(), value);
            set.map_err(|bad| Fault::new(option.span, bad.to_string()))?;
            continue;
        }
        let look = Look { variables, around };
        evaluated.apply(option, look)?;
    }
    Ok(evaluated)
}

impl Evaluated {
    /// The names of the files to be read.
    pub(crate) fn names(&self) -> Vec<String> {
        let all = [&self.authorities, &self.certificate, &self.key];
        let named = all.into_iter().flatten();
        named.map(|file| file.name.clone()).collect()
    }

    fn apply(&mut self, option: &EntryOption, look: Look<'_>) -> Result<(), Fault> {
        let options = &mut self.options;
        let exchange = &mut options.exchange;
        match &option.value {
            // Set by the caller, who may change variables.
            OptionKind::Variable { .. } => {}
            OptionKind::CaCertificate(name) => self.authorities = Some(look.file(name)?),
            OptionKind::ClientCertificate(name) => self.certificate = Some(look.file(name)?),
            OptionKind::ClientKey(name) => self.key = Some(look.file(name)?),
            OptionKind::Delay(value) => options.delay = look.duration(value)?,
            OptionKind::Repeat(value) => options.repeat = Some(look.count(value)?),
            OptionKind::Retry(value) => options.retry = Some(look.count(value)?),
            OptionKind::RetryInterval(value) => options.retry_interval = look.duration(value)?,
            OptionKind::Skip(value) => options.skip = look.yes(value)?,
            OptionKind::Verbose(value) => options.verbosity = look.verbosity(value)?,
            _ => look.exchange(option, exchange)?,
        }
        Ok(())
    }
}

/// What options are evaluated with.
#[derive(Clone, Copy)]
struct Look<'a> {
    variables: &'a Variables,
    around: &'a Around<'a>,
}

impl Evaluated {
    /// Puts in what the files hold.
    pub(crate) fn with_files(self, files: &Files) -> Result<EntryOptions, Fault> {
        let Self {
            mut options,
            authorities,
            certificate,
            key,
        } = self;
        let read = |file: Option<File>| file.map(|file| file.bytes(files)).transpose();
        let (authorities, certificate, key) = (read(authorities)?, read(certificate)?, read(key)?);
        let exchange = &mut options.exchange;
        if authorities.is_some() {
            exchange.authorities = authorities;
        }
        if let Some(certificate) = certificate {
            let before = exchange.identity.take();
            let key = before.map(|identity| identity.key).unwrap_or_default();
            exchange.identity = Some(Identity { certificate, key });
        }
        // A key alone shows nobody anything, here and with `hurl`.
        if let (Some(key), Some(identity)) = (key, &mut exchange.identity) {
            identity.key = key;
        }
        Ok(options)
    }
}

impl File {
    fn bytes(self, files: &Files) -> Result<Vec<u8>, Fault> {
        match files.get(&self.name) {
            Some(Ok(bytes)) => Ok(bytes.clone()),
            Some(Err(why)) => Err(Fault::new(self.span, why.clone())),
            None => {
                let what = format!("the file {} was not read", self.name);
                Err(Fault::new(self.span, what))
            }
        }
    }
}

impl Look<'_> {
    /// An option that says how requests are sent.
    fn exchange(self, option: &EntryOption, options: &mut exchange::Options) -> Result<(), Fault> {
        match &option.value {
            OptionKind::Compressed(value) => options.compressed = self.yes(value)?,
            OptionKind::ConnectTimeout(value) => {
                options.connect_timeout = Some(self.duration(value)?)
            }
            OptionKind::ConnectTo(text) => options.connect_to.push(self.parsed(text)?),
            OptionKind::Header(text) => options.headers.push(self.header(text)?),
            // Turned off, each version means the one below it, as with `hurl`.
            OptionKind::Http10(value) => {
                if self.yes(value)? {
                    options.version = Wanted::Http10;
                }
            }
            OptionKind::Http11(value) => {
                options.version = match self.yes(value)? {
                    true => Wanted::Http11,
                    false => Wanted::Http10,
                };
            }
            OptionKind::Http2(value) => {
                options.version = match self.yes(value)? {
                    true => Wanted::Http2,
                    false => Wanted::Http11,
                };
            }
            OptionKind::Insecure(value) => options.insecure = self.yes(value)?,
            // Turned off, each means the other one, as with `hurl`.
            OptionKind::Ipv4(value) => options.family = Some(family(self.yes(value)?)),
            OptionKind::Ipv6(value) => options.family = Some(family(!self.yes(value)?)),
            OptionKind::Location(value) => {
                options.redirects = match self.yes(value)? {
                    true => Redirects::Follow,
                    false => Redirects::No,
                };
            }
            OptionKind::LocationTrusted(value) => {
                if self.yes(value)? {
                    options.redirects = Redirects::FollowTrusted;
                }
            }
            OptionKind::MaxRedirects(value) => {
                options.max_redirects = match self.count(value)? {
                    Count::Finite(most) => Some(most),
                    Count::Infinite => None,
                };
            }
            OptionKind::MaxTime(value) => options.max_time = Some(self.duration(value)?),
            OptionKind::PathAsIs(value) => options.path_as_is = self.yes(value)?,
            OptionKind::Resolve(text) => options.resolve.push(self.parsed(text)?),
            OptionKind::User(text) => options.user = Some(self.user(text)?),
            // About the entry, not about its requests.
            OptionKind::CaCertificate(_)
            | OptionKind::ClientCertificate(_)
            | OptionKind::ClientKey(_)
            | OptionKind::Delay(_)
            | OptionKind::Repeat(_)
            | OptionKind::Retry(_)
            | OptionKind::RetryInterval(_)
            | OptionKind::Skip(_)
            | OptionKind::Variable { .. }
            | OptionKind::Verbose(_) => {}
        }
        Ok(())
    }

    /// A text that has a form of its own.
    fn parsed<T: FromStr<Err = BadTarget>>(self, template: &Template) -> Result<T, Fault> {
        let text = self.text(template)?;
        text.parse()
            .map_err(|why: BadTarget| Fault::new(template.span, why.to_string()))
    }

    fn user(self, template: &Template) -> Result<(String, String), Fault> {
        let text = self.text(template)?;
        let (name, password) = text.split_once(':').unwrap_or((&text, ""));
        Ok((name.to_owned(), password.to_owned()))
    }

    fn header(self, template: &Template) -> Result<(String, String), Fault> {
        let text = self.text(template)?;
        let (name, value) = text.split_once(':').ok_or_else(|| {
            Fault::new(template.span, format!("{text:?} is no header"))
                .with_remedy("write name: value")
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    }

    fn text(self, template: &Template) -> Result<String, Fault> {
        hurl_eval::text(template, self.variables, self.around)
    }

    fn file(self, name: &Template) -> Result<File, Fault> {
        let span = name.span;
        self.text(name).map(|name| File { name, span })
    }

    fn yes(self, setting: &Setting<bool>) -> Result<bool, Fault> {
        match setting {
            Setting::Literal(yes) => Ok(*yes),
            Setting::Placeholder(placeholder) => match self.value(placeholder)? {
                Value::Bool(yes) => Ok(yes),
                other => Err(unfit(placeholder, &other, "true or false")),
            },
        }
    }

    fn count(self, setting: &Setting<Count>) -> Result<Count, Fault> {
        match setting {
            Setting::Literal(count) => Ok(*count),
            Setting::Placeholder(placeholder) => {
                let value = self.value(placeholder)?;
                match value {
                    Value::Number(Number::Integer(-1)) => Ok(Count::Infinite),
                    // More often than it can be counted is without end.
                    Value::Number(Number::Integer(n)) if n >= 0 => {
                        Ok(u32::try_from(n).map_or(Count::Infinite, Count::Finite))
                    }
                    other => Err(unfit(placeholder, &other, "an integer from -1 on")),
                }
            }
        }
    }

    /// A placeholder's number is in milliseconds.
    fn duration(self, setting: &Setting<Duration>) -> Result<Duration, Fault> {
        match setting {
            Setting::Literal(duration) => Ok(*duration),
            Setting::Placeholder(placeholder) => {
                let value = self.value(placeholder)?;
                let millis = match &value {
                    Value::Number(Number::Integer(n)) => u64::try_from(*n).ok(),
                    _ => None,
                };
                let unfit = || unfit(placeholder, &value, "an integer from 0 on, in milliseconds");
                millis.map(Duration::from_millis).ok_or_else(unfit)
            }
        }
    }

    fn verbosity(self, setting: &Setting<Verbosity>) -> Result<Verbosity, Fault> {
        match setting {
            Setting::Literal(verbosity) => Ok(*verbosity),
            Setting::Placeholder(placeholder) => {
                let verbose = self.yes(&Setting::Placeholder(placeholder.clone()))?;
                Ok(if verbose {
                    Verbosity::Verbose
                } else {
                    Verbosity::Brief
                })
            }
        }
    }

    fn value(self, placeholder: &Placeholder) -> Result<Value, Fault> {
        hurl_eval::value(placeholder, self.variables, self.around)
    }
}

fn family(four: bool) -> Family {
    match four {
        true => Family::V4,
        false => Family::V6,
    }
}

fn unfit(placeholder: &Placeholder, value: &Value, expected: &str) -> Fault {
    Fault::new(
        placeholder.span,
        format!("must be {expected}, and is {value}"),
    )
    .with_remedy("give the variable a value of that type")
}

fn variable(
    value: &VariableValue,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Value, Fault> {
    Ok(match value {
        VariableValue::Null => Value::Null,
        VariableValue::Bool(yes) => Value::Bool(*yes),
        VariableValue::Number(number) => Value::Number(number.clone()),
        VariableValue::Text(text) => Value::Text(hurl_eval::text(text, variables, around)?),
    })
}
