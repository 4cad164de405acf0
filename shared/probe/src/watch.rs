use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use verdict::Timing;

/// A part of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// Looking up the name.
    Dns,
    /// Making the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the request to the first byte of the answer.
    FirstByte,
    /// Reading the answer's body.
    Body,
}

impl Phase {
    /// What was being done, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Phase::Dns => "while looking up the name",
            Phase::Connect => "while connecting",
            Phase::Tls => "during the TLS handshake",
            Phase::FirstByte => "while waiting for the answer",
            Phase::Body => "while reading the answer's body",
        }
    }
}

/// Measures where an attempt's time goes. It outlives the attempt's future, so
/// that an attempt which is cut off still tells how far it came.
#[derive(Debug)]
pub(crate) struct Watch {
    started: Instant,
    mark: Instant,
    phase: Option<Phase>,
    timing: Timing,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            mark: now,
            phase: None,
            timing: Timing::default(),
        }
    }

    /// Ends the phase that runs and starts the next.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.enter_at(phase, Instant::now());
    }

    /// The same for a phase that has started a little earlier.
    pub(crate) fn enter_at(&mut self, phase: Phase, at: Instant) {
        self.close(at);
        self.phase = Some(phase);
    }

    /// The phase that runs, or the first one.
    pub(crate) fn phase(&self) -> Phase {
        self.phase.unwrap_or(Phase::Connect)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends the measurement.
    pub(crate) fn finish(&mut self) -> Timing {
        self.close(Instant::now());
        self.timing.total = Timing::millis(self.started.elapsed());
        self.timing
    }

    fn close(&mut self, now: Instant) {
        let took = Some(Timing::millis(now - self.mark));
        match self.phase.take() {
            Some(Phase::Dns) => self.timing.dns = took,
            Some(Phase::Connect) => self.timing.connect = took,
            Some(Phase::Tls) => self.timing.tls = took,
            Some(Phase::FirstByte) => self.timing.first_byte = took,
            Some(Phase::Body) | None => {}
        }
        self.mark = now;
    }
}
