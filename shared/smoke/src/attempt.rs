//! One attempt of an entry: request, answer, captures, checks.

use std::collections::BTreeSet;

use exchange::{Bounds, Call, Sent, Trouble};
use hurl::{
    Span,
    ast::{Capture, Entry, Response, Verbosity},
};
use hurl_eval::{Answer, Fault, Files, Miss, Scene, Value};

use crate::{
    Exchange, Failure,
    around::around,
    assemble,
    body::shown,
    options::EntryOptions,
    report::millis,
    run::Run,
    state::{State, Step, failure},
    suite::{checks, first_checks},
};

/// What an attempt found.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// The URL that was asked, once it is known.
    pub(crate) url: Option<String>,
    /// What was wrong. Empty: nothing.
    pub(crate) failures: Vec<Failure>,
    /// It could not be run, or not to its end.
    pub(crate) errored: bool,
    /// What was sent and came back.
    pub(crate) exchanges: Vec<Exchange>,
    /// Checks that were made.
    pub(crate) checks: u32,
}

/// Why an attempt ended before its end.
enum Wrong {
    /// Something could not be done: what, and why.
    Fault(String, Fault),
    /// The answer is not as it must be.
    Misses(Vec<Miss>),
}

/// The calls of an attempt, each half by itself.
#[derive(Default)]
struct Calls {
    sent: Vec<Sent>,
    answers: Vec<Answer>,
}

impl Run<'_> {
    /// Makes one attempt. Variables that it captured stay, though it fail.
    pub(crate) async fn attempt(
        &self,
        entry: &Entry,
        options: &EntryOptions,
        state: &mut State<'_>,
    ) -> Tried {
        let mut tried = Tried::default();
        let mut calls = Calls::default();
        let asked = self.ask(entry, options, state, &mut calls).await;
        tried.url = state.doing().and_then(|doing| doing.url.clone());
        let end = match asked {
            Ok(()) => self.look(entry, &calls, state, &mut tried).await,
            Err(wrong) => Err(wrong),
        };
        let failure = |subject: &str, fault: Fault| Failure {
            remedy: fault.remedy,
            ..failure(&self.test.source, fault.span, subject, fault.what)
        };
        match end {
            Ok(()) => {}
            Err(Wrong::Fault(subject, fault)) => {
                tried.errored = true;
                tried.failures.push(failure(&subject, fault));
            }
            Err(Wrong::Misses(misses)) => tried.failures.extend(misses.into_iter().map(|miss| {
                let fault = Fault::new(miss.span, miss.actual);
                Failure {
                    expected: Some(miss.expected),
                    remedy: miss.remedy,
                    ..failure(&miss.subject, fault)
                }
            })),
        }
        if !tried.failures.is_empty() || options.verbosity > Verbosity::Brief {
            let whole = options.verbosity == Verbosity::Debug;
            let pairs = calls.sent.iter().zip(&calls.answers);
            tried.exchanges = pairs.map(|(s, a)| exchanged(s, a, whole)).collect();
        }
        tried
    }

    /// Sends the request.
    async fn ask(
        &self,
        entry: &Entry,
        options: &EntryOptions,
        state: &mut State<'_>,
        calls: &mut Calls,
    ) -> Result<(), Wrong> {
        let wrong = |fault| Wrong::Fault("request".to_owned(), fault);
        let none = Files::new();
        let names = hurl_eval::files_of_request(&entry.request, &state.variables, &around(&none));
        let files = self.files(names.map_err(wrong)?, state).await;
        let request = assemble::request(&entry.request, &state.variables, &around(&files));
        let request = request.map_err(wrong)?;
        state.asks(&request.url);
        let bounds = Bounds {
            deadline: self.settings.deadline,
            guard: self.settings.guard,
        };
        let sending = self
            .client
            .send(&request, &options.exchange, &mut state.jar, bounds);
        let (done, failed) = match sending.await {
            Ok(done) => (done, None),
            Err(trouble) => {
                let fault = unanswered(entry.request.url.span, &trouble);
                (trouble.calls, Some(wrong(fault)))
            }
        };
        for Call { sent, answer } in done {
            calls.sent.push(sent);
            calls.answers.push(answer);
        }
        // The first request is counted already, with or without an answer.
        let all = calls.sent.len() + usize::from(failed.is_some());
        let more = u32::try_from(all.saturating_sub(1)).unwrap_or(u32::MAX);
        state.requests = state.requests.saturating_add(more);
        if let (Some(first), Some(doing)) = (calls.sent.first(), state.doing()) {
            doing.url = Some(first.url.clone());
        }
        match failed {
            Some(wrong) => Err(wrong),
            None => {
                state.wait_for(Step::Work);
                Ok(())
            }
        }
    }

    /// Captures of the answer, and checks it: what came before is known to what
    /// comes after.
    async fn look(
        &self,
        entry: &Entry,
        calls: &Calls,
        state: &mut State<'_>,
        tried: &mut Tried,
    ) -> Result<(), Wrong> {
        let (Some(response), Some(last)) = (&entry.response, calls.answers.last()) else {
            return Ok(());
        };
        hide_secrets(response, &calls.answers, state);
        tried.checks = count(first_checks(response));
        let misses = hurl_eval::judge_status(response, last);
        if !misses.is_empty() {
            return Err(Wrong::Misses(misses));
        }
        for one in &response.captures {
            capture(one, &calls.answers, state)
                .map_err(|(name, fault)| Wrong::Fault(format!("capture {name}"), fault))?;
        }
        let files = self.files_of_checks(response, state).await?;
        tried.checks = count(checks(response));
        let scene = Scene {
            answers: &calls.answers,
            variables: &state.variables,
            around: &around(&files),
        };
        let misses = hurl_eval::judge(response, scene);
        if misses.is_empty() {
            Ok(())
        } else {
            Err(Wrong::Misses(misses))
        }
    }

    async fn files_of_checks(
        &self,
        response: &Response,
        state: &mut State<'_>,
    ) -> Result<Files, Wrong> {
        let none = Files::new();
        let names = hurl_eval::files_of_response(response, &state.variables, &around(&none));
        let names = names.map_err(|fault| Wrong::Fault("check".to_owned(), fault))?;
        Ok(self.files(names, state).await)
    }

    /// Reads the files that something needs. One that can't be read is told of
    /// where it is needed.
    pub(crate) async fn files(&self, names: Vec<String>, state: &mut State<'_>) -> Files {
        let mut files = Files::new();
        for name in BTreeSet::from_iter(names) {
            state.wait_for(Step::File(name.clone()));
            let test = self.test.source.name();
            let bytes = self.settings.files.read(test, &name).await;
            files.insert(name, bytes);
        }
        state.wait_for(Step::Work);
        files
    }
}

/// Why there is no answer, at the place of the URL. What was tried is told only
/// where a redirect led to it: otherwise it is the entry's own request.
fn unanswered(url: Span, trouble: &Trouble) -> Fault {
    let what = match trouble.calls.is_empty() {
        true => trouble.kind.to_string(),
        false => trouble.to_string(),
    };
    let fault = Fault::new(url, what);
    match trouble.remedy() {
        Some(remedy) => fault.with_remedy(remedy),
        None => fault,
    }
}

/// Makes what the file calls a secret one, before anything of the answer may be
/// shown: the status may be wrong, or a capture before it may find nothing.
fn hide_secrets(response: &Response, answers: &[Answer], state: &mut State<'_>) {
    let none = Files::new();
    let around = around(&none);
    for one in response.captures.iter().filter(|one| one.redact) {
        let scene = Scene {
            answers,
            variables: &state.variables,
            around: &around,
        };
        if let Ok((_, Value::Text(secret))) = hurl_eval::capture(one, scene) {
            state.variables.hide_text(secret);
        }
    }
}

/// Sets the variable of a capture; or says which one could not be set, and why.
fn capture(
    capture: &Capture,
    answers: &[Answer],
    state: &mut State<'_>,
) -> Result<(), (String, Fault)> {
    let none = Files::new();
    let around = around(&none);
    let named = |variables| {
        let name = hurl_eval::text(&capture.name, variables, &around);
        name.unwrap_or_default()
    };
    let scene = Scene {
        answers,
        variables: &state.variables,
        around: &around,
    };
    let (name, value) =
        hurl_eval::capture(capture, scene).map_err(|fault| (named(&state.variables), fault))?;
    match (capture.redact, value) {
        // That only a text can be redacted was looked at above.
        (true, Value::Text(secret)) => state.variables.capture_secret(name, secret),
        (_, value) => state.variables.capture(name, value),
    }
    Ok(())
}

/// A call, as it is shown. Its secrets are still in it.
fn exchanged(sent: &Sent, answer: &Answer, whole: bool) -> Exchange {
    Exchange {
        method: sent.method.clone(),
        url: sent.url.clone(),
        request_headers: sent.headers.clone(),
        request_body: whole.then(|| shown(&sent.headers, &sent.body)),
        answer: format!("{} {}", answer.version, answer.status),
        headers: answer.headers.clone(),
        body: shown(&answer.headers, &answer.body),
        elapsed_ms: millis(answer.duration),
    }
}

fn count(checks: usize) -> u32 {
    u32::try_from(checks).unwrap_or(u32::MAX)
}
