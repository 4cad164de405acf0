//! The board on which cards hang: every event is merged into the record of its
//! card, and one writer at a time makes the messages say what the card says.
//!
//! A record is a small object that is written only if nobody else has written
//! it since it was read. Whoever merges an event tries to take the record's
//! lease; who does not get it leaves, since its holder reads again before it
//! goes. Before a message is posted the intent is written, so that an answer
//! that was lost is looked up before the post is tried again.

mod board;
mod courier;
mod deliver;
mod inquire;
mod record;
mod records;
mod settle;
mod step;
mod works;

pub use self::{
    board::{Board, Options, Taken},
    courier::{Courier, Order, Refusal, Search},
    inquire::Inquire,
};
