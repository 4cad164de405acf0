//! Every file of the corpus ends as it does with the official command.
//! `corpus/expected.tsv` tells how that is; `scripts/conformance` asks it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod server;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use greenlight_smoke::{Ending, Files, Found, Listener, News, Settings, Suite, run};
use hurl_eval::Variables;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::Deserialize;
use tokio::time::Instant;

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Unreadable,
}

/// What `expected.tsv` says of a file.
struct Expected {
    end: End,
    /// Why it ends in another way here.
    mark: Option<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Something in it is refused.
    Refused,
    /// Reading finds what the official command finds when it runs.
    Early,
    /// It checks nothing. That it runs is all that counts here.
    Nothing,
}

impl Expected {
    fn here(&self) -> End {
        match self.mark {
            Some(Mark::Refused | Mark::Early) => End::Unreadable,
            Some(Mark::Nothing) | None => self.end,
        }
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn expected() -> BTreeMap<String, Expected> {
    let text = fs::read_to_string(corpus().join("expected.tsv")).expect("the manifest is there");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let end = match cells[1] {
            "0" => End::Passed,
            "2" => End::Unreadable,
            "3" | "4" => End::Failed,
            other => unreachable!("{other} is no exit code of hurl: {line}"),
        };
        let mark = cells.get(2).map(|mark| match *mark {
            "refused" => Mark::Refused,
            "early" => Mark::Early,
            "nothing" => Mark::Nothing,
            other => unreachable!("{other} is no mark: {line}"),
        });
        (cells[0].to_owned(), Expected { end, mark })
    };
    text.lines().map(row).collect()
}

/// The files of the corpus, by their names below it.
fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![corpus()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "hurl") {
                let name = path.strip_prefix(corpus()).unwrap().to_str().unwrap();
                files.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[derive(Deserialize)]
struct Given {
    variables: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

fn variables(server: &server::Server) -> Variables {
    let text = fs::read_to_string(corpus().join("variables.json")).unwrap();
    let given: Given = serde_json::from_str(&text).unwrap();
    let mut variables = Variables::new();
    let addresses = server.variables.iter().map(|(n, v)| (*n, v.as_str()));
    let own = given
        .variables
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()));
    for (name, value) in own.chain(addresses) {
        variables
            .insert(name, Variables::parse_value(value))
            .unwrap();
    }
    for (name, value) in &given.secrets {
        variables.insert_secret(name, value).unwrap();
    }
    variables
}

/// The files beside each test; the server's certificates are in every folder.
struct Beside {
    certificates: BTreeMap<&'static str, String>,
}

impl Files for Beside {
    fn read<'a>(
        &'a self,
        test: &'a str,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(text) = self.certificates.get(name) {
                return Ok(text.clone().into_bytes());
            }
            let folder = fs::canonicalize(corpus().join(test).parent().unwrap()).unwrap();
            let path = fs::canonicalize(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
            if !path.starts_with(&folder) {
                return Err(format!("{name} is not beside the test"));
            }
            fs::read(path).map_err(|e| format!("{name}: {e}"))
        })
    }
}

struct Deaf;

impl Listener for Deaf {
    fn hear(&self, _: News<'_>) {}
}

/// Trusts nobody but whom a file names.
fn tls() -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Arc::new(config)
}

/// How a file ended, and why.
struct Ended {
    end: End,
    why: Vec<String>,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.end)?;
        self.why
            .iter()
            .take(3)
            .try_for_each(|why| write!(f, "\n    {why}"))
    }
}

async fn run_all(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Ended> {
    let server = server::start().await.unwrap();
    let mut ended = BTreeMap::new();
    let mut readable = Vec::new();
    for (name, bytes) in files {
        let found = Found { name, bytes };
        match Suite::read(vec![found.clone()]) {
            Ok(_) => readable.push(found),
            Err(unreadable) => {
                let why = unreadable.iter().flat_map(|file| file.lines()).collect();
                let end = End::Unreadable;
                ended.insert(found.name, Ended { end, why });
            }
        }
    }
    let suite = Suite::read(readable).expect("each of them was read");
    let settings = Settings {
        variables: &variables(&server),
        files: &Beside {
            certificates: server.files.iter().cloned().collect(),
        },
        tls: tls(),
        defaults: exchange::Options::default(),
        guard: None,
        jobs: 8,
        deadline: Instant::now() + Duration::from_secs(120),
        listener: &Deaf,
        verbosity: hurl::ast::Verbosity::Brief,
    };
    for file in run(&suite, settings).await.files {
        let end = match file.ending {
            Ending::Passed | Ending::Skipped => End::Passed,
            Ending::NotRun | Ending::Failed | Ending::Errored => End::Failed,
        };
        let failures = file.entries.iter().flat_map(|entry| &entry.failures);
        let why = failures.map(|failure| {
            let line = fs::read_to_string(corpus().join(&file.file)).unwrap();
            let line = line.lines().nth(failure.line.saturating_sub(1) as usize);
            let line = line.unwrap_or_default().trim();
            let expected = failure.expected.as_deref().unwrap_or("-");
            format!("{line} || expected {expected} || actual {}", failure.actual)
        });
        let why = why.collect();
        ended.insert(file.file, Ended { end, why });
    }
    ended
}

#[test]
fn the_manifest_names_every_file() {
    let listed: BTreeSet<String> = expected().into_keys().collect();
    let there: BTreeSet<String> = files().into_keys().collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    let new: Vec<_> = there.difference(&listed).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "gone: {gone:?}, new: {new:?}"
    );
    assert!(listed.len() > 350, "{} files", listed.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_ends_as_with_the_official_command() {
    let ended = run_all(files()).await;
    let mut differences = Vec::new();
    for (file, expected) in expected() {
        let here = expected.here();
        match ended.get(&file) {
            Some(ended) if ended.end == here => {}
            Some(ended) => differences.push(format!("{file}: not {here:?} but {ended}")),
            None => differences.push(format!("{file}: not {here:?}, it is not in the report")),
        }
    }
    let count = differences.len();
    assert!(count == 0, "{count} differ:\n{}", differences.join("\n"));
}
