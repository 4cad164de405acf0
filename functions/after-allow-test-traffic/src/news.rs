use gate::log;
use serde::Serialize;
use smoke::{Ending, EntryReport, FileReport, Listener};

/// So many entries that failed are told with what was sent and came back.
const TOLD: usize = 10;

/// Writes a line into the log for each file that ends.
pub(crate) struct News;

/// The line: what a report tells, without the entries that passed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    file: &'a str,
    ending: Ending,
    requests: u32,
    checks: u32,
    elapsed_ms: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<&'a EntryReport>,
}

impl Listener for News {
    fn hear(&self, news: smoke::News<'_>) {
        if let smoke::News::File(report) = news {
            log::line(level(report), "smoke", &line(report));
        }
    }
}

fn level(report: &FileReport) -> log::Level {
    match report.status().allows() {
        true => log::Level::Info,
        false => log::Level::Warn,
    }
}

fn line(report: &FileReport) -> Line<'_> {
    let failed = |entry: &&EntryReport| entry.ending >= Ending::Failed;
    Line {
        file: &report.file,
        ending: report.ending,
        requests: report.requests,
        checks: report.checks,
        elapsed_ms: report.elapsed_ms,
        failed: report.entries.iter().filter(failed).take(TOLD).collect(),
    }
}
