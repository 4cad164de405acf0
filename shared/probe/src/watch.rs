use std::time::Duration;

use tokio::time::Instant;
use verdict::Timing;
pub(crate) use wire::Phase;

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

    pub(crate) fn started(&self) -> Instant {
        self.started
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
