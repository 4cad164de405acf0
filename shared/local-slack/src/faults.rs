use std::time::Duration;

/// A way to fail, as Slack does.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which methods fail, `chat.postMessage` or `webhook`; none are all.
    pub methods: Vec<String>,
    /// Which calls of them.
    pub when: When,
    /// What happens instead.
    pub what: What,
}

impl Fault {
    /// A fault of all methods.
    pub fn new(when: When, what: What) -> Fault {
        Fault {
            methods: Vec::new(),
            when,
            what,
        }
    }

    /// A fault of one method.
    pub fn of(method: &str, when: When, what: What) -> Fault {
        Fault {
            methods: vec![method.to_owned()],
            when,
            what,
        }
    }
}

/// Which calls fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// The next ones, so many.
    Next(u64),
    /// The one after each so many less one: with 5 the fifth, the tenth, ….
    Every(u64),
    /// Each with this probability, from 0 to 1. Equal seeds give equal
    /// sequences.
    Share {
        /// The probability.
        of: f64,
        /// What the sequence is made from.
        seed: u64,
    },
}

/// What happens to a call that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Status 429 and `ratelimited`.
    RateLimited {
        /// The header `Retry-After`, as it is sent; None leaves it out.
        retry_after: Option<String>,
    },
    /// A status without an answer that could be read.
    Status(u16),
    /// Status 200 and `"ok": false` with this error.
    Error(String),
    /// No answer for so long, and then none.
    Hang(Duration),
    /// It is done, and the connection is cut before the answer.
    LostAnswer,
    /// It is done, and half of the answer arrives.
    HalfAnswer,
    /// The connection is cut, and nothing is done.
    LostRequest,
}

impl What {
    /// Status 429 with `Retry-After` in seconds.
    pub fn rate_limited(seconds: u64) -> What {
        What::RateLimited {
            retry_after: Some(seconds.to_string()),
        }
    }
}

/// What a fault is taken away by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultId(u64);

/// The faults that are on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    on: Vec<(FaultId, Fault, u64)>,
    next: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> FaultId {
        self.next += 1;
        let id = FaultId(self.next);
        self.on.push((id, fault, 0));
        id
    }

    pub(crate) fn remove(&mut self, id: FaultId) {
        self.on.retain(|(other, ..)| *other != id);
    }

    pub(crate) fn clear(&mut self) {
        self.on.clear();
    }

    /// What happens to the next call of a method. Every fault of the method
    /// counts it; the first that strikes is it.
    pub(crate) fn strike(&mut self, method: &str) -> Option<What> {
        let mut struck = None;
        for (_, fault, count) in &mut self.on {
            let is_of = fault.methods.is_empty() || fault.methods.iter().any(|m| m == method);
            if !is_of || struck.is_some() && matches!(fault.when, When::Next(_)) {
                continue;
            }
            *count += 1;
            let strikes = match fault.when {
                When::Always => true,
                When::Next(times) => *count <= times,
                When::Every(nth) => nth > 0 && count.is_multiple_of(nth),
                When::Share { of, seed } => chance(seed, *count) < of,
            };
            if strikes && struck.is_none() {
                struck = Some(fault.what.clone());
            }
        }
        struck
    }
}

/// A number from 0 up to 1 for each call (SplitMix64).
fn chance(seed: u64, count: u64) -> f64 {
    let mut z = seed.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let high = u32::try_from(z >> 32).unwrap_or(u32::MAX);
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(when: When, calls: usize) -> Vec<usize> {
        let mut faults = Faults::default();
        faults.add(Fault::of("chat.update", when, What::Status(500)));
        let strikes = |n: &usize| {
            assert_eq!(faults.strike("chat.delete"), None);
            let _ = n;
            faults.strike("chat.update").is_some()
        };
        (1..=calls).filter(strikes).collect()
    }

    #[test]
    fn which_calls() {
        assert_eq!(struck(When::Always, 3), [1, 2, 3]);
        assert_eq!(struck(When::Next(2), 4), [1, 2]);
        assert_eq!(struck(When::Every(3), 7), [3, 6]);
        assert_eq!(struck(When::Every(0), 7), [0; 0]);
        let share = When::Share { of: 0.2, seed: 7 };
        let some = struck(share, 1000);
        assert!((150..250).contains(&some.len()), "{}", some.len());
        assert_eq!(some, struck(share, 1000));
        let other = When::Share { of: 0.2, seed: 8 };
        assert_ne!(some, struck(other, 1000));
    }

    #[test]
    fn faults_go_again() {
        let mut faults = Faults::default();
        let first = faults.add(Fault::new(When::Next(1), What::Status(500)));
        faults.add(Fault::new(When::Always, What::LostAnswer));
        faults.remove(first);
        assert_eq!(faults.strike("webhook"), Some(What::LostAnswer));
        faults.clear();
        assert_eq!(faults.strike("webhook"), None);
    }
}
