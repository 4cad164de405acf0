//! `greenlight explain`, as somebody runs it: nothing is sent, everything is
//! said.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Ran, all, greenlight, run, run_in};

fn fixture(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/events");
    format!("{folder}/{name}")
}

fn explain(args: &[&str]) -> Ran {
    let args: Vec<&str> = ["explain"].iter().chain(args).copied().collect();
    run_in(Path::new("."), &args)
}

/// A folder with files in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn explain_in(folder: &TempDir, args: &[&str]) -> Ran {
    let args: Vec<&str> = ["explain"].iter().chain(args).copied().collect();
    run_in(folder.path(), &args)
}

/// The messages that a page shows: where each goes, and its JSON.
fn exact(page: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut head = "";
    let mut json: Option<String> = None;
    for line in page.lines() {
        if line.starts_with("message ") || line.starts_with("notification ") {
            head = line;
        } else if line == "{" {
            json = Some("{\n".to_owned());
        } else if let Some(text) = &mut json {
            text.push_str(line);
            text.push('\n');
            if line == "}" {
                found.push((head.to_owned(), serde_json::from_str(text).unwrap()));
                json = None;
            }
        }
    }
    found
}

#[test]
fn a_sequence_is_one_card_with_its_rules_and_reasons() {
    let routes = "\
version: 1
routes:
  - name: carts
    when: { pipeline: \"cart-*\" }
    channel: C0123456789
  - name: production
    when: { pipeline: \"*-live\", state: failed }
    channel: \"#live\"
    mention: here
";
    let folder = folder(&[("routes.yaml", routes)]);
    explain_in(&folder, &[&fixture("shop-failed.json"), "--routes", "routes.yaml"])
        .ended(0)
        .says_in_order(&[
            "executions/shop-live/8f6a1d52-93c4-4f0e-9c1b-5a2f0c7d1e34, 7 events\n",
            "  2026-03-02T09:07:14Z  5f0e6a1c-0000-4000-8000-000000000001  action Build/Compile of pipeline shop-live: FAILED\n",
            "build shop-build:0b0c7f57-66de-4a4c-9b42-5a1d2c1f9e60: FAILED\n",
            "routes\n",
            "  - carts: pipeline \"shop-live\" does not match \"cart-*\"\n",
            "  + production: pipeline \"shop-live\" matches \"*-live\", state failed\n",
            "  goes to #live, mentions <!here>, by production\n",
            "card\n",
            "shop-live",
        ])
        .never_says(&["not-for-a-message"]);
}

#[test]
fn without_routes_the_default_holds() {
    explain(&[&fixture("shop-failed.json")])
        .ended(0)
        .says_in_order(&[
            "  + default: source is pipeline\n",
            "  goes to the notifier's own channel, by default\n",
        ]);
    explain(&[&fixture("image-pushed.json")]).ended(0).says_in_order(&[
        "image shop:1.4.2, PUSH: SUCCESS\n",
        "  - default: source is image, which is told from severity warning up, and severity is info\n",
        "  goes nowhere\n",
    ]);
}

#[test]
fn what_is_not_known_is_a_notice() {
    explain(&[&fixture("unknown.json")])
        .ended(0)
        .says(&["not known: \"Backup Job State Change\" of aws.backup; a notice is all that becomes of it\n"])
        .never_says(&["content-stays-behind"]);
}

#[test]
fn what_a_queue_holds_is_unpacked() {
    explain(&[&fixture("queue.json")]).ended(0).says_in_order(&[
        "approvals/shop-live/Release/Approve/",
        ", 1 event\n",
        "approval Release/Approve of pipeline shop-live: asked for\n",
        "images/shop/",
        "image shop:1.4.2, PUSH: SUCCESS\n",
    ]);
}

#[test]
fn events_come_through_a_pipe_too() {
    let mut command = greenlight(&["explain", "-"]);
    command.stdin(Stdio::from(
        fs::File::open(fixture("image-pushed.json")).unwrap(),
    ));
    run(command)
        .ended(0)
        .says(&["image shop:1.4.2, PUSH: SUCCESS\n"]);
}

#[test]
fn the_order_of_events_makes_no_difference_to_the_message() {
    let text = fs::read_to_string(fixture("shop-failed.json")).unwrap();
    let mut events: Vec<Value> = serde_json::from_str(&text).unwrap();
    events.reverse();
    let twice: Vec<&Value> = events.iter().chain(&events).collect();
    let folder = folder(&[("events.json", &serde_json::to_string(&twice).unwrap())]);
    for format in ["slack", "chatbot"] {
        let there = explain(&[&fixture("shop-failed.json"), "--format", format]).ended(0);
        let back = explain_in(&folder, &["events.json", "--format", format]).ended(0);
        assert!(!exact(&there.out).is_empty(), "{}", there.out);
        assert_eq!(exact(&there.out), exact(&back.out));
    }
}

#[test]
fn exact_messages_for_each_destination() {
    let routes = "version: 1\nmatch: all\nroutes: [{channel: C01, mention: U01}, {channel: C02}]\n";
    let folder = folder(&[("routes.yaml", routes)]);
    let events = fixture("shop-failed.json");
    let with = |args: &[&str]| {
        let args: Vec<&str> = [events.as_str(), "--routes", "routes.yaml"]
            .iter()
            .chain(args)
            .copied()
            .collect();
        exact(&explain_in(&folder, &args).ended(0).out)
    };
    assert_eq!(with(&[]), []);

    let slack = with(&["--format", "slack"]);
    let heads: Vec<&str> = slack.iter().map(|(head, _)| head.as_str()).collect();
    assert!(heads.contains(&"message card to C01"), "{heads:?}");
    assert!(heads.contains(&"message card to C02"), "{heads:?}");
    let in_thread = |head: &&str| head.ends_with(" to C01, in the thread of card");
    assert!(heads.iter().any(in_thread), "{heads:?}");
    for (head, message) in &slack {
        assert!(
            message["text"].is_string() && message["blocks"].is_array(),
            "{head}"
        );
    }
    let mentions = |channel: &str| {
        let to: Vec<&Value> = slack
            .iter()
            .filter(|(head, _)| head.contains(&format!(" to {channel}")))
            .map(|(_, message)| message)
            .collect();
        serde_json::to_string(&to).unwrap().contains("<@U01>")
    };
    assert!(mentions("C01"));
    assert!(!mentions("C02"));

    let webhook = with(&["--format", "slack", "--webhook"]);
    assert!(!webhook.is_empty());
    assert!(
        webhook.iter().all(|(head, _)| !head.contains("thread")),
        "{webhook:?}"
    );

    // One topic has all channels.
    let chatbot = with(&["--format", "chatbot"]);
    assert!(!chatbot.is_empty());
    let mut heads: Vec<&str> = chatbot.iter().map(|(head, _)| head.as_str()).collect();
    let count = heads.len();
    heads.dedup();
    assert_eq!(heads.len(), count);
    for (head, notification) in &chatbot {
        assert!(head.starts_with("notification "), "{head}");
        assert_eq!(notification["version"], "1.0");
        assert_eq!(notification["source"], "custom");
    }
}

/// Wrong input: files, arguments, the whole error.
struct Wrong {
    files: &'static [(&'static str, &'static str)],
    args: &'static str,
    error: &'static str,
}

#[test]
fn wrong_input_is_told_with_its_place() {
    let cases = [
        Wrong {
            files: &[],
            args: "none.json",
            error: "none.json: No such file or directory (os error 2)",
        },
        Wrong {
            files: &[("e.json", "[\n  {},\n")],
            args: "e.json",
            error: "e.json:3:1: this is no JSON: EOF while parsing a value",
        },
        Wrong {
            files: &[("e.json", "[]")],
            args: "e.json",
            error: "e.json:1:1: there are no events in it",
        },
        Wrong {
            files: &[("e.json", "[\n  {\"id\": \"1\"}\n]")],
            args: "e.json",
            error: "e.json:2:3: this is no event: it has neither \"detail-type\" and \"detail\" nor \"Records\"; it has \"id\"",
        },
        Wrong {
            files: &[(
                "e.json",
                "{\"source\": \"x\", \"detail-type\": \"y\", \"detail\": {}}",
            )],
            args: "e.json --routes none.yaml",
            error: "none.yaml: No such file or directory (os error 2)",
        },
        Wrong {
            files: &[
                (
                    "e.json",
                    "{\"source\": \"x\", \"detail-type\": \"y\", \"detail\": {}}",
                ),
                ("r.yaml", "version: 1\nroutes:\n  - chanel: \"#a\"\n"),
            ],
            args: "e.json --routes r.yaml",
            error: "r.yaml:3:5: unknown key \"chanel\"; did you mean \"channel\"?",
        },
        Wrong {
            files: &[("e.json", "[]")],
            args: "e.json --webhook",
            error: "--webhook is about messages for Slack: use it with --format slack",
        },
        Wrong {
            files: &[],
            args: "e.json --format teams",
            error: "invalid value 'teams' for '--format <FORMAT>' [possible values: text, slack, chatbot]",
        },
    ];
    all(
        &cases,
        |case| case.args.to_owned() + case.error,
        |case| {
            let folder = folder(case.files);
            let args: Vec<&str> = case.args.split(' ').collect();
            let ran = explain_in(&folder, &args).ended(2);
            assert_eq!(ran.err, format!("greenlight: {}\n", case.error));
            assert_eq!(ran.out, "");
        },
    );
}

/// What stands between the lines of fences after a mark on a page.
fn block<'a>(page: &'a str, mark: &str) -> &'a str {
    let (_, rest) = page.split_once(mark).unwrap();
    let (_, rest) = rest.split_once("```").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("\n```").unwrap().0
}

#[test]
fn the_page_on_routes_tells_the_truth() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/routes.md");
    let page = fs::read_to_string(path).unwrap();
    let example = block(&page, "images to nobody.");
    let folder = folder(&[("routes.yaml", example)]);
    let ran = explain_in(
        &folder,
        &[&fixture("shop-failed.json"), "--routes", "routes.yaml"],
    );
    let said = ran.ended(0).out;
    let shown = block(&page, "--routes routes.yaml\n```\n");
    assert!(said.starts_with(shown), "{said}");

    let wrong = "version: 1\nroutes:\n  - name: live\n    when:\n      state: [broken]\n    channel: Deployments\n";
    fs::File::create(folder.path().join("routes.yaml"))
        .unwrap()
        .write_all(wrong.as_bytes())
        .unwrap();
    let ran = explain_in(
        &folder,
        &[&fixture("shop-failed.json"), "--routes", "routes.yaml"],
    );
    assert_eq!(
        ran.ended(2).err.trim_end(),
        block(&page, "<!-- refused -->")
    );
}

#[test]
fn the_page_on_routes_has_every_option() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/routes.md");
    let page = fs::read_to_string(path).unwrap();
    let help = explain(&["--help"]).ended(0).out;
    let options = help
        .split_whitespace()
        .filter(|word| word.starts_with("--"));
    let options: Vec<&str> = options.filter(|word| *word != "--help").collect();
    assert!(options.len() > 2, "{options:?}");
    for option in options {
        assert!(
            page.contains(&format!("\n| `{option}")),
            "no row for {option}"
        );
    }
}
