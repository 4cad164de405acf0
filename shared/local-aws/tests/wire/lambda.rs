//! Functions: the Runtime API with real processes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use greenlight_local_aws::{
    Answer, FunctionError, FunctionSpec, Functions, FunctionsConfig, Invocation, LogLine, Stream,
};
use serde_json::{Value, json};

use crate::{LONG, function::spec};

type Lines = Arc<Mutex<Vec<LogLine>>>;

fn functions(init_limit: Duration) -> (Functions, Lines) {
    let lines = Lines::default();
    let log = {
        let lines = lines.clone();
        Arc::new(move |line| lines.lock().expect("not poisoned").push(line))
    };
    let functions = Functions::new(FunctionsConfig {
        region: "eu-west-1".to_owned(),
        account: "123456789012".to_owned(),
        endpoint_url: Some("http://127.0.0.1:9".to_owned()),
        init_limit,
        log,
    });
    (functions, lines)
}

fn one(spec: FunctionSpec) -> Functions {
    let (functions, _) = functions(LONG);
    functions.register("gate", spec);
    functions
}

async fn invoke(functions: &Functions, event: &Value) -> Invocation {
    functions.invoke("gate", event.to_string().into()).await
}

fn returned(invocation: &Invocation) -> Value {
    match &invocation.answer {
        Answer::Returned(payload) => serde_json::from_slice(payload).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

fn error(invocation: &Invocation) -> &FunctionError {
    match &invocation.answer {
        Answer::FunctionError(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_gets_its_event_and_lambda_s_environment() {
    let mut spec = spec("serve", LONG);
    spec.env
        .insert("PLAN".to_owned(), "s3://plans/a".to_owned());
    let functions = one(spec);
    let invocation = invoke(&functions, &json!({"a": 1})).await;
    let answer = returned(&invocation);
    assert_eq!(answer["event"], json!({"a": 1}));
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "gate"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("_HANDLER", "bootstrap"),
        ("PLAN", "s3://plans/a"),
    ] {
        assert_eq!(answer["env"][name], value, "{name}");
    }
    // Nothing of the caller's own environment.
    assert_eq!(answer["env"]["HOME"], Value::Null);
    assert_eq!(answer["env"]["CARGO_MANIFEST_DIR"], Value::Null);
    let header = |name: &str| {
        answer["headers"][name]
            .as_str()
            .expect("a header")
            .to_owned()
    };
    assert_eq!(
        header("lambda-runtime-aws-request-id"),
        invocation.request_id
    );
    assert_eq!(
        header("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:eu-west-1:123456789012:function:gate"
    );
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
    let deadline: u64 = header("lambda-runtime-deadline-ms")
        .parse()
        .expect("a number");
    let now = crate::fleet::now().0;
    assert!(
        deadline > now && deadline <= now + 15_000,
        "{deadline} at {now}"
    );
}

#[tokio::test]
async fn a_process_is_kept_warm() {
    let functions = one(spec("serve", LONG));
    let first = invoke(&functions, &json!({})).await;
    let second = invoke(&functions, &json!({})).await;
    assert!(first.init.is_some());
    assert!(second.init.is_none());
    assert_eq!(returned(&first)["pid"], returned(&second)["pid"]);
    assert_ne!(first.request_id, second.request_id);
}

#[tokio::test]
async fn invocations_at_the_same_time_have_processes_of_their_own() {
    let functions = one(spec("serve", LONG));
    let event = json!({});
    let (a, b) = tokio::join!(invoke(&functions, &event), invoke(&functions, &event));
    assert_ne!(returned(&a)["pid"], returned(&b)["pid"]);
}

#[tokio::test]
async fn an_error_is_passed_on_and_the_process_lives() {
    let functions = one(spec("serve", LONG));
    let before = returned(&invoke(&functions, &json!({})).await)["pid"].clone();
    let failed = invoke(&functions, &json!({"do": "error"})).await;
    let FunctionError {
        error_type,
        error_message,
        payload,
    } = error(&failed);
    assert_eq!(
        (error_type.as_str(), error_message.as_str()),
        ("Oops", "it went wrong")
    );
    let payload: Value = serde_json::from_slice(payload).expect("JSON");
    assert_eq!(payload["errorType"], "Oops");
    assert_eq!(
        returned(&invoke(&functions, &json!({})).await)["pid"],
        before
    );
}

#[tokio::test]
async fn a_process_that_ends_is_an_error_and_is_started_anew() {
    let functions = one(spec("serve", LONG));
    for (what, how) in [("exit", "exit status 1"), ("abort", "signal: aborted")] {
        let ended = invoke(&functions, &json!({"do": what})).await;
        let error = error(&ended);
        assert_eq!(error.error_type, "Runtime.ExitError");
        let id = &ended.request_id;
        let expected = format!("RequestId: {id} Error: Runtime exited with error: {how}");
        assert_eq!(error.error_message, expected);
        let next = invoke(&functions, &json!({})).await;
        assert!(next.init.is_some());
        returned(&next);
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_and_started_anew() {
    let functions = one(spec("serve", Duration::from_secs(2)));
    let pid = returned(&invoke(&functions, &json!({})).await)["pid"].clone();
    let late = invoke(&functions, &json!({"do": "hang"})).await;
    let Answer::TimedOut(error) = &late.answer else {
        panic!("{late:?}");
    };
    let expected = format!(
        "RequestId: {} Error: Task timed out after 2.00 seconds",
        late.request_id
    );
    assert_eq!(error.error_message, expected);
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(!is_alive(&pid));
    let next = invoke(&functions, &json!({})).await;
    assert!(next.init.is_some());
    assert_ne!(returned(&next)["pid"], pid);
}

#[tokio::test]
async fn a_function_that_can_not_be_initialised_says_why() {
    let functions = one(spec("init-error", LONG));
    let failed = invoke(&functions, &json!({})).await;
    assert_eq!(
        failed.failure().as_deref(),
        Some("Bad.Settings: no plan bucket")
    );

    let functions = one(spec("init-exit", LONG));
    let failed = invoke(&functions, &json!({})).await;
    assert_eq!(error(&failed).error_type, "Runtime.ExitError");
    assert!(
        error(&failed)
            .error_message
            .ends_with("Error: Runtime exited with error: exit status 3")
    );

    let mut nothing = spec("serve", LONG);
    nothing.command = "/nonexistent/bootstrap".into();
    let failed = invoke(&one(nothing), &json!({})).await;
    assert_eq!(error(&failed).error_type, "Runtime.InvalidEntrypoint");
    assert!(
        error(&failed)
            .error_message
            .contains("fork/exec /nonexistent/bootstrap: ")
    );
}

#[tokio::test]
async fn an_initialisation_without_end_is_begun_anew_once_and_then_times_out() {
    let (functions, _) = functions(Duration::from_millis(100));
    functions.register("gate", spec("init-hang", Duration::from_millis(200)));
    let late = invoke(&functions, &json!({})).await;
    assert!(matches!(late.answer, Answer::TimedOut(_)), "{late:?}");
}

#[tokio::test]
async fn what_a_function_writes_is_told() {
    let (functions, lines) = functions(LONG);
    functions.register("gate", spec("serve", LONG));
    invoke(&functions, &json!({"do": "print"})).await;
    functions.shutdown().await;
    let lines = lines.lock().expect("not poisoned");
    let of = |wanted: Stream| -> Vec<&str> {
        let lines = lines
            .iter()
            .filter(|l| l.stream == wanted && l.function == "gate");
        lines.map(|l| l.text.as_str()).collect()
    };
    // The test harness writes, too.
    assert!(
        of(Stream::Stdout)
            .windows(2)
            .any(|w| w == ["first", "second \u{fffd}"]),
        "{lines:?}"
    );
    assert!(of(Stream::Stderr).contains(&"trouble"), "{lines:?}");
}

#[tokio::test]
async fn no_process_is_left_over() {
    let functions = one(spec("serve", LONG));
    let pid = returned(&invoke(&functions, &json!({})).await)["pid"].clone();
    assert!(is_alive(&pid));
    let hanging = {
        let functions = functions.clone();
        tokio::spawn(async move { invoke(&functions, &json!({"do": "hang"})).await })
    };
    tokio::task::yield_now().await;
    functions.shutdown().await;
    assert!(!is_alive(&pid));
    let cut = hanging.await.expect("no panic");
    assert!(!matches!(cut.answer, Answer::Returned(_)), "{cut:?}");
}

#[tokio::test]
async fn an_unknown_function_is_an_answer() {
    let functions = one(spec("serve", LONG));
    assert!(functions.knows("arn:aws:lambda:eu-west-1:123456789012:function:gate:live"));
    assert!(!functions.knows("other"));
    let nothing = functions.invoke("other", "{}".into()).await;
    assert_eq!(nothing.answer, Answer::NoSuchFunction);
}

/// A process that is over but not yet waited for counts as over.
fn is_alive(pid: &Value) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .is_some_and(|s| s.trim().starts_with('Z'))
    })
}
