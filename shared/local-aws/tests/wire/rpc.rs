//! Smithy's RPC v2 with CBOR, which newer clients speak with CodeDeploy.

use greenlight_local_aws::LocalAws;
use http::Method;

use crate::{client::signed, fleet};

async fn call(aws: &LocalAws, operation: &str, body: &'static [u8]) -> (u16, Vec<u8>) {
    let url = format!(
        "{}/service/CodeDeploy_20141006/operation/{operation}",
        aws.endpoint_url()
    );
    let headers = [
        ("smithy-protocol", "rpc-v2-cbor"),
        ("content-type", "application/cbor"),
    ];
    let response = signed(Method::POST, &url, &headers, body)
        .await
        .expect("an answer");
    assert_eq!(response.headers()["smithy-protocol"], "rpc-v2-cbor");
    assert_eq!(response.headers()["content-type"], "application/cbor");
    (response.status().as_u16(), response.body().to_vec())
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn codedeploy_answers_in_cbor() {
    let options = world::ExampleOptions::default();
    let (aws, _fleet) = fleet::start(&options, |_| {}).await;
    let input = b"\xa2\x6fapplicationName\x64shop\x73deploymentGroupName\x6fshop-production";
    let (status, body) = call(&aws, "GetDeploymentGroup", input).await;
    assert_eq!(status, 200);
    assert!(has(&body, b"\x73deploymentGroupInfo"));
    assert!(has(&body, b"\x6bserviceName\x64shop"));

    // Times are tagged.
    let (_, body) = call(&aws, "GetApplication", b"\xa1\x6fapplicationName\x64shop").await;
    assert!(has(&body, b"\x6acreateTime\xc1"));

    let (status, body) = call(
        &aws,
        "GetDeployment",
        b"\xa1\x6cdeploymentId\x6bd-ABCDEFGHI",
    )
    .await;
    assert_eq!(status, 400);
    assert!(has(
        &body,
        b"\x66__type\x78\x1fDeploymentDoesNotExistException"
    ));

    let (status, body) = call(&aws, "GetDeployment", b"\xa1").await;
    assert_eq!(status, 400);
    assert!(has(&body, b"SerializationException"));
}
