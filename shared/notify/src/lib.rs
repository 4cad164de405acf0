//! The spine of every notifier: from what Lambda hands over to the board, and
//! back to whoever keeps what could not be delivered.
//!
//! An event comes from a rule of EventBridge or over SNS; what could not be
//! delivered comes again from the retry queue. Whatever becomes of it is one of
//! three things: it is taken; it is put off, as a copy in the retry queue that
//! shows up after a while; or it goes to the dead letters, since it is no event
//! or is refused for good. Where that can't be done the invocation fails for
//! this one event, and Lambda keeps it: a rule's in the function's on-failure
//! destination, a queue's in the queue.

mod desk;
mod kind;
mod payload;
mod queues;
mod route_book;
mod serve;
mod spine;

pub use inquiry::Inquiry;

pub use self::{
    desk::{Desk, board, shelf},
    payload::{Item, Letter, Payload},
    queues::Queues,
    route_book::RouteBook,
    serve::{missing, serve},
    spine::{Spine, Timing},
};
