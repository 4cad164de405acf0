//! What there is to tell of a card: where it stands, what runs, what failed,
//! why, and what to do. Pure: a [`Story`] is made of a card, of what AWS
//! answered about its failures, and of how the pipeline's earlier executions
//! ended. Whoever writes messages or picks channels reads the story only.

mod failures;
mod finding;
mod gates;
mod history;
mod links;
mod name;
mod notes;
mod rollback;
mod running;
mod severity;
mod stages;
mod story;
mod trigger;
mod waiting;
mod whole;
mod words;
mod works;

pub use self::{
    finding::{Finding, Rollback, Subject},
    history::{Ending, History, Trend},
    story::{
        Attempt, Failure, Gate, Instances, Link, Question, Severity, Source, Stage, Step, Story,
        Waiting,
    },
};
