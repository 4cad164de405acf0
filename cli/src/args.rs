use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use gate::{Hook, NoHook};
use url::Url;

use crate::fault::Fault;

/// Deployment gates for AWS CodeDeploy and ECS, on one machine.
#[derive(Debug, Parser)]
#[command(name = "greenlight", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Deploy an application blue/green on this machine, with its gates.
    ///
    /// Exit status: 0 when the deployment succeeds, 1 when it is stopped and
    /// rolled back, 2 when the input is wrong.
    Rehearse(Box<Rehearse>),
    /// Run smoke tests: Hurl files (https://hurl.dev), as the gate runs them.
    ///
    /// Exit status: 0 when all pass, 1 when one fails, 2 when the input is
    /// wrong; nothing is sent then.
    Smoke(Box<Smoke>),
    /// Show what events become, without sending anything: the card, which
    /// routes take it and why, and the exact messages.
    ///
    /// Exit status: 0, also when the events go nowhere; 2 when the input is
    /// wrong.
    Explain(Explain),
    /// Serve the local AWS with the example's deployment in progress.
    ///
    /// It prints the environment variables that point a client at it, and runs
    /// until it is interrupted.
    LocalAws(LocalAws),
    /// Run a function of this project, as Lambda starts it.
    #[command(hide = true)]
    Function {
        /// Its name, as in before-allow-traffic.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    /// The AppSpec, YAML or JSON [default: the example's].
    #[arg(long, value_name = "FILE")]
    pub(crate) appspec: Option<PathBuf>,

    /// The task definition [default: the example's, with the AppSpec's
    /// container].
    #[arg(long, value_name = "FILE")]
    pub(crate) taskdef: Option<PathBuf>,

    /// The plan, greenlight.yaml [default: the example's for the example's
    /// AppSpec and green, otherwise none].
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,

    /// How production traffic shifts. A minute lasts a second here.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "CodeDeployDefault.ECSAllAtOnce"
    )]
    pub(crate) deployment_config: String,

    /// A running server in place of the example's green, as in
    /// http://127.0.0.1:3000.
    #[arg(long, value_name = "URL", value_parser = server)]
    pub(crate) green: Option<Url>,

    /// A running server in place of the example's blue.
    #[arg(long, value_name = "URL", value_parser = server)]
    pub(crate) blue: Option<Url>,

    /// Something that goes wrong; can be given more than once.
    #[arg(long, value_name = "FAULT", long_help = Fault::HELP)]
    pub(crate) fault: Vec<Fault>,

    /// A hook besides those of the AppSpec, as in
    /// BeforeAllowTraffic=before-allow-traffic.
    #[arg(long, value_name = "EVENT=FUNCTION", value_parser = hook)]
    pub(crate) hook: Vec<(Hook, String)>,

    /// The answer of hooks whose function this project doesn't have.
    #[arg(long, value_enum, value_name = "ANSWER", default_value_t = UnknownHooks::Fail)]
    pub(crate) unknown_hooks: UnknownHooks,

    /// Deploy as ECS's own blue/green does, with its lifecycle hooks, in place
    /// of CodeDeploy.
    #[arg(long)]
    pub(crate) native: bool,

    /// The timeout of the functions.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,

    /// Run the functions' own binaries, from `sam build` or `cargo lambda
    /// build`: DIR/<function>/bootstrap.
    #[arg(long, value_name = "DIR")]
    pub(crate) bin_dir: Option<PathBuf>,

    /// The value of a secret that the plan names; NAME alone takes it from the
    /// environment. Can be given more than once.
    // Its value is no business of the parser, whose errors would tell it.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) secret: Vec<String>,

    /// Print one JSON document in place of the timeline.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Smoke {
    /// Files; folders, for all *.hurl below them; and patterns in quotes, as
    /// in 'smoke/**/*.hurl'.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// A variable, as in tenant=demo; can be given more than once.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) variable: Vec<String>,

    /// A variable whose value is never shown; NAME alone takes it from the
    /// environment. Can be given more than once.
    // Its value is no business of the parser, whose errors would tell it.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) secret: Vec<String>,

    /// Where the application is, as in http://127.0.0.1:3000: the variables
    /// base_url and host.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// So many files run at the same time [default: one for each core].
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// The time for all files together.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = long_duration)]
    pub(crate) timeout: Duration,

    /// The folder of the files that the tests name [default: each test's own].
    #[arg(long, value_name = "DIR")]
    pub(crate) file_root: Option<PathBuf>,

    /// Write a report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) report_junit: Option<PathBuf>,

    /// Write a report as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report_json: Option<PathBuf>,

    /// Show each request and its answer.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The events, as JSON: one, or a list of them in any order; `-` for
    /// standard input. What EventBridge, SNS or SQS hand to a function is
    /// taken as it comes.
    #[arg(value_name = "EVENT.json")]
    pub(crate) events: PathBuf,

    /// The routes, routes.yaml [default: none, as a notifier without them].
    #[arg(long, value_name = "FILE")]
    pub(crate) routes: Option<PathBuf>,

    /// What is shown of the messages.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// With --format slack: the messages for an incoming webhook, where none
    /// can be updated.
    #[arg(long)]
    pub(crate) webhook: bool,
}

/// How a card is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The card as text.
    Text,
    /// The exact messages for Slack, as JSON.
    Slack,
    /// The exact notifications for Amazon Q Developer in chat applications
    /// (AWS Chatbot), as JSON.
    Chatbot,
}

#[derive(Debug, Args)]
pub(crate) struct LocalAws {
    /// The port; 0 for any that is free.
    #[arg(long, default_value_t = 4566)]
    pub(crate) port: u16,

    /// The hook that the deployment waits at.
    #[arg(long, value_name = "EVENT", default_value = "BeforeAllowTraffic")]
    pub(crate) hook: Hook,
}

/// What a hook answers whose function isn't there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownHooks {
    /// The deployment is stopped.
    Fail,
    /// The deployment goes on.
    Succeed,
}

fn hook(text: &str) -> Result<(Hook, String), String> {
    let (event, function) = text
        .split_once('=')
        .ok_or("write it as EVENT=FUNCTION, as in BeforeAllowTraffic=before-allow-traffic")?;
    let hook = event.parse().map_err(|error: NoHook| error.to_string())?;
    match function.trim() {
        "" => Err("it names no function".to_owned()),
        function => Ok((hook, function.to_owned())),
    }
}

fn server(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write it as http://host:port"))?;
    if url.scheme() != "http" {
        return Err("the rehearsal's load balancer speaks plain HTTP to its targets; write it as http://host:port".to_owned());
    }
    if url.host_str().is_none() || !matches!(url.path(), "/" | "") || url.query().is_some() {
        return Err(
            "only host and port of a server count here; write it as http://host:port".to_owned(),
        );
    }
    Ok(url)
}

fn duration(text: &str) -> Result<Duration, String> {
    let known = Duration::from_secs(1)..=Duration::from_mins(15);
    let refuse = || format!("{text:?} is no time from 1s to 15m; write it as 60s or 5m");
    let time = humantime::parse_duration(text).map_err(|_| refuse())?;
    known.contains(&time).then_some(time).ok_or_else(refuse)
}

/// A time that Lambda doesn't limit.
fn long_duration(text: &str) -> Result<Duration, String> {
    let known = Duration::from_millis(1)..=Duration::from_hours(24);
    let refuse = || format!("{text:?} is no time up to 24h; write it as 60s or 5m");
    let time = humantime::parse_duration(text).map_err(|_| refuse())?;
    known.contains(&time).then_some(time).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_options_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_table_of_values() {
        assert!(hook("BeforeAllowTraffic=before-allow-traffic").is_ok());
        for text in ["", "BeforeAllowTraffic", "Before=x", "BeforeAllowTraffic="] {
            assert!(hook(text).is_err(), "{text}");
        }
        assert!(server("http://127.0.0.1:3000").is_ok());
        for text in [
            "",
            "127.0.0.1:3000",
            "https://x",
            "http://x/path",
            "http://x?y",
        ] {
            assert!(server(text).is_err(), "{text}");
        }
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for text in ["", "5", "0s", "16m"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(long_duration("1h"), Ok(Duration::from_hours(1)));
        for text in ["", "5", "0s", "25h"] {
            assert!(long_duration(text).is_err(), "{text}");
        }
    }
}
