//! `greenlight`: deployment gates on one machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its user"
)]

mod args;
mod example;
mod explain;
mod fault;
mod functions;
mod input;
mod local;
mod rehearse;
mod show;
mod smoke;
mod traffic;

use std::process::ExitCode;

use clap::{Parser as _, error::ErrorKind};

use crate::{
    args::{Arguments, Command},
    input::InputError,
};

/// The deployment was stopped, or a test failed.
const FAILED: u8 = 1;
/// The input is wrong.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // What was asked for, as in --help.
        Err(asked) if !asked.use_stderr() => {
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(nothing) if nothing.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = nothing.print();
            return ExitCode::from(WRONG);
        }
        Err(wrong) => {
            eprintln!("greenlight: {}", one_line(&wrong));
            return ExitCode::from(WRONG);
        }
    };
    let ended = match arguments.command {
        // A function starts its own threads, as on Lambda.
        Command::Function { name } => functions::run(&name),
        Command::Rehearse(args) => wait(rehearse::run(&args)),
        Command::Smoke(args) => wait(smoke::run(&args)),
        Command::Explain(args) => explain::run(&args),
        Command::LocalAws(args) => wait(local::run(&args)),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("greenlight: {error}");
        ExitCode::from(WRONG)
    })
}

/// What is wrong with the arguments, and what was probably meant; without the
/// usage, which `--help` tells.
fn one_line(wrong: &clap::Error) -> String {
    let text = wrong.to_string();
    let told = text.split("\n\nUsage:").next().unwrap_or(&text);
    let told = told.split("\n\nFor more information").next();
    verdict::one_line(told.unwrap_or(&text).trim_start_matches("error: "))
}

fn wait(work: impl Future<Output = Result<ExitCode, InputError>>) -> Result<ExitCode, InputError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| InputError::new(format!("could not start threads: {error}")))?
        .block_on(work)
}
