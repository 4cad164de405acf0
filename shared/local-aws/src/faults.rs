//! Faults that can be switched on, and the record of what was called.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Serialize;
use world::Millis;

use crate::sync::lock;

/// More calls than this are forgotten, the oldest first.
const CALLS_KEPT: usize = 100_000;

/// A way in which AWS's APIs fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The operation that fails, such as `GetDeployment` or
    /// `codedeploy:GetDeployment`; absent: all of them.
    pub operation: Option<String>,
    /// How it fails.
    pub kind: FaultKind,
    /// Only the first so many calls fail; absent: all of them.
    pub times: Option<u32>,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FaultKind {
    /// Too many calls, in each service's own words. Not processed.
    Throttle,
    /// The role lacks the permission. Not processed.
    AccessDenied,
    /// An internal error. Not processed.
    ServerError,
    /// Processed at once, but the answer takes so long.
    Slow(Duration),
    /// The connection is closed, and the call is not processed.
    DropRequest,
    /// The call is processed, and the connection is closed without an answer.
    DropAnswer,
}

/// Names a fault that was switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

/// The faults that are switched on. Clones are the same ones.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Switches>>);

#[derive(Debug, Default)]
struct Switches {
    next: u64,
    on: Vec<(FaultId, Fault)>,
}

impl Faults {
    /// Switches a fault on. Where several fit a call, the one that was switched
    /// on first counts.
    pub fn add(&self, fault: Fault) -> FaultId {
        let mut switches = lock(&self.0);
        let id = FaultId(switches.next);
        switches.next += 1;
        switches.on.push((id, fault));
        id
    }

    /// Switches a fault off. `false` when it was off, or over.
    pub fn remove(&self, id: FaultId) -> bool {
        let mut switches = lock(&self.0);
        let before = switches.on.len();
        switches.on.retain(|(other, _)| *other != id);
        switches.on.len() < before
    }

    /// Switches all faults off.
    pub fn clear(&self) {
        lock(&self.0).on.clear();
    }

    /// The fault of this call, if it has one; counts the call.
    pub(crate) fn strike(&self, service: &str, operation: &str) -> Option<FaultKind> {
        let mut switches = lock(&self.0);
        let fits = |fault: &Fault| {
            fault.times != Some(0)
                && fault
                    .operation
                    .as_deref()
                    .is_none_or(|wanted| match wanted.split_once(':') {
                        Some((of, wanted)) => of == service && wanted == operation,
                        None => wanted == operation,
                    })
        };
        let (_, fault) = switches.on.iter_mut().find(|(_, fault)| fits(fault))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        let kind = fault.kind;
        switches.on.retain(|(_, fault)| fault.times != Some(0));
        Some(kind)
    }
}

/// A call of an API that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When.
    pub at: Millis,
    /// The service, as permissions name it: `codedeploy`, `ecs`, `s3`, ….
    pub service: &'static str,
    /// The operation, such as `GetDeployment`.
    pub operation: String,
    /// The status of the answer; absent when there was none.
    pub status: Option<u16>,
    /// The code of the error that was answered, or would have been.
    pub error: Option<String>,
    /// The fault that it met.
    pub fault: Option<FaultKind>,
    /// It was processed and not refused, whatever became of the answer.
    pub accepted: bool,
    /// Whether there is such an operation here.
    pub known: bool,
}

/// The record of all calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<VecDeque<Call>>>);

impl Calls {
    pub(crate) fn add(&self, call: Call) {
        let mut calls = lock(&self.0);
        if calls.len() >= CALLS_KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        lock(&self.0).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(operation: Option<&str>, times: Option<u32>) -> Fault {
        Fault {
            operation: operation.map(str::to_owned),
            kind: FaultKind::Throttle,
            times,
        }
    }

    #[test]
    fn a_fault_fits_by_operation_and_is_over_after_its_times() {
        let faults = Faults::default();
        faults.add(fault(Some("ecs:ListTasks"), Some(2)));
        assert_eq!(faults.strike("codedeploy", "ListTasks"), None);
        assert_eq!(faults.strike("ecs", "DescribeTasks"), None);
        for expected in [Some(FaultKind::Throttle), Some(FaultKind::Throttle), None] {
            assert_eq!(faults.strike("ecs", "ListTasks"), expected);
        }
    }

    #[test]
    fn the_first_one_counts_and_each_can_be_removed() {
        let faults = Faults::default();
        let slow = FaultKind::Slow(Duration::from_secs(1));
        let first = faults.add(Fault {
            kind: slow,
            ..fault(None, None)
        });
        faults.add(fault(Some("GetObject"), None));
        assert_eq!(faults.strike("s3", "GetObject"), Some(slow));
        assert!(faults.remove(first));
        assert!(!faults.remove(first));
        assert_eq!(faults.strike("s3", "GetObject"), Some(FaultKind::Throttle));
        assert_eq!(faults.strike("s3", "PutObject"), None);
        faults.clear();
        assert_eq!(faults.strike("s3", "GetObject"), None);
    }

    #[test]
    fn a_fault_of_no_times_never_strikes() {
        let faults = Faults::default();
        faults.add(fault(None, Some(0)));
        assert_eq!(faults.strike("s3", "GetObject"), None);
    }
}
