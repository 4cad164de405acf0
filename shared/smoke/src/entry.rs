//! An entry: its options, its rounds and its attempts.

use exchange::Options;
use hurl::ast::{Count, Entry, Verbosity};
use hurl_eval::{Fault, Files};
use tokio::{task::yield_now, time::sleep};

use crate::{
    Ending, Failure, News,
    around::around,
    attempt::Tried,
    options::{self, EntryOptions},
    run::Run,
    state::{State, Step, failure},
};

/// How long a body is that evidence shows, in characters.
const BODY: usize = 1_000;

/// How long it is if the file asks for all of it.
const WHOLE_BODY: usize = 10_000;

/// The run of a file has to end here.
pub(crate) struct Over;

impl Run<'_> {
    /// Runs the entries of the file, in order, up to the first one that fails.
    pub(crate) async fn entries(&self, state: &mut State<'_>) -> Result<(), Over> {
        for entry in &self.test.file.entries {
            let mut rounds: u32 = 0;
            loop {
                let options = self.round(entry, state).await?;
                let Some(repeat) = options else {
                    state.advance();
                    return Ok(());
                };
                rounds = rounds.saturating_add(1);
                match repeat {
                    Some(Count::Infinite) => {}
                    Some(Count::Finite(most)) if rounds < most => {}
                    _ => break,
                }
            }
            state.advance();
        }
        Ok(())
    }

    /// Runs an entry once; says how often it shall run. None: it failed.
    async fn round(
        &self,
        entry: &Entry,
        state: &mut State<'_>,
    ) -> Result<Option<Option<Count>>, Over> {
        // Others get their turn, and the deadline is looked at.
        yield_now().await;
        self.in_time()?;
        state.begin(BODY);
        let options = match self.options(entry, state).await {
            Ok(options) => options,
            Err(fault) => {
                let tried = Tried {
                    failures: vec![self.fault("option", fault)],
                    errored: true,
                    ..Tried::default()
                };
                self.finish(Ending::Errored, tried, state);
                return Ok(None);
            }
        };
        if options.skip || options.repeat == Some(Count::Finite(0)) {
            self.finish(Ending::Skipped, Tried::default(), state);
            return Ok(Some(None));
        }
        if !options.delay.is_zero() {
            state.wait_for(Step::Delay);
            sleep(options.delay).await;
            state.wait_for(Step::Work);
        }
        let tried = self.attempts(entry, &options, state).await?;
        let ending = match (tried.failures.is_empty(), tried.errored) {
            (true, _) => Ending::Passed,
            (false, true) => Ending::Errored,
            (false, false) => Ending::Failed,
        };
        self.finish(ending, tried, state);
        Ok((ending == Ending::Passed).then_some(options.repeat))
    }

    /// Tries until nothing is wrong, or often enough. Whatever is wrong is tried
    /// again.
    async fn attempts(
        &self,
        entry: &Entry,
        options: &EntryOptions,
        state: &mut State<'_>,
    ) -> Result<Tried, Over> {
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            if let Some(doing) = state.doing() {
                doing.attempts = attempts;
            }
            self.say_attempt(state.number(), attempts);
            let tried = self.attempt(entry, options, state).await;
            // What ends by the deadline is not the answer's fault; and what
            // passed too late did not pass.
            self.in_time()?;
            let again = match options.retry {
                _ if tried.failures.is_empty() => false,
                None => false,
                Some(Count::Finite(retries)) => attempts <= retries,
                Some(Count::Infinite) => true,
            };
            if !again {
                return Ok(tried);
            }
            if let Some(doing) = state.doing() {
                doing.before = Some(tried);
            }
            state.wait_for(Step::Pause);
            sleep(options.retry_interval).await;
            yield_now().await;
            self.in_time()?;
            state.wait_for(Step::Work);
        }
    }

    /// The options of an entry. Its variables are set by them.
    async fn options(&self, entry: &Entry, state: &mut State<'_>) -> Result<EntryOptions, Fault> {
        let none = Files::new();
        let defaults: Options = self.settings.defaults.clone();
        let mut evaluated =
            options::evaluate(entry, defaults, &mut state.variables, &around(&none))?;
        let verbosity = &mut evaluated.options.verbosity;
        *verbosity = self.settings.verbosity.max(*verbosity);
        if let Some(doing) = state.doing()
            && evaluated.options.verbosity == Verbosity::Debug
        {
            doing.body = WHOLE_BODY;
        }
        let files = self.files(evaluated.names(), state).await;
        evaluated.with_files(&files)
    }

    fn fault(&self, subject: &str, fault: Fault) -> Failure {
        Failure {
            remedy: fault.remedy,
            ..failure(&self.test.source, fault.span, subject, fault.what)
        }
    }

    fn finish(&self, ending: Ending, tried: Tried, state: &mut State<'_>) {
        if let Some(report) = state.finish(ending, tried) {
            self.say_entry(&report);
        }
    }

    fn say_attempt(&self, entry: u32, attempt: u32) {
        let of = self.test.file.entries.len();
        self.settings.listener.hear(News::Attempt {
            file: self.test.source.name(),
            entry,
            of: u32::try_from(of).unwrap_or(u32::MAX),
            attempt,
        });
    }
}
