//! A run with everything that it needs.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use hurl_eval::{Value, Variables};
use rustls::{ClientConfig, RootCertStore};
use smoke::{
    Ending, EntryReport, FileReport, Files, Found, Listener, News, Report, Settings, Suite,
};
use tokio::time::Instant;

/// Files in memory. One is never there in time.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn read<'a>(
        &'a self,
        test: &'a str,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>> {
        Box::pin(async move {
            if name == "never" {
                std::future::pending::<()>().await;
            }
            let known = self.0.get(name).cloned();
            known.ok_or_else(|| format!("there is no file {name} beside {test}"))
        })
    }
}

/// Writes down what it hears.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<String>>);

impl Heard {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Listener for Heard {
    fn hear(&self, news: News<'_>) {
        let line = match news {
            News::Attempt {
                file,
                entry,
                of,
                attempt,
            } => format!("{file} {entry}/{of} attempt {attempt}"),
            News::Entry { file, report } => {
                format!("{file} {} {:?} {report:?}", report.entry, report.ending)
            }
            News::File(report) => format!("{} {:?} {report:?}", report.file, report.ending),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// A run that can be changed before it runs.
pub(crate) struct Setup {
    pub(crate) variables: Variables,
    pub(crate) files: Memory,
    pub(crate) heard: Heard,
    pub(crate) jobs: usize,
    pub(crate) time: Duration,
}

impl Setup {
    pub(crate) fn new(base_url: &str) -> Self {
        let mut variables = Variables::new();
        variables
            .insert("base_url", Value::Text(base_url.to_owned()))
            .unwrap();
        Self {
            variables,
            files: Memory::default(),
            heard: Heard::default(),
            jobs: 4,
            time: Duration::from_secs(20),
        }
    }

    pub(crate) fn secret(mut self, name: &str, text: &str) -> Self {
        self.variables.insert_secret(name, text).unwrap();
        self
    }

    pub(crate) fn file(mut self, name: &str, bytes: &str) -> Self {
        self.files
            .0
            .insert(name.to_owned(), bytes.as_bytes().to_vec());
        self
    }

    pub(crate) fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs;
        self
    }

    pub(crate) fn time(mut self, millis: u64) -> Self {
        self.time = Duration::from_millis(millis);
        self
    }

    pub(crate) async fn all(&self, files: &[(&str, &str)]) -> Report {
        let found = files.iter().map(|(name, text)| Found {
            name: (*name).to_owned(),
            bytes: text.as_bytes().to_vec(),
        });
        let suite = Suite::read(found.collect()).unwrap_or_else(|unreadable| {
            let shown: Vec<_> = unreadable.iter().map(|u| u.show()).collect();
            panic!("{}", shown.join("\n"))
        });
        smoke::run(&suite, self.settings(&self.heard)).await
    }

    pub(crate) fn settings<'a>(&'a self, listener: &'a dyn Listener) -> Settings<'a> {
        Settings {
            variables: &self.variables,
            files: &self.files,
            tls: tls(),
            defaults: exchange::Options::default(),
            guard: None,
            jobs: self.jobs,
            deadline: Instant::now() + self.time,
            listener,
            verbosity: hurl::ast::Verbosity::Brief,
        }
    }

    pub(crate) async fn one(&self, text: &str) -> FileReport {
        let mut report = self.all(&[("a.hurl", text)]).await;
        report.files.remove(0)
    }
}

/// Trusts nobody: these tests use no TLS.
fn tls() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Arc::new(config)
}

pub(crate) fn endings(report: &FileReport) -> Vec<Ending> {
    report.entries.iter().map(|e| e.ending).collect()
}

/// What was wrong: `line: subject: expected: actual`.
pub(crate) fn wrongs(entry: &EntryReport) -> Vec<String> {
    let wrong = |f: &smoke::Failure| {
        let expected = f.expected.clone().unwrap_or_default();
        format!("{}: {}: {expected}: {}", f.line, f.subject, f.actual)
    };
    entry.failures.iter().map(wrong).collect()
}
