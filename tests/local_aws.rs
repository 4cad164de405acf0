//! `greenlight local-aws`, as another client meets it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::command::{greenlight, run_in};

const LIMIT: Duration = Duration::from_secs(30);

/// The running command; it is killed when a test fails.
struct Served {
    child: Child,
    lines: Receiver<String>,
    /// What it said to export.
    env: BTreeMap<String, String>,
    comments: Vec<String>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start() -> Self {
        let mut child = greenlight(&["local-aws", "--port", "0"]).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut served = Self {
            child,
            lines,
            env: BTreeMap::new(),
            comments: vec![],
        };
        // The token is the last that it prints.
        while !served.env.contains_key("AWS_SESSION_TOKEN") {
            let line = served
                .lines
                .recv_timeout(LIMIT)
                .expect("it prints its variables");
            match line.strip_prefix("export ") {
                Some(pair) => {
                    let (name, value) = pair.split_once('=').unwrap();
                    served.env.insert(name.to_owned(), value.to_owned());
                }
                None => served.comments.push(line),
            }
        }
        served
    }

    fn endpoint(&self) -> &str {
        &self.env["AWS_ENDPOINT_URL"]
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}/_local/{path}", self.endpoint());
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Calls CodeDeploy, in its JSON protocol.
    async fn codedeploy(&self, operation: &str, input: &Value) -> (u16, Value) {
        let answer = client()
            .post(self.endpoint())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("CodeDeploy_20141006.{operation}"))
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=ASIALOCAL/20260101/eu-west-1/codedeploy/aws4_request, \
                 SignedHeaders=host, Signature=0",
            )
            .body(input.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn interrupt(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        // Its output ends when it does.
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("an interrupt does not end it"),
            }
        }
    }
}

fn client() -> reqwest::Client {
    lambda::http_client(&lambda::tls_config()).unwrap()
}

/// The example's deployment in a world.
fn deployment<'a>(world: &'a Value, id: &str) -> &'a Value {
    let all = world["deployments"].as_array().unwrap();
    all.iter().find(|d| d["id"] == id).unwrap()
}

#[tokio::test]
async fn whoever_answers_the_hook_moves_the_deployment() {
    let served = Served::start();
    assert_eq!(served.env["AWS_REGION"], "eu-west-1");
    assert!(served.env.contains_key("AWS_ACCESS_KEY_ID"));
    assert!(served.env.contains_key("AWS_SECRET_ACCESS_KEY"));
    let event = served.get("hook-event").await;
    let id = event["DeploymentId"].as_str().unwrap().to_owned();
    assert!(served.comments[0].contains(&id), "{:?}", served.comments);
    let world = served.get("world").await;
    assert_eq!(deployment(&world, &id)["status"], "InProgress");

    let status = json!({
        "deploymentId": id,
        "lifecycleEventHookExecutionId": event["LifecycleEventHookExecutionId"],
        "status": "Succeeded",
    });
    let put = "PutLifecycleEventHookExecutionStatus";
    let (code, answer) = served.codedeploy(put, &status).await;
    assert_eq!(
        (code, &answer["lifecycleEventHookExecutionId"]),
        (200, &event["LifecycleEventHookExecutionId"]),
        "{answer}"
    );
    let start = Instant::now();
    loop {
        let world = served.get("world").await;
        let found = deployment(&world, &id);
        if found["status"] == "Succeeded" {
            break;
        }
        assert_eq!(found["status"], "InProgress", "{found}");
        assert!(start.elapsed() < LIMIT, "it does not go on: {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let (code, answer) = served.codedeploy(put, &status).await;
    assert_eq!(code, 400);
    assert_eq!(
        answer["__type"], "LifecycleEventAlreadyCompletedException",
        "{answer}"
    );
}

#[test]
fn an_interrupt_ends_it_and_frees_the_port() {
    let mut served = Served::start();
    let address = served.endpoint().trim_start_matches("http://").to_owned();
    let port = address.rsplit(':').next().unwrap().to_owned();
    assert!(TcpListener::bind(&address).is_err(), "{address} is free");
    // A port that is taken is wrong input.
    let second = run_in(".".as_ref(), &["local-aws", "--port", &port]).ended(2);
    assert!(
        second
            .err
            .starts_with(&format!("greenlight: port {port}: ")),
        "{}",
        second.err
    );
    assert_eq!(second.err.lines().count(), 1, "{}", second.err);
    assert_eq!(served.interrupt().code(), Some(0));
    TcpListener::bind(&address).unwrap();
}
