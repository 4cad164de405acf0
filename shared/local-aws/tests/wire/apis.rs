//! The wire formats, read by the official clients.

use aws_sdk_codedeploy::{self as codedeploy, error::ProvideErrorMetadata as _};
use aws_sdk_ecs as ecs;
use aws_sdk_elasticloadbalancingv2 as elb;
use aws_sdk_eventbridge as eventbridge;
use greenlight_local_aws::{LocalAws, UnknownHook};
use http::Method;
use serde_json::json;
use world::{ExampleOptions, LifecycleEventName, NativeConfig, NativeHook, Stage, Strategy, World};

use crate::{
    LONG,
    client::{json, sdk, send, signed},
    fleet::{self, settled, start},
    function,
};

/// A deployment that waits at BeforeAllowTraffic.
async fn waiting() -> (LocalAws, fleet::TestFleet, String) {
    let options = ExampleOptions::default();
    let (aws, fleet) = start(&options, |setup| {
        // It says nothing: CodeDeploy waits.
        setup
            .functions
            .insert("silent".to_owned(), function::spec("serve-silently", LONG));
    })
    .await;
    let hooks = [(LifecycleEventName::BeforeAllowTraffic, "silent")];
    let id = aws
        .deploy(options.deploy_request(&hooks))
        .expect("accepted");
    let reached = |world: &World| world.deployment(&id)?.lifecycle[5].hook.clone();
    aws.wait_for(LONG, reached)
        .await
        .expect("it reaches the hook");
    (aws, fleet, id)
}

#[tokio::test]
async fn a_deployment_is_found_from_its_id() {
    let (aws, _fleet, id) = waiting().await;
    let codedeploy = codedeploy::Client::new(&sdk(&aws));

    let info = codedeploy
        .get_deployment()
        .deployment_id(&id)
        .send()
        .await
        .expect("it exists");
    let info = info.deployment_info().expect("info");
    assert_eq!(info.application_name(), Some("shop"));
    assert_eq!(info.status().expect("a status").as_str(), "InProgress");
    assert_eq!(info.compute_platform().expect("a platform").as_str(), "ECS");
    assert_eq!(info.creator().expect("a creator").as_str(), "user");
    let appspec = info
        .revision()
        .and_then(|r| r.app_spec_content())
        .and_then(|c| c.content());
    assert!(appspec.expect("an AppSpec").contains("AWS::ECS::Service"));
    assert!(info.start_time().expect("a time").secs() > 1_700_000_000);
    assert_eq!(info.complete_time(), None);

    let group = codedeploy
        .get_deployment_group()
        .application_name("shop")
        .deployment_group_name("shop-production")
        .send()
        .await
        .expect("it exists");
    let group = group.deployment_group_info().expect("info");
    assert_eq!(group.ecs_services()[0].service_name(), Some("shop"));
    let pair = &group
        .load_balancer_info()
        .expect("one")
        .target_group_pair_info_list()[0];
    let names: Vec<_> = pair
        .target_groups()
        .iter()
        .filter_map(|t| t.name())
        .collect();
    assert_eq!(names, ["shop-blue", "shop-green"]);
    let route = pair.test_traffic_route().expect("one");
    assert_eq!(
        route.listener_arns(),
        [aws.read(|w| w.listeners[1].arn.clone())]
    );

    let targets = codedeploy
        .list_deployment_targets()
        .deployment_id(&id)
        .send()
        .await;
    assert_eq!(targets.expect("started").target_ids(), ["production:shop"]);
    let target = codedeploy
        .get_deployment_target()
        .deployment_id(&id)
        .target_id("production:shop")
        .send()
        .await
        .expect("it exists");
    let target = target
        .deployment_target()
        .and_then(|t| t.ecs_target())
        .expect("an ECS target");
    let events: Vec<_> = (target.lifecycle_events().iter())
        .map(|e| {
            (
                e.lifecycle_event_name().expect("a name"),
                e.status().expect("a status").as_str(),
            )
        })
        .collect();
    assert_eq!(events[5], ("BeforeAllowTraffic", "InProgress"));
    assert_eq!(events[3], ("AllowTestTraffic", "Succeeded"));
    assert_eq!(events[7], ("AfterAllowTraffic", "Pending"));
    let green = &target.task_sets_info()[1];
    let set = aws.read(|w| w.deployment(&id).and_then(|d| d.green_task_set.clone()));
    assert_eq!(green.identifer(), set.as_deref());
    assert_eq!(green.task_set_label().expect("a label").as_str(), "Green");
    assert_eq!(
        green.target_group().and_then(|t| t.name()),
        Some("shop-green")
    );

    let batch = codedeploy
        .batch_get_deployment_targets()
        .deployment_id(&id)
        .target_ids("production:shop")
        .send()
        .await
        .expect("it exists");
    assert_eq!(batch.deployment_targets().len(), 1);
    let list = codedeploy.list_deployments().send().await.expect("a list");
    assert_eq!(list.deployments(), [id]);
    let config = codedeploy
        .get_deployment_config()
        .deployment_config_name("CodeDeployDefault.ECSCanary10Percent5Minutes")
        .send()
        .await
        .expect("it exists");
    let routing = config
        .deployment_config_info()
        .and_then(|c| c.traffic_routing_config());
    let canary = routing
        .and_then(|r| r.time_based_canary())
        .expect("a canary");
    assert_eq!(
        (canary.canary_percentage(), canary.canary_interval()),
        (10, 5)
    );
    assert!(aws.calls().iter().all(|call| call.known && call.accepted));
}

#[tokio::test]
async fn green_s_tasks_are_found_and_reached() {
    let (aws, _fleet, id) = waiting().await;
    let ecs = ecs::Client::new(&sdk(&aws));

    let services = ecs
        .describe_services()
        .cluster("production")
        .services("shop")
        .services("nope");
    let services = services.send().await.expect("a cluster");
    assert_eq!(services.failures()[0].reason(), Some("MISSING"));
    let service = &services.services()[0];
    assert_eq!(
        service
            .deployment_controller()
            .expect("one")
            .r#type()
            .as_str(),
        "CODE_DEPLOY"
    );
    assert!(!service.events().is_empty());
    let green = service
        .task_sets()
        .iter()
        .find(|t| t.external_id() == Some(&id))
        .expect("green");
    assert_eq!(green.started_by(), Some("CODE_DEPLOY"));
    assert_eq!(green.status(), Some("ACTIVE"));
    assert_eq!(green.scale().map(|s| s.value()), Some(100.0));
    let attached = &green.load_balancers()[0];
    assert_eq!(attached.container_port(), Some(8080));

    let sets = ecs
        .describe_task_sets()
        .cluster("production")
        .service("shop")
        .send()
        .await;
    assert_eq!(sets.expect("a service").task_sets().len(), 2);

    let set = green.id().expect("an id");
    let tasks = ecs
        .list_tasks()
        .cluster("production")
        .started_by(set)
        .send()
        .await
        .expect("a list");
    assert_eq!(tasks.task_arns().len(), 2);
    let tasks = ecs
        .describe_tasks()
        .cluster("production")
        .set_tasks(Some(tasks.task_arns().to_vec()))
        .tasks("gone")
        .send()
        .await
        .expect("a cluster");
    assert_eq!(tasks.failures().len(), 1);
    let task = &tasks.tasks()[0];
    assert_eq!(task.last_status(), Some("RUNNING"));
    assert_eq!(task.group(), Some("service:shop"));
    let address = task.attachments()[0]
        .details()
        .iter()
        .find(|d| d.name() == Some("privateIPv4Address"));
    assert_eq!(address.and_then(|d| d.value()), Some("127.0.0.1"));
    let container = &task.containers()[0];
    assert_eq!(
        container.network_interfaces()[0].private_ipv4_address(),
        Some("127.0.0.1")
    );
    let binding = &container.network_bindings()[0];
    assert_eq!(binding.container_port(), Some(8080));
    let port = binding.host_port().expect("a port");
    let answer = crate::client::get(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(answer.headers()["x-colour"], "green");

    let definition = ecs
        .describe_task_definition()
        .task_definition("shop:2")
        .send()
        .await;
    let definition = definition.expect("it exists");
    let definition = definition.task_definition().expect("one");
    assert_eq!(definition.revision(), 2);
    assert_eq!(definition.container_definitions()[0].name(), Some("shop"));

    // `startedBy` must be the only filter.
    let both = ecs
        .list_tasks()
        .cluster("production")
        .started_by(set)
        .service_name("shop")
        .send()
        .await;
    assert_eq!(
        both.expect_err("refused").code(),
        Some("InvalidParameterException")
    );
    let nowhere = ecs
        .describe_services()
        .cluster("nowhere")
        .services("shop")
        .send()
        .await;
    assert!(
        nowhere
            .expect_err("refused")
            .into_service_error()
            .is_cluster_not_found_exception()
    );
}

#[tokio::test]
async fn the_load_balancer_is_described() {
    let (aws, _fleet, _) = waiting().await;
    let elb = elb::Client::new(&sdk(&aws));
    let arns = aws.read(|w| {
        w.listeners
            .iter()
            .map(|l| l.arn.clone())
            .collect::<Vec<_>>()
    });

    let listeners = elb
        .describe_listeners()
        .set_listener_arns(Some(arns.clone()))
        .send()
        .await;
    let listeners = listeners.expect("they exist");
    assert_eq!(listeners.listeners().len(), 2);
    let test = &listeners.listeners()[1];
    let address = aws.listener(&arns[1]).expect("it listens");
    assert_eq!(test.port(), Some(i32::from(address.port())));
    let action = &test.default_actions()[0];
    let green = aws
        .read(|w| w.target_group("shop-green").map(|t| t.arn.clone()))
        .expect("green");
    assert_eq!(action.target_group_arn(), Some(green.as_str()));
    let forward = action
        .forward_config()
        .expect("it forwards")
        .target_groups();
    assert_eq!(forward[0].target_group_arn(), Some(green.as_str()));

    let rules = elb
        .describe_rules()
        .listener_arn(&arns[0])
        .send()
        .await
        .expect("it exists");
    assert_eq!(rules.rules()[0].priority(), Some("default"));
    assert_eq!(rules.rules()[0].is_default(), Some(true));

    let groups = elb
        .describe_target_groups()
        .names("shop-green")
        .send()
        .await
        .expect("it exists");
    let group = &groups.target_groups()[0];
    assert_eq!(group.health_check_path(), Some("/health"));
    assert_eq!(group.matcher().and_then(|m| m.http_code()), Some("200-299"));
    assert_eq!(group.load_balancer_arns().len(), 1);

    let healthy = |world: &World| {
        let group = world.target_group("shop-green")?;
        group
            .targets
            .iter()
            .all(|t| t.state.as_str() == "healthy")
            .then_some(())
    };
    aws.wait_for(LONG, healthy).await.expect("green is healthy");
    let health = elb
        .describe_target_health()
        .target_group_arn(&green)
        .send()
        .await
        .expect("it exists");
    let states: Vec<_> = health
        .target_health_descriptions()
        .iter()
        .filter_map(|d| Some(d.target_health()?.state()?.as_str()))
        .collect();
    assert_eq!(states, ["healthy", "healthy"]);

    let balancers = elb
        .describe_load_balancers()
        .send()
        .await
        .expect("there is one");
    let balancer = &balancers.load_balancers()[0];
    assert_eq!(balancer.dns_name(), Some("127.0.0.1"));
    assert_eq!(balancer.r#type().expect("a type").as_str(), "application");
    assert!(balancer.created_time().expect("a time").secs() > 1_700_000_000);

    let gone = elb
        .describe_target_groups()
        .names("gone")
        .send()
        .await
        .expect_err("refused");
    assert_eq!(gone.code(), Some("TargetGroupNotFound"));
    let gone = elb
        .describe_listeners()
        .listener_arns("arn:gone")
        .send()
        .await
        .expect_err("refused");
    assert!(gone.into_service_error().is_listener_not_found_exception());
}

#[tokio::test]
async fn a_hook_s_status_is_accepted_once() {
    let (aws, _fleet, id) = waiting().await;
    let codedeploy = codedeploy::Client::new(&sdk(&aws));
    let execution = aws
        .read(|w| w.deployment(&id)?.lifecycle[5].hook.clone())
        .expect("a hook")
        .id;
    let put = |status: &'static str| {
        codedeploy
            .put_lifecycle_event_hook_execution_status()
            .deployment_id(&id)
            .lifecycle_event_hook_execution_id(&execution)
            .status(status.into())
            .send()
    };
    let odd = put("Skipped")
        .await
        .expect_err("refused")
        .into_service_error();
    assert!(odd.is_invalid_lifecycle_event_hook_execution_status_exception());
    let accepted = put("Succeeded").await.expect("accepted");
    assert_eq!(
        accepted.lifecycle_event_hook_execution_id(),
        Some(execution.as_str())
    );
    let again = put("Failed")
        .await
        .expect_err("refused")
        .into_service_error();
    assert!(again.is_lifecycle_event_already_completed_exception());
    let statuses: Vec<_> = aws.calls().iter().map(|c| (c.accepted, c.status)).collect();
    assert_eq!(
        statuses,
        [(false, Some(400)), (true, Some(200)), (false, Some(400))]
    );

    let stopped = codedeploy.stop_deployment().deployment_id(&id).send().await;
    // It may have succeeded in the meantime.
    if let Err(error) = stopped {
        assert_eq!(error.code(), Some("DeploymentAlreadyCompletedException"));
    }
}

#[tokio::test]
async fn a_service_deployment_is_described() {
    let hook = NativeHook {
        function: "nobody".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/hooks".to_owned(),
        stages: vec![Stage::PostScaleUp],
        details: Some(json!({"plan": "a"})),
        timeout_minutes: 60,
    };
    let options = ExampleOptions {
        native: Some(NativeConfig {
            strategy: Strategy::Canary {
                percent: 10.0,
                bake_minutes: 1,
            },
            bake_minutes: 0,
            hooks: vec![hook],
        }),
        ..ExampleOptions::default()
    };
    let (aws, _fleet) = start(&options, |setup| setup.unknown_hooks = UnknownHook::Succeed).await;
    settled(&aws).await;
    let arn = aws
        .deploy_native(options.native_request())
        .expect("accepted");
    let over = |w: &World| {
        w.service_deployment(&arn)
            .filter(|d| d.status.is_over())
            .map(|d| d.status)
    };
    let status = aws.wait_for(LONG, over).await.expect("it ends");
    assert_eq!(status.as_str(), "SUCCESSFUL");

    let ecs = ecs::Client::new(&sdk(&aws));
    let found = ecs
        .describe_service_deployments()
        .service_deployment_arns(&arn)
        .send()
        .await;
    let found = found.expect("it exists");
    let deployment = &found.service_deployments()[0];
    assert_eq!(
        deployment.status().expect("a status").as_str(),
        "SUCCESSFUL"
    );
    let config = deployment.deployment_configuration().expect("one");
    assert_eq!(config.strategy().expect("one").as_str(), "CANARY");
    assert_eq!(
        config
            .canary_configuration()
            .and_then(|c| c.canary_percent()),
        Some(10.0)
    );
    let target = deployment.target_service_revision().expect("one");
    assert_eq!(target.requested_production_traffic_weight(), Some(100.0));

    let revisions = ecs
        .describe_service_revisions()
        .service_revision_arns(target.arn().expect("an ARN"));
    let revisions = revisions.send().await.expect("it exists");
    let revision = &revisions.service_revisions()[0];
    assert!(
        revision
            .task_definition()
            .expect("one")
            .ends_with("task-definition/shop:2")
    );
    let resolved = revision
        .resolved_configuration()
        .expect("one")
        .load_balancers();
    assert!(
        resolved[0]
            .target_group_arn()
            .expect("one")
            .contains("targetgroup/shop-green/")
    );
    assert!(resolved[0].production_listener_rule().is_some());

    let list = ecs
        .list_service_deployments()
        .cluster("production")
        .service("shop")
        .send()
        .await;
    assert_eq!(list.expect("a list").service_deployments().len(), 1);
    let services = ecs
        .describe_services()
        .cluster("production")
        .services("shop")
        .send()
        .await;
    let services = services.expect("it exists");
    let service = &services.services()[0];
    assert!(
        service.load_balancers()[0]
            .advanced_configuration()
            .is_some()
    );
    assert_eq!(service.deployments()[0].status(), Some("PRIMARY"));
}

#[tokio::test]
async fn events_secrets_and_identity() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |setup| {
        setup.world.put_secret("token", "s3cret", fleet::now());
    })
    .await;
    let events = eventbridge::Client::new(&sdk(&aws));
    let entry = |detail: &str| {
        eventbridge::types::PutEventsRequestEntry::builder()
            .source("greenlight")
            .detail_type("Greenlight Gate Verdict")
            .detail(detail)
            .build()
    };
    let put = events
        .put_events()
        .entries(entry(r#"{"a":1}"#))
        .entries(entry("no json"));
    let put = put.send().await.expect("accepted");
    assert_eq!(put.failed_entry_count(), 1);
    assert_eq!(put.entries()[1].error_code(), Some("MalformedDetail"));
    let event = aws.read(fleet::put_events);
    assert_eq!(event.len(), 1);
    assert_eq!(put.entries()[0].event_id(), Some(event[0].id.as_str()));
    assert_eq!(event[0].bus, "default");

    let get = "secretsmanager.GetSecretValue";
    let (status, secret) = json(&aws, get, &json!({"SecretId": "token"}))
        .await
        .expect("an answer");
    assert_eq!(status, 200);
    assert_eq!(secret["SecretString"], "s3cret");
    let (status, gone) = json(&aws, get, &json!({"SecretId": "gone"}))
        .await
        .expect("an answer");
    assert_eq!(
        (status.as_u16(), gone["__type"].as_str()),
        (400, Some("ResourceNotFoundException"))
    );

    let form = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let identity = signed(Method::POST, &aws.endpoint_url(), &form, body)
        .await
        .expect("an answer");
    let text = String::from_utf8_lossy(identity.body()).into_owned();
    assert!(text.contains("<Account>123456789012</Account>"), "{text}");
    // The secret is in no dump of the world.
    let dump = crate::client::get(&format!("{}/_local/world", aws.endpoint_url())).await;
    let dump = String::from_utf8_lossy(dump.body()).into_owned();
    assert!(dump.contains("\"task_sets\"") && !dump.contains("s3cret"));
}

#[tokio::test]
async fn functions_are_invoked_over_http() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |setup| {
        setup
            .functions
            .insert("gate".to_owned(), function::spec("serve", LONG));
    })
    .await;
    let invoke = async |function: &str, kind: &str, event: &str| {
        let url = format!(
            "{}/2015-03-31/functions/{function}/invocations",
            aws.endpoint_url()
        );
        let headers = [("x-amz-invocation-type", kind)];
        signed(Method::POST, &url, &headers, event.to_owned())
            .await
            .expect("an answer")
    };
    let arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Agate";
    let answer = invoke(arn, "RequestResponse", r#"{"a":1}"#).await;
    assert_eq!(answer.status(), 200);
    assert!(String::from_utf8_lossy(answer.body()).contains(r#""event":{"a":1}"#));
    assert!(!answer.headers().contains_key("x-amz-function-error"));
    let failed = invoke("gate", "RequestResponse", r#"{"do":"error"}"#).await;
    assert_eq!(failed.status(), 200);
    assert_eq!(failed.headers()["x-amz-function-error"], "Unhandled");
    assert_eq!(invoke("gate", "Event", "{}").await.status(), 202);
    assert_eq!(invoke("gate", "Sometimes", "{}").await.status(), 400);
    let gone = invoke("gone", "RequestResponse", "{}").await;
    assert_eq!(gone.status(), 404);
    assert_eq!(
        gone.headers()["x-amzn-errortype"],
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_and_recorded() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    let ask = async |target: &str, input| json(&aws, target, &input).await.expect("an answer");
    for (target, input, code) in [
        (
            "CodeDeploy_20141006.DeleteApplication",
            json!({}),
            "UnknownOperationException",
        ),
        (
            "DynamoDB_20120810.GetItem",
            json!({}),
            "UnknownOperationException",
        ),
        (
            "CodeDeploy_20141006.GetDeployment",
            json!({}),
            "DeploymentIdRequiredException",
        ),
        (
            "CodeDeploy_20141006.GetDeployment",
            json!({"deploymentId": "x"}),
            "InvalidDeploymentIdException",
        ),
        (
            "CodeDeploy_20141006.GetDeployment",
            json!([]),
            "SerializationException",
        ),
        (
            "CodeDeploy_20141006.GetDeploymentGroup",
            json!({}),
            "ApplicationNameRequiredException",
        ),
        (
            "AmazonEC2ContainerServiceV20141113.DescribeTasks",
            json!({}),
            "ClusterNotFoundException",
        ),
        (
            "AmazonEC2ContainerServiceV20141113.DescribeTasks",
            json!({"cluster": "production"}),
            "InvalidParameterException",
        ),
        ("AWSEvents.PutEvents", json!({}), "ValidationException"),
        (
            "secretsmanager.GetSecretValue",
            json!({}),
            "ValidationException",
        ),
    ] {
        let (status, answer) = ask(target, input).await;
        assert_eq!(
            (status.as_u16(), answer["__type"].as_str()),
            (400, Some(code)),
            "{target}"
        );
    }
    let calls = aws.calls();
    let unknown: Vec<&str> = calls
        .iter()
        .filter(|c| !c.known)
        .map(|c| c.operation.as_str())
        .collect();
    assert_eq!(unknown, ["DeleteApplication", "GetItem"]);
    assert!(calls.iter().all(|c| !c.accepted));
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    let request = |request: http::request::Builder, body: &'static str| {
        send(
            request
                .uri(aws.endpoint_url())
                .body(body.into())
                .expect("a request"),
        )
    };
    let json =
        http::Request::post("/").header("x-amz-target", "CodeDeploy_20141006.ListApplications");
    let answer = request(json, "{}").await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(answer.body()).contains("MissingAuthenticationTokenException"));
    let form = http::Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let answer = request(form, "Action=DescribeLoadBalancers&Version=2015-12-01").await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert!(
        String::from_utf8_lossy(answer.body()).contains("<Code>MissingAuthenticationToken</Code>")
    );
    let answer = request(http::Request::get("/"), "")
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 403);
    assert!(
        aws.calls()
            .iter()
            .all(|c| !c.accepted && c.status.is_some())
    );
}
