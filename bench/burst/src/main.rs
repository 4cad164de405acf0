//! Measures a burst: a thousand executions of fifteen events each, shuffled, one
//! event in ten twice, while Slack answers 429 to one call in five and
//! invocations are killed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

use std::{process::ExitCode, str::FromStr, time::Duration};

use bench_burst::{Outcome, Patience, Stage};
use board::Options;
use local_slack::{Fault, What, When};

const HELP: &str = "\
Delivers the events of many pipeline executions at once, and prints what it took.

  --executions N    1000, of 15 events each
  --at-once N       20 invocations at the same time
  --kills N         5 invocations of a hundred are killed
  --retry-after N   1 second, in each 429 of Slack's
  --lost-answers N  0 posts of a hundred are made, and Slack's answer is lost
  --hold N          20 seconds for a build to wait for its pipeline
  --lease N         10 seconds
  --seed N          1
  --memory          the records in memory, and not in the local AWS's S3
";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let stage = match stage(&arguments) {
        Ok(stage) => stage,
        Err(why) => {
            eprint!("{why}{HELP}");
            return ExitCode::from(2);
        }
    };
    let outcome = stage.clone().play().await;
    print!("{}", table(&stage, &outcome));
    for difference in outcome.differences.iter().take(10) {
        println!("{difference}");
    }
    match outcome.differences.is_empty() && outcome.counts.lost.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn stage(arguments: &[String]) -> Result<Stage, String> {
    let mut stage = Stage {
        executions: 1000,
        channels: 10,
        patience: Patience::default(),
        options: Options {
            lease: Duration::from_secs(10),
            ..Options::default()
        },
        faults: Vec::new(),
        in_s3: true,
    };
    let (mut retry_after, mut lost): (_, u8) = (1, 0);
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let mut value = || rest.next().map(String::as_str).unwrap_or_default();
        match name.as_str() {
            "--executions" => stage.executions = number(name, value())?,
            "--at-once" => stage.patience.at_once = number(name, value())?,
            "--kills" => stage.patience.kills = number(name, value())?,
            "--seed" => stage.patience.seed = number(name, value())?,
            "--retry-after" => retry_after = number(name, value())?,
            "--lost-answers" => lost = number(name, value())?,
            "--hold" => stage.options.hold = Duration::from_secs(number(name, value())?),
            "--lease" => stage.options.lease = Duration::from_secs(number(name, value())?),
            "--memory" => stage.in_s3 = false,
            "--help" => return Err(String::new()),
            other => return Err(format!("{other} is no option\n\n")),
        }
    }
    let seed = stage.patience.seed;
    let of = f64::from(lost) / 100.0;
    let share = When::Share { of, seed: !seed };
    stage.faults = vec![
        Stage::short_of_breath(retry_after, seed),
        Fault::of("chat.postMessage", share, What::LostAnswer),
    ];
    Ok(stage)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    let number = value.parse();
    number.map_err(|_| format!("{name} needs a number, and not {value:?}\n\n"))
}

fn table(stage: &Stage, outcome: &Outcome) -> String {
    let counts = &outcome.counts;
    let results = || outcome.calls.values().flatten();
    let calls: u64 = results().map(|(_, n)| n).sum();
    let busy: u64 = results().filter(|(r, _)| *r == "429").map(|(_, n)| n).sum();
    let seconds = counts.took.as_secs_f64();
    let per = |n: f64| n / f64::from(u32::try_from(stage.executions.max(1)).unwrap_or(u32::MAX));
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let calls = f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
    let mut rows = vec![
        ("executions".to_owned(), stage.executions.to_string()),
        ("events delivered".to_owned(), counts.arrived.to_string()),
        ("seconds".to_owned(), format!("{seconds:.1}")),
        (
            "events per second".to_owned(),
            format!("{:.0}", float(counts.arrived) / seconds),
        ),
        ("invocations".to_owned(), counts.invocations.to_string()),
        ("  killed".to_owned(), counts.killed.to_string()),
        ("  to come again".to_owned(), counts.later.to_string()),
    ];
    for (why, times) in &counts.whys {
        rows.push((format!("    {why}"), times.to_string()));
    }
    rows.push(("  lost".to_owned(), counts.lost.len().to_string()));
    rows.push((
        "Slack calls per execution".to_owned(),
        format!("{:.2}", per(calls)),
    ));
    for (method, results) in &outcome.calls {
        let told: Vec<String> = results.iter().map(|(r, n)| format!("{n} {r}")).collect();
        rows.push((format!("  {method}"), told.join(", ")));
    }
    rows.push(("answered 429".to_owned(), busy.to_string()));
    rows.push((
        "messages taken back".to_owned(),
        outcome.taken_back.to_string(),
    ));
    if stage.in_s3 {
        let calls = per(float(outcome.s3));
        rows.push(("S3 calls per execution".to_owned(), format!("{calls:.1}")));
    }
    rows.push((
        "messages that are not right".to_owned(),
        outcome.differences.len().to_string(),
    ));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(String, String)| format!("{name:width$}  {value}\n");
    rows.iter().map(line).collect()
}
