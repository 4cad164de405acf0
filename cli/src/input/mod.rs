//! What the user hands to the command: files and words, read into types, with
//! the place of every mistake.

mod appspec;
mod taskdef;

use std::{fmt, io::Read as _, path::Path};

use serde_saphyr::Spanned;

pub(crate) use appspec::{AppSpec, HookEntry, PLACEHOLDER};
pub(crate) use taskdef::TaskDefinition;

/// Input that can't be used: one line, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputError(String);

impl InputError {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(verdict::one_line(&text.to_string()))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}

/// Something that is not wrong as such, but will be missed or go wrong later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// Where: `appspec.yml:7:9`.
    pub(crate) place: String,
    /// What, and what to do.
    pub(crate) text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// A file's text, and what errors call it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// More than any file of a deployment has; CodePipeline takes 3 MB for all.
const LARGEST: u64 = 3 * 1024 * 1024;

impl Source {
    /// A text that comes with the command.
    pub(crate) fn own(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let fail = |why: &dyn fmt::Display| InputError::new(format!("{name}: {why}"));
        let size = std::fs::metadata(path).map_err(|e| fail(&e))?.len();
        if size > LARGEST {
            return Err(fail(&format!(
                "it has {size} bytes, and {LARGEST} are the most"
            )));
        }
        let bytes = std::fs::read(path).map_err(|e| fail(&e))?;
        Self::of(name, bytes)
    }

    /// Reads standard input.
    pub(crate) fn read_stdin() -> Result<Self, InputError> {
        let name = "standard input".to_owned();
        let fail = |why: &dyn fmt::Display| InputError::new(format!("{name}: {why}"));
        let mut bytes = Vec::new();
        let mut most = std::io::stdin().lock().take(LARGEST + 1);
        most.read_to_end(&mut bytes).map_err(|e| fail(&e))?;
        if most.limit() == 0 {
            return Err(fail(&format!("it has more than {LARGEST} bytes")));
        }
        Self::of(name, bytes)
    }

    fn of(name: String, bytes: Vec<u8>) -> Result<Self, InputError> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let last = before.rsplit(|byte| *byte == b'\n').next();
                let column = String::from_utf8_lossy(last.unwrap_or_default())
                    .chars()
                    .count()
                    + 1;
                Err(InputError::new(format!(
                    "{name}:{line}:{column}: it is not UTF-8 text"
                )))
            }
        }
    }

    /// Reads YAML, or JSON as the part of it that it is.
    pub(crate) fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, InputError> {
        let options = serde_saphyr::options! {
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(&self.text, options).map_err(|error| {
            let place = match error.location() {
                Some(at) => format!("{}:{}:{}", self.name, at.line(), at.column()),
                None => format!("{}:1:1", self.name),
            };
            let text = error.to_string();
            // The place stands in front already.
            let text = text.split(" at line ").next().unwrap_or(&text);
            InputError::new(format!("{place}: {text}"))
        })
    }

    /// The place of a value: `appspec.yml:7:9`.
    pub(crate) fn place<T>(&self, of: &Spanned<T>) -> String {
        let at = of.referenced;
        format!("{}:{}:{}", self.name, at.line().max(1), at.column().max(1))
    }

    /// A mistake at a value.
    pub(crate) fn wrong<T>(&self, at: &Spanned<T>, text: impl fmt::Display) -> InputError {
        InputError::new(format!("{}: {text}", self.place(at)))
    }

    /// A remark at a value.
    pub(crate) fn remark<T>(&self, at: &Spanned<T>, text: impl Into<String>) -> Remark {
        Remark {
            place: self.place(at),
            text: text.into(),
        }
    }
}
