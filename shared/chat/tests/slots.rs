//! Which messages there are, and who is called.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use greenlight_chat::{Message, amazon_q, slack};
use routes::Mention;
use story::Story;
use support::stories;

fn slots(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.slot.as_str())
        .collect()
}

fn named(name: &str) -> Story {
    let found = stories::all().into_iter().find(|(known, _)| *known == name);
    found.unwrap().1
}

#[test]
fn each_state_calls_for_its_message_and_nothing_else() {
    for (name, slot) in [
        ("running", "started/1"),
        ("tried-again", "started/2"),
        ("failing", "failing/1"),
        ("ecs-rolling-back", "rolling-back/1"),
        ("waiting", "waiting/approval/Release/Approve/1"),
        ("failed-build", "failed/1"),
        ("gate-rolled-back", "rolled-back/1"),
        ("succeeded-after-retry", "succeeded/2"),
        ("superseded", "stopped/1"),
        ("image-pushed", "succeeded/1"),
        ("image-scan", "alarming/1"),
        ("notice", "told"),
    ] {
        let story = named(name);
        assert_eq!(slots(&slack::milestones(&story, None)), [slot], "{name}");
        assert_eq!(slots(&amazon_q::milestones(&story)), [slot], "{name}");
    }
}

#[test]
fn a_question_and_a_failure_are_two_matters() {
    let mut story = named("failing");
    story.waiting = named("waiting").waiting;
    let both = slack::milestones(&story, None);
    assert_eq!(
        slots(&both),
        ["failing/1", "waiting/approval/Release/Approve/1"]
    );
    let [failing, asked] = [0, 1].map(|n| both[n].body["text"].as_str().unwrap());
    assert!(
        failing.starts_with("❌ shop is failing at Test"),
        "{failing}"
    );
    assert!(asked.starts_with("⏸️ shop waits for an answer"), "{asked}");
}

#[test]
fn a_failure_has_its_message_in_the_thread() {
    let live = slack::live(&named("failed-build"), None);
    assert_eq!(slots(&live), ["card", "failure/action/Build/Compile/1"]);
    assert_eq!([live[0].in_thread, live[1].in_thread], [false, true]);
    // A webhook has no thread: the message has it all.
    let all = &slack::milestones(&named("failed-build"), None)[0];
    let text = all.body.to_string();
    for part in [
        "The end of the log",
        "docker-not-privileged",
        "|Log>",
        "Could not be had",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn somebody_is_called_when_it_failed_or_waits() {
    let mention: Mention = "here".parse().unwrap();
    for (name, is_called) in [
        ("running", false),
        ("tried-again", false),
        ("failing", false),
        ("waiting", true),
        ("ecs-paused", true),
        ("failed-build", true),
        ("gate-rolled-back", true),
        ("succeeded-after-retry", false),
        ("recovered", false),
        ("superseded", false),
        ("image-scan", true),
        ("image-pushed", false),
        ("notice", false),
    ] {
        let story = named(name);
        let card = &slack::live(&story, Some(&mention))[0];
        let text = card.body["text"].as_str().unwrap();
        assert_eq!(text.starts_with("<!here> "), is_called, "{name}: {text}");
        let without = &slack::live(&story, None)[0];
        assert!(!without.body.to_string().contains("<!here>"), "{name}");
    }
}

#[test]
fn a_message_that_has_ended_says_nothing_of_running() {
    for (name, story) in stories::all() {
        if story.phase.is_end() {
            let all = slack::live(&story, None).into_iter();
            let all = all.chain(slack::milestones(&story, None));
            for message in all.chain(amazon_q::milestones(&story)) {
                let text = message.body.to_string();
                assert!(
                    !text.contains("🔄") && !text.contains("is running"),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_story_is_told_in_the_same_words_each_time() {
    for (name, story) in stories::all() {
        let told = |story: &Story| {
            let all = slack::live(story, None).into_iter();
            let all = all.chain(amazon_q::milestones(story));
            all.map(|m| (m.digest(), m.body.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&story), told(&story.clone()), "{name}");
    }
}

#[test]
fn whoever_is_mentioned_is_called_once_in_the_thread() {
    let group: Mention = "S0123456789".parse().unwrap();
    for (name, call) in [
        ("failed-build", Some("call/failed/1")),
        ("waiting", Some("call/waiting/approval/Release/Approve/1")),
        ("running", None),
        ("succeeded-after-retry", None),
    ] {
        let story = named(name);
        let live = slack::live(&story, Some(&group));
        let calls: Vec<&Message> = live
            .iter()
            .filter(|m| m.slot.starts_with("call/"))
            .collect();
        assert_eq!(calls.iter().map(|m| m.slot.as_str()).next(), call, "{name}");
        for call in &calls {
            assert!(call.in_thread);
            assert!(
                call.body["text"]
                    .as_str()
                    .unwrap()
                    .starts_with("<!subteam^S0123456789>")
            );
        }
        // Of these Slack tells nobody in a thread.
        let live = slack::live(&story, Some(&Mention::Here));
        assert!(
            !slots(&live).iter().any(|slot| slot.starts_with("call/")),
            "{name}"
        );
        // Without a mention nobody is.
        let quiet = slack::live(&story, None);
        assert!(
            !slots(&quiet).iter().any(|slot| slot.starts_with("call/")),
            "{name}"
        );
    }
}
