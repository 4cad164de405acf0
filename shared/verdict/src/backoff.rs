use std::time::Duration;

/// Growing pauses between tries: each doubles the one before up to a ceiling,
/// and a part of it is drawn by chance, so that many that failed together do
/// not try again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first pause, before chance takes its part.
    pub first: Duration,
    /// No pause is longer.
    pub ceiling: Duration,
}

impl Backoff {
    /// The pause after the `tries`-th try (the first is 1). `chance` is a
    /// number from 0 to 1 that the caller draws; the pause lies between half
    /// of the doubled time and the whole of it.
    pub fn pause(self, tries: u32, chance: f64) -> Duration {
        let doubled = self
            .first
            .saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
        let whole = doubled.min(self.ceiling);
        let chance = if chance.is_nan() { 0.0 } else { chance };
        whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(100),
        ceiling: Duration::from_secs(2),
    };

    #[test]
    fn pauses_double_up_to_the_ceiling() {
        let pauses: Vec<_> = (1..8).map(|n| BACKOFF.pause(n, 1.0).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(BACKOFF.pause(1, 0.0), Duration::from_millis(50));
    }

    proptest! {
        #[test]
        fn a_pause_has_bounds(tries in any::<u32>(), chance in any::<f64>()) {
            let pause = BACKOFF.pause(tries, chance);
            prop_assert!(pause <= BACKOFF.ceiling);
            prop_assert!(pause >= BACKOFF.first / 2);
        }
    }
}
