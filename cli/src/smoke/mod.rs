//! `greenlight smoke`: smoke tests at the desk, as the gate runs them.

mod beside;
mod find;
mod given;
mod junit;
mod lines;
mod reports;
mod screen;

use std::{collections::HashMap, num::NonZeroUsize, path::Path, process::ExitCode, thread};

use hurl::ast::Verbosity;
use smoke::{Found, Settings, Suite};
use tokio::time::Instant;
use verdict::Verdict;

use crate::{FAILED, args::Smoke, input::InputError, show::count};
pub(crate) use find::{below, clean};
pub(crate) use given::secret;
use reports::ReportFile;
use screen::Screen;

/// Runs the tests, and returns how it ended.
pub(crate) async fn run(args: &Smoke) -> Result<ExitCode, InputError> {
    let environment = |name: &str| std::env::var_os(name);
    let variables = given::variables(args, &environment)?;
    if let Some(root) = args.file_root.as_deref().filter(|root| !root.is_dir()) {
        let why = format!("--file-root {}: it is no folder", root.display());
        return Err(InputError::new(why));
    }
    let found = find::files(&args.files)?;
    let texts = Texts::new(&found);
    let suite = match Suite::read(found) {
        Ok(suite) => suite,
        Err(unreadable) => {
            for file in &unreadable {
                eprintln!("{}\n", file.show());
            }
            let number = count(unreadable.len(), "file");
            return Err(InputError::new(format!(
                "{number} can't be run, so nothing was sent"
            )));
        }
    };
    let open = |option, path: Option<&Path>| path.map(|p| ReportFile::open(option, p)).transpose();
    let junit = open("--report-junit", args.report_junit.as_deref())?;
    let json = open("--report-json", args.report_json.as_deref())?;

    let screen = Screen::new(suite.files().count(), args.verbose);
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let settings = Settings {
        variables: &variables,
        files: &beside::Beside {
            root: args.file_root.clone(),
        },
        tls: lambda::tls_config(),
        defaults: exchange::Options::default(),
        guard: None,
        jobs: args.jobs.map_or_else(cores, NonZeroUsize::get),
        deadline: Instant::now() + args.timeout,
        listener: &screen,
        verbosity: match args.verbose {
            true => Verbosity::Debug,
            false => Verbosity::Brief,
        },
    };
    let report = smoke::run(&suite, settings).await;
    let verdict = Verdict::of(report.outcomes());
    screen.finish(&lines::summary(&report, &verdict));
    if let Some(file) = junit {
        file.write(&junit::document(&report, &texts))?;
    }
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| InputError::new(format!("--report-json: {error}")))?;
        file.write(&(text + "\n"))?;
    }
    Ok(match verdict.allows() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

/// The lines of the test files, for the names of cases.
struct Texts(HashMap<String, String>);

impl Texts {
    fn new(found: &[Found]) -> Self {
        let text = |file: &Found| String::from_utf8_lossy(&file.bytes).into_owned();
        Self(found.iter().map(|f| (f.name.clone(), text(f))).collect())
    }
}

impl junit::Texts for Texts {
    fn line(&self, file: &str, line: u32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.0.get(file)?.lines().nth(index)
    }
}
