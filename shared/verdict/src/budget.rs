use std::time::Duration;

/// The time of one invocation, divided: first the work, then the report.
///
/// Lambda kills a function at its deadline, and a hook that is killed says
/// nothing: CodeDeploy then waits for an hour. So the work ends early enough
/// for the report to be tried more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBudget {
    /// For the checks.
    pub work: Duration,
    /// For reporting what they found.
    pub report: Duration,
}

impl TimeBudget {
    /// Kept between the report's end and the deadline, for the runtime itself.
    pub const MARGIN: Duration = Duration::from_millis(500);

    /// Divides what remains until the deadline.
    ///
    /// `remaining` is `None` when the deadline is unknown: it is absent, or
    /// lies in the past, as local emulators send it. Then `fallback` is the
    /// whole time. `reserve` is kept for the report, but never more than a
    /// third of what there is, so that a short timeout still leaves most of
    /// the time to the checks.
    pub fn divide(remaining: Option<Duration>, fallback: Duration, reserve: Duration) -> Self {
        let whole = match remaining {
            Some(remaining) if !remaining.is_zero() => remaining,
            _ => fallback,
        };
        let usable = whole - Self::MARGIN.min(whole / 10);
        let report = reserve.min(usable / 3);
        Self {
            work: usable - report,
            report,
        }
    }

    /// Work and report together.
    pub fn whole(self) -> Duration {
        self.work + self.report
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FALLBACK: Duration = Duration::from_secs(600);
    const RESERVE: Duration = Duration::from_secs(20);

    #[test]
    fn a_table_of_deadlines() {
        for (remaining, work_ms, report_ms) in [
            (Some(900_000), 879_500, 20_000),
            (Some(60_000), 39_667, 19_833),
            (Some(9_000), 5_667, 2_833),
            (Some(3_000), 1_800, 900),
            (Some(0), 579_500, 20_000),
            (None, 579_500, 20_000),
        ] {
            let budget =
                TimeBudget::divide(remaining.map(Duration::from_millis), FALLBACK, RESERVE);
            assert!(budget.work.as_millis().abs_diff(work_ms) <= 1, "{budget:?}");
            assert!(
                budget.report.as_millis().abs_diff(report_ms) <= 1,
                "{budget:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn work_and_report_end_before_the_deadline(
            remaining in 1u64..2_000_000, fallback in 1u64..2_000_000, reserve in 0u64..2_000_000,
        ) {
            let remaining = Duration::from_millis(remaining);
            let budget = TimeBudget::divide(
                Some(remaining), Duration::from_millis(fallback), Duration::from_millis(reserve));
            prop_assert!(budget.whole() < remaining);
            prop_assert!(budget.report <= Duration::from_millis(reserve));
            prop_assert!(budget.work >= budget.report * 2);
            prop_assert!(!budget.work.is_zero());
        }
    }
}
