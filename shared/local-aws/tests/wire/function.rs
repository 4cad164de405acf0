//! A Lambda function: this test binary itself, started with a variable that
//! says how it shall behave. Written with plain sockets, so that it depends on
//! nothing that it is there to test.
#![expect(
    clippy::disallowed_methods,
    reason = "a function may end or hang as it likes"
)]

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use greenlight_local_aws::FunctionSpec;
use serde_json::{Value, json};

const BEHAVIOUR: &str = "TEST_FUNCTION_BEHAVIOUR";

/// A function that starts this binary again.
pub(crate) fn spec(behaviour: &str, timeout: Duration) -> FunctionSpec {
    FunctionSpec {
        command: std::env::current_exe().expect("this binary"),
        args: [
            "function::process",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ]
        .map(str::to_owned)
        .into(),
        env: BTreeMap::from([(BEHAVIOUR.to_owned(), behaviour.to_owned())]),
        timeout,
        memory_mb: 128,
    }
}

/// Not a test, unless it is started as a function.
#[test]
fn process() {
    let Ok(behaviour) = std::env::var(BEHAVIOUR) else {
        return;
    };
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("the Runtime API");
    let runtime = |method: &str, path: &str, body: &str| {
        call(
            &api,
            method,
            &format!("/2018-06-01/runtime/{path}"),
            &[],
            body,
        )
    };
    match behaviour.as_str() {
        "init-error" => {
            let error = json!({"errorType": "Bad.Settings", "errorMessage": "no plan bucket"});
            runtime("POST", "init/error", &error.to_string());
            std::process::exit(1);
        }
        "init-exit" => std::process::exit(3),
        "init-hang" => std::thread::sleep(Duration::from_secs(60)),
        _ => {}
    }
    loop {
        let (status, headers, event) = runtime("GET", "invocation/next", "");
        assert_eq!(status, 200);
        let id = headers["lambda-runtime-aws-request-id"].clone();
        let event: Value = serde_json::from_str(&event).expect("a JSON event");
        if ["Succeeded", "Failed"].contains(&behaviour.as_str()) {
            report(&behaviour, &event);
        }
        let (kind, answer) = work(&behaviour, &event, &headers);
        let (status, _, _) = runtime(
            "POST",
            &format!("invocation/{id}/{kind}"),
            &answer.to_string(),
        );
        assert_eq!(status, 202);
    }
}

fn work(
    behaviour: &str,
    event: &Value,
    headers: &BTreeMap<String, String>,
) -> (&'static str, Value) {
    let native = event.get("lifecycleStage").is_some();
    let asked = event.get("detail").unwrap_or(event);
    let echo = json!({
        "event": event,
        "pid": std::process::id(),
        "headers": headers,
        "env": std::env::vars().collect::<BTreeMap<_, _>>(),
    });
    match asked["do"].as_str() {
        _ if behaviour == "say" => {
            let line = format!("\n{event}\n");
            std::io::stdout()
                .write_all(line.as_bytes())
                .expect("standard output");
            ("response", Value::Null)
        }
        _ if behaviour == "batch" => ("response", batch(event)),
        _ if native => ("response", json!({"hookStatus": behaviour})),
        Some("error") => (
            "error",
            json!({"errorType": "Oops", "errorMessage": "it went wrong"}),
        ),
        Some("exit") => std::process::exit(1),
        Some("abort") => std::process::abort(),
        Some("hang") => {
            std::thread::sleep(Duration::from_secs(60));
            ("response", Value::Null)
        }
        Some("print") => {
            write_lines();
            ("response", Value::Null)
        }
        _ => ("response", echo),
    }
}

/// Says which messages failed: those whose body says so. Ends at once when one
/// says `exit`.
fn batch(event: &Value) -> Value {
    let records = event["Records"].as_array().expect("records");
    let says = |record: &Value, what: &str| record["body"].as_str() == Some(what);
    if records.iter().any(|r| says(r, "exit")) {
        std::process::exit(1);
    }
    let failed = records.iter().filter(|r| says(r, "fail"));
    let failed: Vec<_> = failed
        .map(|r| json!({"itemIdentifier": r["messageId"]}))
        .collect();
    json!({"batchItemFailures": failed})
}

fn write_lines() {
    let mut out = std::io::stdout().lock();
    out.write_all(b"\nfirst\nsecond \xff\r\n")
        .expect("standard output");
    std::io::stderr()
        .write_all(b"trouble\n")
        .expect("standard error");
}

/// Reports what it is told to, as a hook of CodeDeploy.
fn report(status: &str, event: &Value) {
    let url = std::env::var("AWS_ENDPOINT_URL").expect("an endpoint");
    let input = json!({
        "deploymentId": event["DeploymentId"],
        "lifecycleEventHookExecutionId": event["LifecycleEventHookExecutionId"],
        "status": status,
    });
    let headers = [
        "Authorization: AWS4-HMAC-SHA256",
        "X-Amz-Target: CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus",
    ];
    call(
        url.trim_start_matches("http://"),
        "POST",
        "/",
        &headers,
        &input.to_string(),
    );
}

/// One request over one connection.
fn call(
    address: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> (u16, BTreeMap<String, String>, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for header in headers {
        request += header;
        request += "\r\n";
    }
    stream
        .write_all((request + "\r\n" + body).as_bytes())
        .expect("to send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .expect("a status");
    let headers = lines.filter_map(|l| l.split_once(": "));
    let headers = headers
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    (status.parse().expect("a number"), headers, body.to_owned())
}
