use std::time::Duration;

use serde::Serialize;

use hurl_eval::Redactor;

/// How a run ended. Every text in it is free of secrets; names of files are the
/// caller's own and stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Each file, in the order of the suite.
    pub files: Vec<FileReport>,
    /// The whole run, in milliseconds.
    pub elapsed_ms: f64,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything held.
    Passed,
    /// The file says that it shall not run.
    Skipped,
    /// The time was over, or an entry before it failed.
    NotRun,
    /// An expectation was not met.
    Failed,
    /// It could not be run: no connection, no such variable.
    Errored,
}

/// How a file ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// The worst of its entries; Skipped only if all of them are. It may be
    /// Passed where nothing was checked: [`FileReport::status`] judges that.
    pub ending: Ending,
    /// Its entries, in the order they ran; a repeated one is there repeatedly
    /// (1,000 times at most, if it passes), those that did not get to run are
    /// at the end.
    pub entries: Vec<EntryReport>,
    /// Requests that were sent, retries and redirects included.
    pub requests: u32,
    /// Checks that were made in the last attempt of each entry: versions,
    /// statuses, headers, bodies, assertions.
    pub checks: u32,
    /// In milliseconds.
    pub elapsed_ms: f64,
}

/// How an entry ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryReport {
    /// Its number in the file, from 1.
    pub entry: u32,
    /// The line of its request.
    pub line: u32,
    /// The method.
    pub method: String,
    /// The URL, rendered; as written, if it could not be rendered or did not
    /// get to run.
    pub url: String,
    /// How it ended.
    pub ending: Ending,
    /// How often it was tried.
    pub attempts: u32,
    /// All attempts and what is between them, in milliseconds.
    pub elapsed_ms: f64,
    /// What was wrong in the last attempt.
    pub failures: Vec<Failure>,
    /// What was sent and came back in the last attempt: kept if it failed, or
    /// if the file asks for it.
    pub exchanges: Vec<Exchange>,
}

/// One thing that was wrong, and where the file says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The line in the file.
    pub line: u32,
    /// The column in it.
    pub column: u32,
    /// The line of the file, and a marker below the place.
    pub snippet: String,
    /// What is looked at: `status`, `jsonpath "$.id"`; or what could not be
    /// done: `request`, `capture token`; or `time`, which was over.
    pub subject: String,
    /// What had to be.
    pub expected: Option<String>,
    /// What was, or why it could not be known.
    pub actual: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// A request and its answer, shortened. The values of headers that carry
/// credentials or cookies are hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers sent.
    pub request_headers: Vec<(String, String)>,
    /// The body sent, if the file asks for it (`very-verbose`).
    pub request_body: Option<String>,
    /// The answer's version and status, `HTTP/1.1 404`.
    pub answer: String,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// The answer's body, shortened; bytes as a count.
    pub body: String,
    /// From the request's start to the body's end, in milliseconds.
    pub elapsed_ms: f64,
}

/// What a failure looks at when the time was over.
pub(crate) const TIME: &str = "time";

/// The longest text of a failure, and of a header, in characters.
const TEXT: usize = 1_000;

/// A duration in milliseconds, to a hundredth.
pub(crate) fn millis(duration: Duration) -> f64 {
    verdict::Timing::millis(duration)
}

/// At most so many characters, lines kept, and `…` for the rest.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl EntryReport {
    /// Free of secrets first, then shortened, bodies to so many characters.
    pub(crate) fn shown(&self, redactor: &Redactor, body: usize) -> Self {
        let show = |e: &Exchange| e.shown(redactor, body);
        Self {
            url: cut(&redactor.text(&self.url), TEXT),
            failures: self.failures.iter().map(|f| f.shown(redactor)).collect(),
            exchanges: self.exchanges.iter().map(show).collect(),
            method: self.method.clone(),
            ..*self
        }
    }
}

impl Failure {
    fn shown(&self, redactor: &Redactor) -> Self {
        let text = |text: &String| cut(&redactor.text(text), TEXT);
        Self {
            line: self.line,
            column: self.column,
            // Cut where its maker saw fit: what follows the line is its marker.
            snippet: redactor.text(&self.snippet),
            subject: text(&self.subject),
            expected: self.expected.as_ref().map(text),
            actual: text(&self.actual),
            remedy: self.remedy.as_ref().map(text),
        }
    }
}

impl Exchange {
    fn shown(&self, redactor: &Redactor, body: usize) -> Self {
        let headers = |all: &[(String, String)]| {
            let show = |(name, value): &(String, String)| {
                let value = cut(&redactor.header(name, value), TEXT);
                (cut(&redactor.text(name), TEXT), value)
            };
            all.iter().map(show).collect()
        };
        let text = |text: &String| cut(&redactor.text(text), body);
        Self {
            method: self.method.clone(),
            url: cut(&redactor.text(&self.url), TEXT),
            request_headers: headers(&self.request_headers),
            request_body: self.request_body.as_ref().map(text),
            answer: self.answer.clone(),
            headers: headers(&self.headers),
            body: text(&self.body),
            elapsed_ms: self.elapsed_ms,
        }
    }
}
