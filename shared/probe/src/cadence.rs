use std::time::Duration;

/// When a probe tries again, and when it has come to its end. Times are
/// counted from the probe's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// So many successes in a row are a pass; zero counts as one.
    pub healthy: u32,
    /// From the start of one attempt to the start of the next.
    pub every: Duration,
    /// No attempt starts at or after this.
    pub ends: Duration,
}

/// What a probe has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Attempts that have ended.
    pub attempts: u32,
    /// Successes in a row, the last attempt included.
    pub streak: u32,
    /// When the last attempt started, if there was one.
    pub last: Option<Duration>,
}

/// What a probe does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Start an attempt at this time, which is not before now.
    Attempt(Duration),
    /// Enough successes in a row.
    Passed,
    /// The time is over, or no attempt can start before it is.
    Failed,
}

impl Cadence {
    /// The shortest pause from start to start, so that a target that refuses
    /// at once is not asked without end.
    pub const SHORTEST: Duration = Duration::from_millis(10);

    /// Decides what comes next.
    pub fn next(&self, standing: Standing, now: Duration) -> Next {
        if standing.attempts > 0 && standing.streak >= self.healthy.max(1) {
            return Next::Passed;
        }
        let due = match standing.last {
            None => now,
            Some(last) => last.saturating_add(self.every.max(Self::SHORTEST)).max(now),
        };
        if due < self.ends {
            Next::Attempt(due)
        } else {
            Next::Failed
        }
    }
}

impl Standing {
    /// The standing after one more attempt.
    #[must_use]
    pub fn after(self, started: Duration, passed: bool) -> Self {
        Self {
            attempts: self.attempts.saturating_add(1),
            streak: if passed {
                self.streak.saturating_add(1)
            } else {
                0
            },
            last: Some(started),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_table_of_steps() {
        let cadence = Cadence {
            healthy: 2,
            every: ms(100),
            ends: ms(1000),
        };
        let at = |attempts, streak, last: u64| Standing {
            attempts,
            streak,
            last: Some(ms(last)),
        };
        for (standing, now, next) in [
            (Standing::default(), 0, Next::Attempt(ms(0))),
            (Standing::default(), 1000, Next::Failed),
            (at(1, 1, 0), 20, Next::Attempt(ms(100))),
            (at(1, 1, 0), 250, Next::Attempt(ms(250))),
            (at(2, 2, 100), 120, Next::Passed),
            // Enough successes count, even when they came at the last moment.
            (at(2, 2, 900), 1000, Next::Passed),
            (at(9, 0, 899), 950, Next::Attempt(ms(999))),
            (at(9, 0, 900), 950, Next::Failed),
        ] {
            assert_eq!(
                cadence.next(standing, ms(now)),
                next,
                "{standing:?} at {now}"
            );
        }
    }

    proptest! {
        /// Runs a whole probe on a made-up clock: it ends, attempts keep their
        /// distance and start in time, and it passes exactly when the answers
        /// held the streak.
        #[test]
        fn a_probe_ends_and_is_right(
            healthy in 0u32..5, every in 0u64..300, ends in 0u64..3000,
            answers in prop::collection::vec((any::<bool>(), 0u64..400), 1..40),
        ) {
            let cadence = Cadence { healthy, every: ms(every), ends: ms(ends) };
            let (mut standing, mut now) = (Standing::default(), ms(0));
            let mut seen = Vec::new();
            let mut answers = answers.into_iter().cycle();
            let passed = loop {
                match cadence.next(standing, now) {
                    Next::Passed => break true,
                    Next::Failed => break false,
                    Next::Attempt(at) => {
                        prop_assert!(at >= now && at < cadence.ends);
                        if let Some(last) = standing.last {
                            prop_assert!(at - last >= cadence.every.max(Cadence::SHORTEST));
                        }
                        let (passed, took) = answers.next().unwrap();
                        seen.push(passed);
                        standing = standing.after(at, passed);
                        now = at + ms(took);
                    }
                }
            };
            let needed = healthy.max(1) as usize;
            let run = seen.iter().rev().take_while(|passed| **passed).count();
            prop_assert_eq!(passed, run >= needed);
            prop_assert!(run <= needed);
            prop_assert_eq!(seen.len(), standing.attempts as usize);
            prop_assert!(seen.len() <= (ends / every.max(10)) as usize + 1);
        }

        #[test]
        fn no_input_overflows(
            healthy in any::<u32>(), every in any::<u64>(), ends in any::<u64>(),
            attempts in any::<u32>(), streak in any::<u32>(), last in any::<u64>(), now in any::<u64>(),
        ) {
            let cadence = Cadence {
                healthy, every: Duration::new(every, 0), ends: Duration::new(ends, 0),
            };
            let standing = Standing { attempts, streak, last: Some(Duration::new(last, 0)) };
            let _ = cadence.next(standing.after(Duration::new(last, 0), true), Duration::new(now, 0));
        }
    }
}
