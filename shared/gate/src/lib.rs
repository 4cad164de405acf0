//! The spine of every hook: from the event that calls it, through supervised
//! work under a time budget, to the status that is reported whatever happens.
//!
//! Two promises live here. A gate always answers: each invocation ends in one
//! report, before its deadline, though the work may panic, hang or fail. And a
//! gate never passes by accident: work that ends in any other way than by its
//! own verdict is an error.

mod document;
mod event;
mod hook;
mod ledger;
pub mod log;
mod report;
mod run;

pub use document::{Document, EVENT_DETAIL_TYPE, EVENT_SOURCE};
pub use event::{CodeDeployEvent, EventError, HookEvent, NativeEvent};
pub use hook::{Hook, NoHook, Stage};
pub use ledger::{Ledger, Subject};
pub use report::{ReportError, Reported};
pub use run::{Call, Gate, GateError, Job, Timing};
