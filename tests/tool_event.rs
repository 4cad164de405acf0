//! The examples for other tools, really run: what they put on the bus is
//! understood.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use events::{Event, Kind, Phase, ToolEvent};
use serde_json::{Value, json};
use tempfile::TempDir;

const SHELL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/examples/tool-event.sh"
);
const JENKINSFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/Jenkinsfile");

/// Keeps its arguments and answers that all were taken, or what it is told to.
const AWS: &str = r#"#!/bin/sh
for argument in "$@"; do printf '%s\0' "$argument"; done >>"$SENT"
printf '\n' >>"$SENT"
echo "${REFUSED:-0}"
exit "${STATUS:-0}"
"#;

/// Whether there is what the examples need. The tests need Rust only.
#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
fn has_jq() -> bool {
    let found = Command::new("jq").arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("not run: there is no jq on this machine");
    }
    found
}

/// A folder with an `aws` that only keeps what it is called with.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let aws = folder.path().join("aws");
        fs::write(&aws, AWS).unwrap();
        fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn sent(&self) -> PathBuf {
        self.folder.path().join("sent")
    }

    fn run(&self, shell: &str, script: &str, environment: &[(&str, &str)]) -> Output {
        let path = format!(
            "{}:{}",
            self.folder.path().display(),
            std::env::var("PATH").unwrap()
        );
        let file = self.folder.path().join("script");
        fs::write(&file, script).unwrap();
        Command::new(shell)
            .arg("-e")
            .arg(&file)
            .env("PATH", path)
            .env("SENT", self.sent())
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    /// Each entry that was put on the bus, as EventBridge hands it over.
    fn events(&self) -> Vec<(Event, Value)> {
        let sent = fs::read_to_string(self.sent()).unwrap_or_default();
        let calls = sent.split_terminator("\0\n");
        calls
            .enumerate()
            .map(|(n, call)| {
                let arguments: Vec<&str> = call.split('\0').collect();
                assert_eq!(
                    (&arguments[..3], &arguments[4..]),
                    (
                        &["events", "put-events", "--entries"][..],
                        &["--query", "FailedEntryCount", "--output", "text"][..]
                    )
                );
                let entries: Vec<Value> = serde_json::from_str(arguments[3]).unwrap();
                let [entry] = &entries[..] else {
                    panic!("one entry for each call: {entries:?}")
                };
                let detail: Value =
                    serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
                let event = json!({
                    "id": n.to_string(), "time": "2026-11-21T10:00:00Z", "account": "123456789012",
                    "region": "eu-west-1", "resources": [], "source": entry["Source"],
                    "detail-type": entry["DetailType"], "detail": detail,
                });
                let mut events = events::read(&event).unwrap();
                (events.remove(0), entry.clone())
            })
            .collect()
    }

    fn told(&self) -> Vec<ToolEvent> {
        let tool = |(event, _): (Event, Value)| match event.kind {
            Kind::Tool(told) => told,
            other => panic!("{other:?}"),
        };
        self.events().into_iter().map(tool).collect()
    }
}

/// State and step of each event.
fn course(told: &[ToolEvent]) -> Vec<String> {
    let one = |told: &ToolEvent| {
        let step = told.step.as_deref().unwrap_or("-");
        format!("{:?} {step}", told.state.phase)
    };
    told.iter().map(one).collect()
}

fn with_shell(rest: &str) -> String {
    format!("set -euo pipefail\n. '{SHELL}'\n{rest}")
}

#[test]
fn a_script_tells_of_its_steps_and_its_end() {
    if !has_jq() {
        return;
    }
    let bench = Bench::new();
    let script = with_shell(
        "greenlight_begin nightly-import run-7\n\
         greenlight_step download true\n\
         greenlight_tell STARTED import \"it's \\\"so\\\"\n$(printf 'x%.0s' {1..3000})\"\n\
         greenlight_step import sh -c 'exit 3' --password hunter2\n\
         greenlight_step never true\n",
    );
    let environment = [
        ("GREENLIGHT_URL", "https://ci.example.com/?a=1&b=\"2\""),
        ("GREENLIGHT_BRANCH", "feature/ü $(touch pwned) `x`"),
        ("GREENLIGHT_COMMIT", "0a1b2c3"),
        ("GREENLIGHT_AUTHOR", "O'Neil \\ \"Sons\""),
    ];
    let ran = bench.run("bash", &script, &environment);
    assert_eq!(
        ran.status.code(),
        Some(3),
        "the script's own status is kept"
    );
    let told = bench.told();
    assert_eq!(
        course(&told),
        [
            "Running -",
            "Running download",
            "Succeeded download",
            "Running import",
            "Running import",
            "Failed import",
            "Failed -",
        ]
    );
    for told in &told {
        assert_eq!(
            (told.tool.as_str(), told.subject.as_str(), told.run.as_str()),
            ("shell", "nightly-import", "run-7")
        );
        assert_eq!(told.author.as_deref(), Some(environment[3].1));
        assert_eq!(told.branch.as_deref(), Some(environment[1].1));
        assert_eq!(told.url.as_deref(), Some(environment[0].1));
        assert_eq!(told.commit.as_deref(), Some("0a1b2c3"));
    }
    let message = told[3].message.as_deref().unwrap();
    assert!(message.starts_with("it's \"so\"\nxxx"), "{message}");
    assert_eq!(message.chars().count(), 2000, "long texts are cut");
    let ended = ["sh ended with status 3", "status 3 in import"];
    let messages = told[5..]
        .iter()
        .map(|told| told.message.as_deref().unwrap());
    assert!(
        messages.eq(ended),
        "no arguments: secrets may be among them"
    );
    assert_eq!(bench.events()[0].1["EventBusName"], "default");
    // All of it is one card.
    let keys = bench
        .events()
        .into_iter()
        .flat_map(|(e, _)| card::parts(&e));
    let keys: std::collections::BTreeSet<_> = keys.map(|part| part.key).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
}

#[test]
fn a_script_that_is_stopped_says_so() {
    if !has_jq() {
        return;
    }
    let bench = Bench::new();
    let script = with_shell("greenlight_begin nightly 1\nkill -TERM $$\nsleep 60\n");
    let ran = bench.run("bash", &script, &[]);
    assert_eq!(ran.status.code(), Some(143));
    let told = bench.told();
    assert_eq!(course(&told), ["Running -", "Stopped -"]);
    assert_eq!(told[1].state.phase, Phase::Stopped);
}

#[test]
fn what_cannot_be_told_stops_no_script() {
    if !has_jq() {
        return;
    }
    // An entry that was refused, and a command that fails.
    for (name, value) in [("REFUSED", "1"), ("STATUS", "254")] {
        let bench = Bench::new();
        let script = with_shell("greenlight_begin nightly 1\necho done\n");
        let ran = bench.run("bash", &script, &[(name, value)]);
        assert_eq!(ran.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "done\n");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(
            said.contains("EventBridge did not take the event: STARTED"),
            "{said}"
        );
    }
}

#[test]
fn a_step_of_an_execution_is_on_its_card() {
    if !has_jq() {
        return;
    }
    let bench = Bench::new();
    let script = with_shell("greenlight_begin migrate 1\n");
    let environment = [
        ("GREENLIGHT_PIPELINE", "shop"),
        ("GREENLIGHT_EXECUTION", "f17023e4"),
        ("GREENLIGHT_SOURCE", "migrations"),
        ("GREENLIGHT_EVENT_BUS", "tools"),
    ];
    assert!(bench.run("bash", &script, &environment).status.success());
    let (event, entry) = bench.events().remove(0);
    assert_eq!(entry["EventBusName"], "tools");
    assert_eq!(entry["Source"], "migrations");
    let key = card::parts(&event).remove(0).key;
    assert_eq!(key.to_string(), "executions/shop/f17023e4");
}

/// What the Jenkinsfile has Jenkins' agent run.
fn of_jenkins() -> String {
    let jenkinsfile = fs::read_to_string(JENKINSFILE).unwrap();
    let (_, script) = jenkinsfile.split_once("script: '''").unwrap();
    let (script, _) = script.split_once("'''").unwrap();
    script.replace("\\\\", "\\")
}

#[test]
fn a_build_of_jenkins_is_understood() {
    if !has_jq() {
        return;
    }
    let bench = Bench::new();
    let build = [
        ("JOB_NAME", "shop/main"),
        ("BUILD_NUMBER", "42"),
        ("BUILD_URL", "https://jenkins.example.com/job/shop/42/"),
        ("GIT_COMMIT", "0a1b2c3"),
        ("GIT_BRANCH", "origin/main"),
    ];
    let calls = [
        ("STARTED", "", ""),
        ("STARTED", "Build", ""),
        ("FAILURE", "Build", "it's \"so\"\n$(touch pwned)"),
        ("FAILURE", "", ""),
        ("UNSTABLE", "", ""),
    ];
    for (state, step, message) in calls {
        let mut environment = build.to_vec();
        environment.extend([
            ("TELL_STATE", state),
            ("TELL_STEP", step),
            ("TELL_MESSAGE", message),
        ]);
        let ran = bench.run("sh", &of_jenkins(), &environment);
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    let told = bench.told();
    assert_eq!(
        course(&told),
        [
            "Running -",
            "Running Build",
            "Failed Build",
            "Failed -",
            "Unknown -"
        ]
    );
    assert_eq!(told[2].message.as_deref(), Some(calls[2].2));
    assert_eq!(
        (
            told[0].tool.as_str(),
            told[0].subject.as_str(),
            told[0].run.as_str()
        ),
        ("jenkins", "shop/main", "42")
    );
    assert_eq!(told[0].branch.as_deref(), Some("origin/main"));
    assert_eq!(told[0].author, None, "what is not there is left out");
    let refused = [&build[..], &[("TELL_STATE", "STARTED"), ("REFUSED", "1")]].concat();
    assert!(!bench.run("sh", &of_jenkins(), &refused).status.success());
}

/// The page shows the files that are run here.
#[test]
fn the_page_shows_the_examples() {
    let page = Path::new(SHELL).with_file_name("../events.md");
    let page = fs::read_to_string(page).unwrap();
    for example in [SHELL, JENKINSFILE] {
        let example = fs::read_to_string(example).unwrap();
        let shown = page.contains(&format!("\n{example}```"));
        assert!(shown, "docs/events.md does not show this:\n{example}");
    }
}
