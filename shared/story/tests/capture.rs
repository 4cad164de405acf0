//! A captured execution, told as it grows.

mod support;

use events::Phase;
use greenlight_story::{Severity, Source};

use crate::support::{captured, outline, running, stories, story};

#[test]
fn the_whole_execution() {
    let story = story(&captured());
    assert_eq!(story.source, Source::Pipeline);
    assert_eq!(story.name, "meerkat");
    assert_eq!(
        story.run.as_deref(),
        Some("f17023e4-eac9-4a52-8e9f-212e7a8d0d6e")
    );
    assert_eq!(
        (story.phase, story.word.as_str()),
        (Phase::Succeeded, "SUCCEEDED")
    );
    assert_eq!((story.severity, story.attempt), (Severity::Info, 1));
    assert_eq!(story.lasted().map(|d| d.as_secs()), Some(25 * 60 + 39));
    // That the stage Build ended was never told.
    assert_eq!(
        outline(&story),
        [
            "Source 1:Succeeded 17s",
            "  Source 1:Succeeded 17s",
            "Build 1:Succeeded 465s",
            "  Build 1:Succeeded 464s",
            "DeployToExternalAccount 1:Succeeded 869s",
            "  Deploy-RED 1:Succeeded 867s",
            "  Deploy-GREEN 1:Succeeded 865s",
        ]
    );
    assert!(story.running.is_empty() && story.failures.is_empty() && story.waiting.is_empty());
    let trigger = story.trigger.unwrap();
    assert_eq!(trigger.kind.as_deref(), Some("Webhook"));
    assert_eq!(trigger.repository.as_deref(), Some("project/repository"));
    assert!(trigger.message.unwrap().starts_with("Merge branches"));
    let links: Vec<(&str, &str)> = (story.links.iter())
        .map(|link| (link.text.as_str(), link.url.as_str()))
        .collect();
    let execution = "https://ap-southeast-2.console.aws.amazon.com/codesuite/codepipeline/pipelines/meerkat/executions/f17023e4-eac9-4a52-8e9f-212e7a8d0d6e/timeline?region=ap-southeast-2";
    assert_eq!(links[0], ("Execution", execution));
    assert_eq!(links[1].0, "Commit");
    assert!(
        links[1]
            .1
            .ends_with("Commit=1a104adf6a84de18fa3e3c4cb42b5024fe450ed5")
    );
    assert_eq!(links.len(), 2);
}

#[test]
fn what_runs_as_the_events_come() {
    let events = captured();
    let mut told: Vec<Vec<String>> = Vec::new();
    for n in 1..=events.len() {
        let story = stories(&events[..n]).swap_remove(0);
        told.push(running(&story));
        let ended = n >= 14;
        assert_eq!(story.phase.is_end(), ended, "{n}");
        assert!(story.failures.is_empty());
    }
    let deploy = "DeployToExternalAccount";
    let both = [
        format!("{deploy} > Deploy-GREEN"),
        format!("{deploy} > Deploy-RED"),
    ];
    let one = |text: &str| vec![text.to_owned()];
    let expected: Vec<Vec<String>> = vec![
        vec![],
        one("Source"),
        one("Source > Source"),
        // The stage Source has not told its end; but the next one has begun.
        one("Build"),
        one("Build"),
        one("Build > Build"),
        one("Build > Build"),
        one("Build"),
        one(&format!("{deploy} > Deploy-RED")),
        vec![both[1].clone(), both[0].clone()],
        vec![both[1].clone(), both[0].clone()],
        one(&both[1]),
        one(deploy),
        vec![],
        vec![],
    ];
    for (n, (told, expected)) in told.iter().zip(&expected).enumerate() {
        assert_eq!(told, expected, "after {} events", n + 1);
    }
}
