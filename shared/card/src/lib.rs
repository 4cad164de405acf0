//! An execution as one card that stays true, whatever order its events come
//! in and however often.
//!
//! A [`Card`] is a join-semilattice: [`Join::join`] merges two of them, and the
//! result is the same in any order and with any repetition. An event becomes
//! [`Part`]s: small cards, each with the [`Key`] of what it is about. Pure: where
//! cards are kept is somebody else's business.

mod assemble;
mod card;
mod join;
mod key;
mod part;

pub use self::{
    assemble::{assemble, wholes},
    card::{
        Action, ActionRun, Approval, Build, Card, Deployment, EcsDeployment, EcsHook, Evidence,
        Gate, GateWords, Image, Instance, Notice, Run, Stage, Task, Tool,
    },
    join::{Earliest, Join, Said, Standing},
    key::Key,
    part::{Part, parts},
};
