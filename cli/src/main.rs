//! `greenlight`: deployment gates on one machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its user"
)]

mod args;
mod example;
mod fault;
mod functions;
mod input;
mod local;
mod rehearse;
mod traffic;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    args::{Arguments, Command},
    input::InputError,
};

/// The deployment was stopped.
const STOPPED: u8 = 1;
/// The input is wrong.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        // A function starts its own threads, as on Lambda.
        Command::Function { name } => functions::run(&name),
        Command::Rehearse(args) => wait(rehearse::run(&args)),
        Command::LocalAws(args) => wait(local::run(&args)),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("greenlight: {error}");
        ExitCode::from(WRONG)
    })
}

fn wait(work: impl Future<Output = Result<ExitCode, InputError>>) -> Result<ExitCode, InputError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| InputError::new(format!("could not start threads: {error}")))?
        .block_on(work)
}
