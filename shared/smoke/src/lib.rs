//! Runs smoke tests: Hurl files, over HTTP, under one deadline.
//!
//! [`Suite::read`] takes files and refuses all that can't be run before
//! anything is sent. [`run`] runs a suite and returns a [`Report`]; a failed
//! check is data in it. Nothing is printed here: a [`Listener`] hears of it.
//! [`Report::outcomes`] is what a verdict is made of.

mod around;
mod assemble;
mod attempt;
mod body;
mod entry;
mod options;
mod outcomes;
mod report;
mod run;
mod state;
mod suite;

use std::{future::Future, pin::Pin, sync::Arc};

use hurl::ast::Verbosity;
use hurl_eval::Variables;
use rustls::ClientConfig;
use tokio::time::Instant;

pub use self::{
    report::{Ending, EntryReport, Exchange, Failure, FileReport, Report},
    run::run,
    suite::{Found, Suite, Unreadable},
};

/// Reads the files that a test names: `file,logo.png;`.
pub trait Files: Send + Sync {
    /// The file called `name` in the test file called `test`; or why there is
    /// none, in one line. A name that leads out of the tests' own folder is
    /// refused.
    fn read<'a>(
        &'a self,
        test: &'a str,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;
}

/// Hears how a run goes.
pub trait Listener: Send + Sync {
    /// Something happened.
    fn hear(&self, news: News<'_>);
}

/// What a listener hears. It is free of the secrets that are known by then.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// An attempt begins.
    Attempt {
        /// The file.
        file: &'a str,
        /// The entry's number, from 1.
        entry: u32,
        /// How many there are.
        of: u32,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// An entry has ended.
    Entry {
        /// The file.
        file: &'a str,
        /// How it ended.
        report: &'a EntryReport,
    },
    /// A file has ended.
    File(&'a FileReport),
}

/// Everything that a run needs besides its files.
pub struct Settings<'a> {
    /// The variables that each file begins with.
    pub variables: &'a Variables,
    /// The files beside the tests.
    pub files: &'a dyn Files,
    /// How TLS is spoken.
    pub tls: Arc<ClientConfig>,
    /// What every entry begins with, before its own `[Options]`.
    pub defaults: exchange::Options,
    /// Judges every connection before it is made; None: all may be.
    pub guard: Option<&'a exchange::Guard<'a>>,
    /// So many files run at the same time; at least one does.
    pub jobs: usize,
    /// When the run ends, done or not.
    pub deadline: Instant,
    /// Hears how it goes.
    pub listener: &'a dyn Listener,
    /// How much is kept of every exchange, if its entry asks for no more.
    pub verbosity: Verbosity,
}
