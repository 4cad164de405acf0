//! Each fault in each service's own words.

use std::time::{Duration, Instant};

use aws_sdk_codedeploy::{self as codedeploy, error::ProvideErrorMetadata as _};
use aws_sdk_ecs as ecs;
use aws_sdk_elasticloadbalancingv2 as elb;
use greenlight_local_aws::{Fault, FaultKind, LocalAws};
use http::Method;
use serde_json::json;
use world::ExampleOptions;

use crate::{
    client::{json, sdk, signed},
    fleet::{self, TestFleet, start},
};

async fn with(kind: FaultKind) -> (LocalAws, TestFleet) {
    let (aws, fleet) = start(&ExampleOptions::default(), |setup| {
        setup.buckets.insert("plans".to_owned());
    })
    .await;
    aws.faults().add(Fault {
        operation: None,
        kind,
        times: None,
    });
    (aws, fleet)
}

/// The code and the message that the official clients see.
async fn seen(aws: &LocalAws) -> [(String, String); 3] {
    let sdk = sdk(aws);
    let codedeploy = codedeploy::Client::new(&sdk);
    let codedeploy = codedeploy
        .get_deployment()
        .deployment_id("d-ABCDEFGHI")
        .send()
        .await;
    let ecs = ecs::Client::new(&sdk)
        .describe_services()
        .cluster("production")
        .services("shop")
        .send()
        .await;
    let elb = elb::Client::new(&sdk)
        .describe_load_balancers()
        .send()
        .await;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let codedeploy = codedeploy.expect_err("a fault");
    let ecs = ecs.expect_err("a fault");
    let elb = elb.expect_err("a fault");
    [
        (text(codedeploy.code()), text(codedeploy.message())),
        (text(ecs.code()), text(ecs.message())),
        (text(elb.code()), text(elb.message())),
    ]
}

async fn s3(aws: &LocalAws) -> (u16, String) {
    let url = format!("{}/plans/shop/greenlight.yaml", aws.endpoint_url());
    let answer = signed(Method::GET, &url, &[], "").await.expect("an answer");
    (
        answer.status().as_u16(),
        String::from_utf8_lossy(answer.body()).into_owned(),
    )
}

#[tokio::test]
async fn throttling() {
    let (aws, _fleet) = with(FaultKind::Throttle).await;
    let codes = ["ThrottlingException", "ThrottlingException", "Throttling"];
    for (got, code) in seen(&aws).await.into_iter().zip(codes) {
        assert_eq!(got, (code.to_owned(), "Rate exceeded".to_owned()));
    }
    let (status, body) = s3(&aws).await;
    assert_eq!(status, 503);
    assert!(body.contains("<Code>SlowDown</Code>"), "{body}");
    assert!(
        aws.calls()
            .iter()
            .all(|c| !c.accepted && c.fault == Some(FaultKind::Throttle))
    );
}

#[tokio::test]
async fn access_denied() {
    let (aws, _fleet) = with(FaultKind::AccessDenied).await;
    let [codedeploy, ecs, elb] = seen(&aws).await;
    let user = "User: arn:aws:sts::123456789012:assumed-role/greenlight-local/local is not authorized to perform: ";
    let why = " because no identity-based policy allows the ";
    assert_eq!(codedeploy.0, "AccessDeniedException");
    assert_eq!(
        ecs,
        (
            "AccessDeniedException".to_owned(),
            format!(
                "{user}ecs:DescribeServices on resource: \
                 arn:aws:ecs:eu-west-1:123456789012:service/production/shop{why}ecs:DescribeServices action"
            )
        )
    );
    assert_eq!(
        elb,
        (
            "AccessDenied".to_owned(),
            format!(
                "{user}elasticloadbalancing:DescribeLoadBalancers{why}\
                 elasticloadbalancing:DescribeLoadBalancers action"
            )
        )
    );
    let (status, body) = s3(&aws).await;
    assert_eq!(status, 403);
    assert!(body.contains("<Code>AccessDenied</Code>"), "{body}");
    assert!(
        body.contains(
            "s3:GetObject on resource: &quot;arn:aws:s3:::plans/shop/greenlight.yaml&quot;"
        ),
        "{body}"
    );
    let input = json!({"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]});
    let (_, events) = json(&aws, "AWSEvents.PutEvents", &input)
        .await
        .expect("an answer");
    let message = events["message"].as_str().expect("a message");
    assert!(
        message.contains("on resource: arn:aws:events:eu-west-1:123456789012:event-bus/default"),
        "{message}"
    );
    assert_eq!(aws.read(fleet::put_events).len(), 0);
}

#[tokio::test]
async fn server_errors() {
    let (aws, _fleet) = with(FaultKind::ServerError).await;
    let codes = seen(&aws).await.map(|(code, _)| code);
    assert_eq!(
        codes,
        ["InternalFailure", "ServerException", "InternalFailure"]
    );
    assert!(aws.calls().iter().all(|c| c.status == Some(500)));
    assert_eq!(s3(&aws).await.0, 500);
}

fn event() -> serde_json::Value {
    json!({"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]})
}

#[tokio::test]
async fn a_dropped_request_is_not_processed() {
    let (aws, _fleet) = with(FaultKind::DropRequest).await;
    json(&aws, "AWSEvents.PutEvents", &event())
        .await
        .expect_err("no answer");
    assert_eq!(aws.read(fleet::put_events).len(), 0);
    let call = &aws.calls()[0];
    assert_eq!((call.accepted, call.status), (false, None));
}

#[tokio::test]
async fn a_dropped_answer_was_processed() {
    let (aws, _fleet) = with(FaultKind::DropAnswer).await;
    json(&aws, "AWSEvents.PutEvents", &event())
        .await
        .expect_err("no answer");
    assert_eq!(aws.read(fleet::put_events).len(), 1);
    let call = &aws.calls()[0];
    assert_eq!((call.accepted, call.status), (true, None));
}

#[tokio::test]
async fn a_slow_answer_was_processed_at_once() {
    let wait = Duration::from_millis(150);
    let (aws, _fleet) = with(FaultKind::Slow(wait)).await;
    let began = Instant::now();
    let input = event();
    let answer = json(&aws, "AWSEvents.PutEvents", &input);
    let processed = aws.wait_for(crate::LONG, |w| {
        (!fleet::put_events(w).is_empty()).then(|| began.elapsed())
    });
    let (answer, processed) = tokio::join!(answer, processed);
    assert_eq!(answer.expect("an answer").0, 200);
    assert!(began.elapsed() >= wait);
    assert!(processed.expect("processed") < began.elapsed());
}

#[tokio::test]
async fn a_fault_is_over_after_its_times_and_concerns_one_operation() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    aws.faults().add(Fault {
        operation: Some("codedeploy:ListApplications".to_owned()),
        kind: FaultKind::Throttle,
        times: Some(2),
    });
    let status = async |target: &str| {
        json(&aws, target, &json!({}))
            .await
            .expect("an answer")
            .0
            .as_u16()
    };
    assert_eq!(status("CodeDeploy_20141006.ListDeployments").await, 200);
    for expected in [400, 400, 200] {
        assert_eq!(
            status("CodeDeploy_20141006.ListApplications").await,
            expected
        );
    }
    let accepted: Vec<bool> = aws.calls().iter().map(|c| c.accepted).collect();
    assert_eq!(accepted, [true, false, false, true]);
}
