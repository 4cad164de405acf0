use board::Inquire;
use card::{Build, Card, Join as _, Key};
use serde_json::{Value, json};

use crate::{
    fake::{Fake, Reply},
    findings::{action, execution, with_action},
};

fn built_by(pipeline: Option<&str>) -> Card {
    let build = Build {
        pipeline: pipeline.map(str::to_owned),
        ..Build::default()
    };
    Card {
        builds: [("shop:1".to_owned(), build)].into(),
        ..Card::default()
    }
}

fn actions(details: &[Value]) -> Reply {
    Reply::Json(json!({"actionExecutionDetails": details}))
}

#[tokio::test]
async fn a_build_belongs_to_the_execution_whose_action_has_it() {
    let running = json!({"externalExecutionId": "shop:1"});
    let other = json!({"externalExecutionId": "shop:2"});
    let fake = Fake::of([(
        "ListActionExecutions",
        actions(&[
            action("a-2", "InProgress", &other),
            action("a-1", "InProgress", &running),
        ]),
    )]);
    let inquiry = fake.inquiry().await;
    let key = Key::Build("shop:1".to_owned());
    let parent = inquiry.parent(&key, &built_by(Some("shop"))).await;
    assert_eq!(parent, Some(Key::Execution(execution())));
    let asked = json!({"pipelineName": "shop", "maxResults": 100});
    assert_eq!(fake.input("ListActionExecutions"), asked);
    // Without a pipeline there is nothing to ask.
    assert_eq!(inquiry.parent(&key, &built_by(None)).await, None);
    assert_eq!(inquiry.parent(&key, &Card::default()).await, None);
    let unknown = Key::Build("shop:3".to_owned());
    assert_eq!(
        inquiry.parent(&unknown, &built_by(Some("shop"))).await,
        None
    );
    assert_eq!(fake.operations().len(), 1);
    let denied = Fake::of([]).inquiry().await;
    assert_eq!(denied.parent(&key, &built_by(Some("shop"))).await, None);
}

#[tokio::test]
async fn a_deployment_belongs_to_what_it_takes_back_or_to_its_artifacts_pipeline() {
    let key = Key::Deployment("d-2".to_owned());
    let parent = |info: Value| {
        let key = key.clone();
        async move {
            let actions = actions(&[action(
                "a-1",
                "InProgress",
                &json!({"externalExecutionId": "d-2"}),
            )]);
            let fake = Fake::of([
                (
                    "GetDeployment",
                    Reply::Json(json!({"deploymentInfo": info})),
                ),
                ("ListActionExecutions", actions),
            ]);
            let found = fake.inquiry().await.parent(&key, &Card::default()).await;
            (found, fake.operations().len())
        }
    };
    let undoes = json!({"rollbackInfo": {"rollbackTriggeringDeploymentId": "d-1"}});
    assert_eq!(
        parent(undoes).await,
        (Some(Key::Deployment("d-1".to_owned())), 1)
    );
    let revision = |key: &str| {
        json!({"revision": {
            "revisionType": "S3", "s3Location": {"bucket": "b", "key": key},
        }})
    };
    let found = parent(revision("shop/BuildArtif/abc")).await;
    assert_eq!(found, (Some(Key::Execution(execution())), 2));
    assert_eq!(parent(revision("shop.zip")).await, (None, 1));
    assert_eq!(parent(revision("/shop.zip")).await, (None, 1));
    assert_eq!(parent(json!({})).await, (None, 1));
    // A folder of that name is no pipeline, or the pipeline of something else.
    let fake = Fake::by(move |operation, _| match operation {
        "GetDeployment" => Reply::Json(json!({"deploymentInfo": {"revision": {
            "revisionType": "S3", "s3Location": {"bucket": "b", "key": "releases/1.zip"},
        }}})),
        _ => Reply::Refuse("PipelineNotFoundException"),
    });
    assert_eq!(
        fake.inquiry().await.parent(&key, &Card::default()).await,
        None
    );
}

#[tokio::test]
async fn an_approval_belongs_to_the_execution_in_its_stage() {
    let state = json!({"stageStates": [
        {"stageName": "Other", "latestExecution": {"pipelineExecutionId": "e-9", "status": "InProgress"},
         "actionStates": [{"actionName": "Act", "latestExecution": {"token": "t-1"}}]},
        {"stageName": "Deploy", "latestExecution": {"pipelineExecutionId": "e-1", "status": "InProgress"},
         "actionStates": [
            {"actionName": "Else", "latestExecution": {"token": "t-2"}},
            {"actionName": "Act", "latestExecution": {"token": "t-1"}},
            {"actionName": "None"},
         ]},
    ]});
    let fake = Fake::of([("GetPipelineState", Reply::Json(state))]);
    let inquiry = fake.inquiry().await;
    for (stage, action, token, parent) in [
        ("Deploy", "Act", "t-1", Some("e-1")),
        ("Other", "Act", "t-1", Some("e-9")),
        ("Deploy", "Act", "t-2", None),
        ("Deploy", "None", "t-1", None),
        ("Gone", "Act", "t-1", None),
        ("Deploy", "Act", "", None),
    ] {
        let names = ["shop", stage, action, token].map(str::to_owned);
        let [pipeline, stage, action, token] = names;
        let key = Key::Approval(pipeline, stage, action, token);
        let found = inquiry.parent(&key, &Card::default()).await;
        let expected = parent.map(|id| {
            let mut execution = execution();
            execution.execution = id.to_owned();
            Key::Execution(execution)
        });
        assert_eq!(found, expected, "{key:?}");
    }
    assert_eq!(fake.input("GetPipelineState"), json!({"name": "shop"}));
    // Nothing else is anybody's.
    for key in [
        Key::Event("e".to_owned()),
        Key::EcsDeployment("ecs-svc/1".to_owned()),
    ] {
        assert_eq!(inquiry.parent(&key, &Card::default()).await, None);
    }
}

#[tokio::test]
async fn the_works_of_running_actions_are_found() {
    let fake = Fake::of([(
        "ListActionExecutions",
        actions(&[
            action("a-2", "InProgress", &json!({"externalExecutionId": "d-2"})),
            action("a-1", "Failed", &json!({"externalExecutionId": "d-1"})),
        ]),
    )]);
    let inquiry = fake.inquiry().await;
    let mut card = with_action("CodeDeployToECS", &[Some("a-1"), Some("a-2")]);
    card.place = Some(("1".to_owned(), "eu-west-1".to_owned()));
    let run = |card: &Card, attempt: u64| {
        card.stages["Deploy"].actions["Act"].runs[&attempt]
            .external
            .clone()
    };
    let parts = inquiry.works(&card).await;
    assert_eq!(parts.len(), 4);
    for (part, attempt, id) in [(0, 1, "d-1"), (2, 2, "d-2")] {
        assert_eq!(parts[part].key, Key::Execution(execution()));
        assert_eq!(run(&parts[part].card, attempt).as_deref(), Some(id));
        assert_eq!(parts[part + 1].key, Key::Deployment(id.to_owned()));
        let whole = parts[part + 1].card.part_of.clone();
        assert_eq!(whole, Some(Key::Execution(execution())));
    }
    // What is known is not asked for again.
    for part in parts {
        if part.key == Key::Execution(execution()) {
            card.join(part.card);
        }
    }
    assert_eq!(inquiry.works(&card).await, []);
    assert_eq!(fake.operations().len(), 1);
    // By name only where there is one attempt.
    let one = with_action("CodeDeployToECS", &[None]);
    assert_eq!(inquiry.works(&one).await.len(), 2);
    let two = with_action("CodeDeployToECS", &[None, None]);
    assert_eq!(inquiry.works(&two).await, []);
    assert_eq!(inquiry.works(&Card::default()).await, []);
}

#[tokio::test]
async fn a_task_sets_tasks_belong_to_the_deployment_that_made_it() {
    let set = |id: &str, external: &str| json!({"id": id, "externalId": external});
    let sets = [set("ecs-svc/1", "d-1"), set("ecs-svc/2", "other")];
    let services = json!({"services": [{"serviceName": "shop", "taskSets": sets}]});
    let fake = Fake::of([("DescribeServices", Reply::Json(services))]);
    let inquiry = fake.inquiry().await;
    for (id, parent) in [
        ("ecs-svc/1", Some(Key::Deployment("d-1".to_owned()))),
        // Made by somebody else, and by ECS itself.
        ("ecs-svc/2", None),
        ("ecs-svc/3", None),
    ] {
        let service = events::ServiceName {
            cluster: Some("live".to_owned()),
            service: "shop".to_owned(),
        };
        let deployment = card::EcsDeployment {
            service: Some(service),
            ..card::EcsDeployment::default()
        };
        let card = Card {
            ecs_deployments: [(id.to_owned(), deployment)].into(),
            ..Card::default()
        };
        let key = Key::EcsDeployment(id.to_owned());
        assert_eq!(inquiry.parent(&key, &card).await, parent, "{id}");
    }
    let asked = json!({"cluster": "live", "services": ["shop"]});
    assert_eq!(fake.input("DescribeServices"), asked);
}

#[tokio::test]
async fn a_service_deployment_is_the_primary_one_while_it_goes_on() {
    let arn = |id: &str| format!("arn:aws:ecs:eu-west-1:1:service-deployment/live/shop/{id}");
    let deployments = [
        json!({"id": "ecs-svc/1", "status": "ACTIVE"}),
        json!({"id": "ecs-svc/2", "status": "PRIMARY"}),
    ];
    let service = json!({"serviceName": "shop", "currentServiceDeployment": arn("now"),
        "deployments": deployments});
    let fake = Fake::of([(
        "DescribeServices",
        Reply::Json(json!({"services": [service]})),
    )]);
    let inquiry = fake.inquiry().await;
    for (id, parent) in [("now", Some("ecs-svc/2")), ("earlier", None)] {
        let key = Key::EcsDeployment(arn(id));
        let parent = parent.map(|id| Key::EcsDeployment(id.to_owned()));
        assert_eq!(inquiry.parent(&key, &Card::default()).await, parent, "{id}");
    }
    let asked = json!({"cluster": "live", "services": ["shop"]});
    assert_eq!(fake.input("DescribeServices"), asked);
}
