use std::{any::Any, panic::AssertUnwindSafe, pin::pin};

use exchange::Client;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::{
    EntryReport, FileReport, News, Report, Settings, Suite,
    entry::Over,
    report::millis,
    state::{State, Stop},
    suite::TestFile,
};

/// A file that runs, and what it runs with.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) test: &'a TestFile,
    pub(crate) settings: &'a Settings<'a>,
    pub(crate) client: &'a Client,
}

/// Runs a suite: its files at the same time, as many as the settings say, the
/// entries of each in order. It ends at the deadline at the latest; what did
/// not get to run by then is in the report as such.
pub async fn run(suite: &Suite, settings: Settings<'_>) -> Report {
    let start = Instant::now();
    let client = Client::new(settings.tls.clone());
    let (settings, client) = (&settings, &client);
    let runs = suite.files.iter().enumerate().map(|(index, test)| {
        let run = Run {
            test,
            settings,
            client,
        };
        async move { (index, run.file().await) }.boxed()
    });
    // A file that is done makes room for the next one, whatever the order.
    // Collected first: the compiler does not see that a stream of this closure
    // may go from thread to thread.
    let runs: Vec<_> = runs.collect();
    let runs = stream::iter(runs).buffer_unordered(settings.jobs.max(1));
    let mut done: Vec<(usize, FileReport)> = runs.collect().await;
    done.sort_by_key(|(index, _)| *index);
    Report {
        files: done.into_iter().map(|(_, file)| file).collect(),
        elapsed_ms: millis(start.elapsed()),
    }
}

impl Run<'_> {
    /// Runs the file. Its panic is its own, and so is the end of the time.
    async fn file(self) -> FileReport {
        let mut state = State::new(self.test, self.settings.variables.clone());
        let end = {
            let work = AssertUnwindSafe(self.entries(&mut state)).catch_unwind();
            timeout_at(self.settings.deadline, pin!(work)).await
        };
        let stopped = match end {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(Over))) | Err(_) => state.stop(Stop::Time),
            Ok(Err(panic)) => state.stop(Stop::Panic(said(panic.as_ref()))),
        };
        if let Some(report) = stopped {
            self.say_entry(&report);
        }
        let report = state.report();
        self.settings.listener.hear(News::File(&report));
        report
    }

    /// Whether there is time left.
    pub(crate) fn in_time(&self) -> Result<(), Over> {
        if Instant::now() < self.settings.deadline {
            Ok(())
        } else {
            Err(Over)
        }
    }

    pub(crate) fn say_entry(&self, report: &EntryReport) {
        let file = self.test.source.name();
        self.settings.listener.hear(News::Entry { file, report });
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a word".to_owned())
}
