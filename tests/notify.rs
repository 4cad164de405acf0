//! From what happens on AWS to the message in the channel, with the notifiers
//! as processes.

use std::collections::BTreeSet;

use local_slack::Posted;
use serde_json::{Value, json};
use world::{
    ActionKind, ActionResult, BuildFailure, BuildPlan, PipelineDeploy, PipelinePlan, Published,
    RunStatus, TargetState, World,
};

use crate::notify_support::{CHATBOT, DEAD, LONG, Plan, Rig, TOPIC, commit, told, words};

const APPROVAL: ActionKind = ActionKind::aws("Approval", "Manual");
const CODEDEPLOY: ActionKind = ActionKind::aws("Deploy", "CodeDeployToECS");

fn build(failure: Option<BuildFailure>, log: &[&str]) -> BuildPlan {
    BuildPlan {
        project: "shop-build".to_owned(),
        log: log.iter().map(|line| (*line).to_owned()).collect(),
        failure,
    }
}

async fn blue_serves(rig: &Rig) {
    let healthy = |world: &World| {
        let blue = world.target_group("shop-blue")?;
        let well = |t: &world::Target| t.state == TargetState::Healthy;
        (!blue.targets.is_empty() && blue.targets.iter().all(well)).then_some(())
    };
    rig.local
        .wait_for(LONG, healthy)
        .await
        .expect("blue serves");
}

#[tokio::test]
async fn a_pipeline_is_one_message_that_ends_right() {
    let rig = Plan::new().start().await;
    blue_serves(&rig).await;
    let deploy = PipelineDeploy::CodeDeploy(Box::new(rig.options.deploy_request(&[])));
    let id = rig.local.start_pipeline(PipelinePlan {
        build: Some(build(None, &["test a ... ok"])),
        deploy: Some(deploy),
        ..PipelinePlan::new("shop", commit())
    });
    let over = rig.local.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(over.status, RunStatus::Succeeded);
    rig.settled().await;
    // Neither the build's nor the deployment's own stands beside it.
    let message = rig.only_message();
    assert!(message.versions.len() > 2, "{}", message.versions.len());
    assert!(message.replies.is_empty(), "{:?}", message.replies);
    assert_eq!(message.text(), "✅ shop succeeded");
    let words = words(&message);
    // The commit's message without its secret.
    let said = "Log in with password=";
    for part in [
        "✅ Source",
        "✅ Build",
        "✅ Deploy",
        "5e1c3f9a",
        "Robin",
        "main",
        said,
        &id[..8],
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(
        !words.contains("🔄") && !words.contains("<!channel>"),
        "{words}"
    );
    let logs = rig.end().await;
    let kinds = told(&logs, "event").into_iter();
    let kinds: BTreeSet<String> = kinds
        .map(|l| l["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        ["pipeline", "stage", "action", "build", "deployment"]
            .iter()
            .all(|k| kinds.contains(*k)),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_pipeline_breaks_stays_broken_and_recovers() {
    let rig = Plan::new().start().await;
    for status in [RunStatus::Failed, RunStatus::Failed, RunStatus::Succeeded] {
        let id = rig.begin("shop");
        rig.settled().await;
        rig.end_with(&id, status);
        rig.settled().await;
    }
    assert!(rig.letters(DEAD).is_empty());
    let messages = rig.messages();
    let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    let expected = [
        "❌ shop failed",
        "❌ shop failed (still broken, 2nd failure in a row)",
        "✅ shop succeeded (recovered after 2 failures)",
    ];
    for (text, expected) in texts.iter().zip(expected) {
        assert!(text.starts_with(expected), "{texts:#?}");
    }
    assert_eq!(texts.len(), 3, "{texts:#?}");
    rig.end().await;
}

#[tokio::test]
async fn a_build_that_fails_is_told_with_its_cause_and_its_remedy() {
    let rig = Plan::new().start().await;
    let log = [
        "docker build -t shop .",
        "logged in with token ghp_0123456789abcdefPLANTED0123456789",
        "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker \
         daemon running?",
    ];
    let failure = BuildFailure::command("docker build -t shop .", 1);
    let id = rig.local.start_pipeline(PipelinePlan {
        build: Some(build(Some(failure), &log)),
        ..PipelinePlan::new("shop", commit())
    });
    let over = rig.local.pipeline_over(&id, LONG).await.expect("it ends");
    assert_eq!(over.status, RunStatus::Failed);
    rig.settled().await;
    let message = rig.only_message();
    let card = words(&message);
    assert!(
        message.text().starts_with("❌ shop failed at Build"),
        "{card}"
    );
    assert!(
        card.contains("✅ Source") && card.contains("❌ Build"),
        "{card}"
    );
    let [failure] = &message.replies[..] else {
        panic!("one failure: {:?}", message.replies);
    };
    let failure = words(failure);
    let known = diagnosis::CATALOGUE
        .iter()
        .find(|one| one.name == "docker-not-privileged");
    let known = known.expect("it is in the catalogue");
    for part in [
        "shop-build",
        "Error while executing command: docker build -t shop .. Reason: exit status 1",
        "The end of the log",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock",
        "docker build -t shop .",
        "logged in with token ",
    ] {
        assert!(failure.contains(part), "{part}: {failure}");
    }
    for text in [known.happened, known.remedy, known.link] {
        assert!(failure.contains(text), "{text}: {failure}");
    }
    assert!(card.contains(known.remedy), "{card}");
    rig.end().await;
}

fn publish(rig: &Rig, topic: &str, subject: &str, message: &Value) {
    let published = Published {
        subject: Some(subject.to_owned()),
        message: message.to_string(),
        ..Published::default()
    };
    rig.local.publish(topic, published).unwrap();
}

#[tokio::test]
async fn an_approval_over_sns_joins_its_pipeline() {
    let rig = Plan::new().start().await;
    rig.local.create_topic("approvals");
    assert!(rig.local.subscribe_function("approvals", "NotifySlack"));
    let id = rig.begin("shop");
    let at = ("Approve", "Release");
    let token = rig.local.change(|world, now| {
        world.begin_stage(&id, at.0, now);
        world.begin_action(&id, at, APPROVAL, now).unwrap()
    });
    let approval = json!({
        "region": "eu-west-1",
        "consoleLink": "https://console.aws.amazon.com/codepipeline/home#/view/shop",
        "approval": {
            "pipelineName": "shop", "stageName": at.0, "actionName": at.1, "token": token,
            "expires": "2036-07-07T20:22Z", "externalEntityLink": "https://staging.example.com/",
            "approvalReviewLink": "https://console.aws.amazon.com/codepipeline/approve/7b1ad709",
            "customData": "Is the price right? password=hunter2PLANTED",
        },
    });
    publish(
        &rig,
        "approvals",
        "APPROVAL NEEDED: AWS CodePipeline shop",
        &approval,
    );
    rig.settled().await;
    let message = rig.only_message();
    let asked = words(&message);
    assert!(
        message.text().starts_with("⏸️ shop waits for an answer"),
        "{asked}"
    );
    for part in [
        "Approve › Release",
        "Is the price right?",
        "approve/7b1ad709",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    rig.local.change(|world, now| {
        world.end_action(&token, RunStatus::Succeeded, ActionResult::default(), now);
        world.end_stage(&id, at.0, RunStatus::Succeeded, now);
        world.end_execution(&id, RunStatus::Succeeded, now);
    });
    rig.settled().await;
    let message = rig.only_message();
    assert_eq!(message.text(), "✅ shop succeeded");
    assert!(!words(&message).contains("Is the price right?"));
    rig.end().await;
}

fn trigger(deployment: &str) -> Value {
    json!({
        "region": "eu-west-1", "accountId": "123456789012", "eventTriggerName": "failures",
        "applicationName": "shop", "deploymentId": deployment,
        "deploymentGroupName": "shop-production", "createTime": "1767348000.595",
        "completeTime": "1767348060.402", "status": "Failed",
        "deploymentOverview": {"Failed": "1", "Succeeded": "2"},
        "errorInformation": {
            "ErrorCode": "IAM_ROLE_MISSING",
            "ErrorMessage": "IAM Role is missing for deployment group: shop-production",
        },
    })
}

#[tokio::test]
async fn a_trigger_of_codedeploy_over_sns_is_told_with_its_pipeline_or_alone() {
    let rig = Plan::new().start().await;
    let topic = rig.local.create_topic("triggers");
    assert!(rig.local.subscribe_function(&topic, "NotifySlack"));
    // The trigger comes first, and waits for its pipeline.
    publish(
        &rig,
        &topic,
        "FAILED: AWS CodeDeploy d-JOINED111",
        &trigger("d-JOINED111"),
    );
    publish(
        &rig,
        &topic,
        "FAILED: AWS CodeDeploy d-ALONE2222",
        &trigger("d-ALONE2222"),
    );
    let id = rig.begin("shop-pipeline");
    rig.local.change(|world, now| {
        world.begin_stage(&id, "Deploy", now);
        let action = world.begin_action(&id, ("Deploy", "ToEcs"), CODEDEPLOY, now);
        let result = ActionResult {
            external_id: Some("d-JOINED111".to_owned()),
            error_code: Some("JobFailed".to_owned()),
            ..ActionResult::default()
        };
        world.end_action(&action.unwrap(), RunStatus::Failed, result, now);
        world.end_stage(&id, "Deploy", RunStatus::Failed, now);
        world.end_execution(&id, RunStatus::Failed, now);
    });
    rig.settled().await;
    assert!(rig.letters(DEAD).is_empty());
    let messages = rig.messages();
    assert_eq!(messages.len(), 2, "{messages:#?}");
    for message in &messages {
        let mut all = words(message);
        message
            .replies
            .iter()
            .for_each(|reply| all.push_str(&words(reply)));
        assert!(
            all.contains("IAM Role is missing for deployment group"),
            "{all}"
        );
        let (own, other) = match message.text().contains("shop-pipeline") {
            true => ("d-JOINED111", "d-ALONE2222"),
            false => ("d-ALONE2222", "d-JOINED111"),
        };
        assert!(all.contains(own) && !all.contains(other), "{all}");
    }
    rig.end().await;
}

/// <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
fn is_notification(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&value["version"], &value["source"]),
        (&json!("1.0"), &json!("custom"))
    );
    let content = &value["content"];
    assert_eq!(content["textType"], "client-markdown");
    let length = |value: &Value| value.as_str().unwrap().chars().count();
    assert!((1..=250).contains(&length(&content["title"])), "{content}");
    assert!(
        (1..=8000).contains(&length(&content["description"])),
        "{content}"
    );
    for (name, most) in [("nextSteps", 350), ("keywords", 75)] {
        let items = content[name].as_array().into_iter().flatten();
        items.for_each(|item| assert!((1..=most).contains(&length(item)), "{item}"));
    }
    let context = value["metadata"]["additionalContext"].as_object();
    assert!(context.unwrap().values().all(Value::is_string), "{value}");
    value
}

#[tokio::test]
async fn amazon_q_gets_one_thread_for_an_execution() {
    let plan = Plan {
        function: CHATBOT,
        ..Plan::new()
    };
    let rig = plan.start().await;
    // By mistake: what it says itself it must not tell of.
    assert!(rig.local.subscribe_function(TOPIC, CHATBOT));
    let failure = BuildFailure::command("./gradlew check", 1);
    let failing = rig.local.start_pipeline(PipelinePlan {
        build: Some(build(
            Some(failure),
            &["password=hunter2PLANTED", "1 test failed"],
        )),
        ..PipelinePlan::new("shop", commit())
    });
    let passing = rig
        .local
        .start_pipeline(PipelinePlan::new("bank", commit()));
    for id in [&failing, &passing] {
        rig.local.pipeline_over(id, LONG).await.expect("it ends");
    }
    rig.settled().await;
    assert!(rig.letters(DEAD).is_empty());
    let published = rig.local.topic(TOPIC).unwrap().messages;
    let published: Vec<Value> = published
        .iter()
        .map(|m| is_notification(&m.message))
        .collect();
    let mut threads = BTreeSet::new();
    for (id, end, name) in [
        (&failing, "❌ shop failed at Build", "shop"),
        (&passing, "✅ bank succeeded", "bank"),
    ] {
        let is_own = |v: &&Value| v["content"]["keywords"][0] == name;
        let own: Vec<&Value> = published.iter().filter(is_own).collect();
        let thread = own
            .iter()
            .map(|v| v["metadata"]["threadId"].as_str().unwrap());
        let thread: BTreeSet<&str> = thread.collect();
        assert_eq!(thread.len(), 1, "{own:#?}");
        assert!(
            thread.iter().all(|thread| thread.contains(id.as_str())),
            "{thread:?}"
        );
        threads.extend(thread);
        let titles: Vec<&str> = own
            .iter()
            .map(|v| v["content"]["title"].as_str().unwrap())
            .collect();
        let ends = titles.iter().filter(|title| title.starts_with(end)).count();
        assert_eq!(ends, 1, "{titles:?}");
        assert!(titles.last().unwrap().starts_with(end), "{titles:?}");
    }
    assert_eq!(threads.len(), 2, "{threads:?}");
    assert_eq!(rig.slack.calls().len(), 0);
    let failed = published
        .iter()
        .find(|v| v["content"]["title"].as_str().unwrap().starts_with('❌'));
    let description = failed.unwrap()["content"]["description"].as_str().unwrap();
    assert!(description.contains("1 test failed"), "{description}");
    let logs = rig.end().await;
    let echo = "this function reads the topic that it publishes to; take its subscription away";
    assert_eq!(told(&logs, echo).len(), published.len());
}
