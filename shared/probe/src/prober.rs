use std::sync::Arc;

use futures_util::future::join_all;
use plan::{Check, HttpVersion, Probe};
use rustls::ClientConfig;
use serde::Serialize;
use tokio::time::Instant;
use verdict::{Outcome, Status, Timing};

use crate::{
    attempt::Question,
    classify::Trouble,
    line::Line,
    tls::{self, Offer},
};

/// Where one probe connects, already resolved from the way that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What people call it: `the test listener`, `task 10.0.1.7:8080`.
    pub label: String,
    /// A DNS name or an IP address.
    pub host: String,
    /// The port that the connection goes to.
    pub port: u16,
    /// Whether it speaks TLS to a probe that gives only a path.
    pub tls: bool,
}

/// One probe, and the targets that it is run against: one for a listener, one
/// for each task.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// What to ask.
    pub probe: Probe,
    /// Whom to ask. None is an error, never a pass.
    pub targets: Vec<Target>,
    /// A private authority to trust besides the public ones: one or several
    /// certificates in PEM.
    pub ca: Option<Vec<u8>>,
}

/// One attempt, told as soon as it has ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The probe's name.
    pub probe: String,
    /// What is probed, as in [`Outcome::target`].
    pub target: String,
    /// The label of the target.
    pub through: String,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// Whether it was a success.
    pub passed: bool,
    /// Successes in a row, this one included.
    pub streak: u32,
    /// Successes in a row that are a pass.
    pub needed: u32,
    /// The answer, or why there was none.
    pub got: String,
    /// The expectation that was missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// From the probe's start to this attempt's end, in milliseconds.
    pub elapsed_ms: f64,
    /// Where this attempt's time went.
    pub timing: Timing,
}

/// Runs probes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Prober {
    tls: Arc<ClientConfig>,
}

impl Prober {
    /// A prober that speaks TLS with this configuration, which has to trust
    /// the public authorities. ALPN and session resumption are set for each
    /// probe.
    pub fn new(tls: Arc<ClientConfig>) -> Self {
        Self { tls }
    }

    /// A prober with a configuration of its own.
    ///
    /// # Errors
    /// The TLS provider lacks what the configuration needs.
    pub fn with_public_authorities() -> Result<Self, rustls::Error> {
        Ok(Self::new(Arc::new(wire::tls::public()?)))
    }

    /// Runs all probes against all their targets at the same time and returns
    /// an outcome for each, in order. No probe goes on after `deadline`. The
    /// listener hears of every attempt.
    ///
    /// When the future is dropped, all that it has started ends with it.
    pub async fn run(
        &self,
        assignments: Vec<Assignment>,
        deadline: Instant,
        listener: &(dyn Fn(Progress) + Sync),
    ) -> Vec<Outcome> {
        let plans: Vec<_> = assignments
            .iter()
            .flat_map(|assignment| self.lines(assignment, deadline, listener))
            .collect();
        join_all(plans.into_iter().map(|plan| async move {
            match plan {
                Ok(line) => Box::pin(line.run()).await,
                Err(outcome) => *outcome,
            }
        }))
        .await
    }

    /// A line for each target, or the outcome that stands in its place.
    fn lines<'a>(
        &self,
        assignment: &'a Assignment,
        deadline: Instant,
        listener: &'a (dyn Fn(Progress) + Sync),
    ) -> Vec<Result<Line<'a>, Box<Outcome>>> {
        let probe = &assignment.probe;
        if assignment.targets.is_empty() {
            let outcome =
                Outcome::errored(probe.name.clone(), "no target: there is nothing to probe");
            return vec![Err(Box::new(outcome))];
        }
        let config = match self.config(assignment) {
            Ok(config) => config,
            Err(why) => {
                let outcome = Outcome::errored(probe.name.clone(), format!("bad `ca`: {why}"))
                    .with_remedy("give `ca` as certificates in PEM");
                return vec![Err(Box::new(outcome))];
            }
        };
        let line = |target: &'a Target| {
            let question = Question::new(&probe.check, target, &config)
                .map_err(|trouble| Box::new(refused(probe, target, &trouble)))?;
            Ok(Line {
                probe,
                target,
                question,
                deadline,
                listener,
            })
        };
        assignment.targets.iter().map(line).collect()
    }

    fn config(&self, assignment: &Assignment) -> Result<Arc<ClientConfig>, String> {
        let offer = match &assignment.probe.check {
            Check::Http(check) => match check.version {
                HttpVersion::Auto => Offer::Either,
                HttpVersion::Http1 => Offer::Http1,
                HttpVersion::Http2 => Offer::Http2,
            },
            Check::Grpc(_) => Offer::Http2,
            // It speaks no TLS.
            Check::Tcp(_) => return Ok(self.tls.clone()),
        };
        tls::for_probe(&self.tls, assignment.ca.as_deref(), offer)
    }
}

/// A probe that can't be turned into a request.
fn refused(probe: &Probe, target: &Target, trouble: &Trouble) -> Outcome {
    Outcome::new(probe.name.clone(), Status::Errored)
        // A URL that is refused may be so for the secret in it.
        .with_target(target.label.clone())
        .with_got(trouble.to_string())
}
