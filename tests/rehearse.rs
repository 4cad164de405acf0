//! `greenlight rehearse`, as somebody runs it: a process, its outputs and its
//! exit status.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use serde_json::Value;

use crate::command::{Ran, all, rehearse, run_in};

/// The steps of a deployment that goes well, in their order.
const EVENTS: &[&str] = &[
    "BeforeInstall          no hook",
    "Install                done",
    "AfterInstall           no hook",
    "test traffic: 100 % to green",
    "AllowTestTraffic       done",
    "AfterAllowTestTraffic  calls CodeDeployHook_greenlight-AfterAllowTestTraffic",
    "verdict Passed",
    "+ proof of green",
    "+ smoke/items.hurl",
    "+ smoke/orders.hurl",
    "+ smoke/refusals.hurl",
    "AfterAllowTestTraffic  the hook reports Succeeded",
    "AfterAllowTestTraffic  done in",
    "BeforeAllowTraffic     calls CodeDeployHook_greenlight-BeforeAllowTraffic",
    "3/3  liveness",
    "verdict Passed",
    "+ proof of green",
    "+ liveness",
    "+ catalogue",
    "+ target health",
    "+ tcp 8080",
    "BeforeAllowTraffic     the hook reports Succeeded",
    "BeforeAllowTraffic     done in",
    "production traffic: 100 % to green",
    "AllowTraffic           done",
    "AfterAllowTraffic      no hook",
    " Succeeded",
    ": green serves.",
    "none failed.",
];

#[test]
fn the_example_succeeds() {
    let ran = rehearse("")
        .ended(0)
        .says_in_order(EVENTS)
        // A pipe gets plain lines.
        .never_says(&["\u{1b}", "\r"]);
    assert_eq!(ran.err, "");
}

/// The checks of a hook that succeeded.
fn checks(hook: &Value, event: &str) -> Vec<String> {
    assert_eq!(hook["event"], event);
    assert_eq!(hook["status"], "Succeeded");
    assert_eq!(hook["verdict"]["status"], "Passed");
    let outcomes = hook["verdict"]["outcomes"].as_array().unwrap();
    let check = |outcome: &Value| outcome["check"].as_str().unwrap().to_owned();
    outcomes.iter().map(check).collect()
}

#[test]
fn json_is_one_document() {
    let found = rehearse("--json").ended(0).document();
    assert_eq!(found["protocol"], "codedeploy");
    assert_eq!(found["succeeded"], true);
    assert_eq!(found["deployment"]["status"], "Succeeded");
    assert_eq!(found["deployment"]["rollback"], Value::Null);
    assert_eq!(found["notes"], Value::Array(vec![]));
    let hooks = found["hooks"].as_array().unwrap();
    assert_eq!(hooks.len(), 2);
    let smoke = checks(&hooks[0], "AfterAllowTestTraffic");
    for check in [
        "smoke/items.hurl",
        "smoke/orders.hurl",
        "smoke/refusals.hurl",
    ] {
        assert!(smoke.iter().any(|own| own == check), "{smoke:?}");
    }
    let hook = &hooks[1];
    assert_eq!(hook["event"], "BeforeAllowTraffic");
    assert_eq!(hook["status"], "Succeeded");
    assert_eq!(hook["verdict"]["status"], "Passed");
    assert_eq!(
        hook["verdict"]["deploymentId"], found["deployment"]["id"],
        "{hook}"
    );
    let outcomes = hook["verdict"]["outcomes"].as_array().unwrap();
    let checks: Vec<&str> = outcomes
        .iter()
        .map(|o| o["check"].as_str().unwrap())
        .collect();
    for check in ["proof of green", "liveness", "catalogue", "tcp 8080"] {
        assert!(checks.contains(&check), "{checks:?}");
    }
    assert!(outcomes.iter().all(|o| o["status"] == "Passed"), "{hook}");
    assert_eq!(found["traffic"]["failed"], 0);
    assert!(found["traffic"]["served"].as_u64().unwrap() > 0, "{found}");
}

/// The example with the hook of its probes alone: what its smoke tests would
/// find before them.
const PROBES: &str =
    "--appspec ../tests/fixtures/probes-only/appspec.yaml --plan example/greenlight.yaml";

/// What goes wrong, how the command ends, what it says in this order, and
/// what it never says.
pub(crate) type Fault = (
    &'static str,
    i32,
    &'static [&'static str],
    &'static [&'static str],
);

const FAULTS: &[Fault] = &[
    (
        "--fault unhealthy-green",
        1,
        &[
            "0/3  liveness",
            "verdict Failed",
            "x liveness, http://127.0.0.1:",
            "expected  status 200-299",
            "got       503 Service Unavailable",
            "the hook reports Failed",
            " Failed: HOOK_EXECUTION_FAILURE",
            "rolled back by d-",
            "Succeeded",
            ": blue serves.",
            "expected status 200-299, got 503",
            "none failed.",
        ],
        &["production traffic", "green serves"],
    ),
    (
        "--fault slow-green",
        1,
        &[
            "verdict Failed",
            "x liveness",
            "expected  an answer within 800 ms",
            "rolled back by d-",
            ": blue serves.",
            "none failed.",
        ],
        &["production traffic", "x catalogue"],
    ),
    (
        "--fault recovering-green",
        0,
        &[
            "0/3  liveness",
            "503 Service Unavailable",
            "1/3  liveness",
            "3/3  liveness",
            "verdict Passed",
            "green serves.",
            "none failed.",
        ],
        &["rolled back"],
    ),
    (
        "--fault stale-listener",
        1,
        &[
            "verdict Failed",
            "x proof of green, the test listener",
            "expected  it forwards ",
            "green's target group shop-green alone",
            "got       it forwards 100 % to shop-blue",
            "x liveness",
            "not probed",
            "x catalogue",
            "not probed",
            "rolled back by d-",
            ": blue serves.",
            "none failed.",
        ],
        // Blue answers well there, which must not count.
        &[
            "/3  liveness",
            "/2  catalogue",
            "+ liveness",
            "+ catalogue",
            "200 OK",
            "production traffic",
        ],
    ),
    (
        "--fault throttling",
        0,
        &[
            "reporting again: ThrottlingException",
            "verdict Passed",
            "green serves.",
        ],
        &["rolled back"],
    ),
    (
        "--fault slow-answers",
        0,
        &["verdict Passed", "green serves."],
        &["rolled back"],
    ),
    (
        "--fault dropped-answers",
        0,
        &["verdict Passed", "green serves."],
        &["rolled back"],
    ),
    (
        "--fault status-fails=3",
        0,
        &[
            "reporting again",
            "reporting again",
            "reporting again",
            "verdict Passed",
            "green serves.",
        ],
        &["rolled back"],
    ),
    (
        "--fault access-denied",
        1,
        &[
            "verdict Errored",
            "! finding green's task set",
            "ecs:DescribeServices on production/shop is not allowed",
            "arn:aws:ecs:eu-west-1:123456789012:service/production/shop",
            "do        allow the function's role ecs:DescribeServices",
            "rolled back by d-",
            ": blue serves.",
        ],
        &["production traffic"],
    ),
    (
        "--fault status-fails --fault recovering-green",
        0,
        &["0/3  liveness", "reporting again", "green serves."],
        &["rolled back"],
    ),
    (
        "--native",
        0,
        &[
            "PRE_SCALE_UP                   done",
            "POST_TEST_TRAFFIC_SHIFT        done",
            "PRE_PRODUCTION_TRAFFIC_SHIFT   calls CodeDeployHook_greenlight-BeforeAllowTraffic",
            "verdict Passed",
            "PRE_PRODUCTION_TRAFFIC_SHIFT   the hook reports Succeeded",
            "production traffic: 100 % to green",
            "CLEAN_UP                       done",
            " SUCCESSFUL",
            "green serves.",
        ],
        &["BeforeAllowTraffic     ", "rolled back"],
    ),
    (
        "--native --fault unhealthy-green",
        1,
        &[
            "verdict Failed",
            "x liveness",
            "expected  status 200-299",
            "got       503",
            "PRE_PRODUCTION_TRAFFIC_SHIFT   the hook reports Failed",
            "rolled back",
            "ROLLBACK_SUCCESSFUL",
            ": blue serves.",
            "none failed.",
        ],
        &["production traffic"],
    ),
    (
        "--deployment-config CodeDeployDefault.ECSCanary10Percent5Minutes",
        0,
        &[
            "verdict Passed",
            "production traffic: 10 % to green",
            "production traffic: 100 % to green",
            "AllowTraffic           done in 5.",
            "green serves.",
            "none failed.",
        ],
        &["rolled back"],
    ),
    (
        "--hook AfterInstall=migrate",
        1,
        &[
            "AfterInstall           calls migrate",
            "migrate is no function of this project; answered Failed",
            "AfterInstall           the hook reports Failed",
            " Failed: HOOK_EXECUTION_FAILURE",
            "rolled back by d-",
            "blue serves.",
            "AfterInstall: migrate is no function of this project",
        ],
        &["calls CodeDeployHook_greenlight", "production traffic"],
    ),
    (
        "--hook AfterInstall=migrate --unknown-hooks succeed",
        0,
        &[
            "AfterInstall           calls migrate",
            "migrate is no function of this project; answered Succeeded",
            "AfterInstall           done",
            "BeforeAllowTraffic     calls CodeDeployHook_greenlight-BeforeAllowTraffic",
            "verdict Passed",
            "green serves.",
        ],
        &["AfterInstall           no hook"],
    ),
    (
        // It goes before the AppSpec's own.
        "--hook BeforeAllowTraffic=arn:aws:lambda:eu-west-1:123456789012:function:CodeDeployHook_other-BeforeAllowTraffic:live",
        0,
        &["calls arn:aws:lambda:", "verdict Passed", "green serves."],
        &["CodeDeployHook_greenlight"],
    ),
];

#[test]
fn a_table_of_faults_and_options() {
    all(
        FAULTS,
        |(args, ..)| (*args).to_owned(),
        |(args, code, said, unsaid)| {
            let ran = rehearse(&format!("{PROBES} {args}")).ended(*code);
            let ran = ran.says_in_order(said).never_says(unsaid);
            assert_eq!(ran.err, "");
        },
    );
}

#[test]
fn blue_serves_while_green_is_stopped() {
    let cases = ["", "--native"];
    all(
        &cases,
        |args| (*args).to_owned(),
        |args| {
            let ran = rehearse(&format!("{PROBES} --fault unhealthy-green --json {args}"));
            let found = ran.ended(1).document();
            assert_eq!(found["succeeded"], false);
            assert_eq!(found["traffic"]["failed"], 0, "{found}");
            assert!(
                found["traffic"]["served"].as_u64().unwrap() > 100,
                "{found}"
            );
            let hook = &found["hooks"][0];
            assert_eq!(hook["status"], "Failed");
            assert_eq!(hook["verdict"]["status"], "Failed");
            let outcomes = hook["verdict"]["outcomes"].as_array().unwrap();
            let liveness = outcomes.iter().find(|o| o["check"] == "liveness").unwrap();
            assert_eq!(liveness["status"], "Failed");
            assert_eq!(liveness["expected"], "status 200-299");
            assert!(
                liveness["got"].as_str().unwrap().starts_with("503 "),
                "{liveness}"
            );
            match *args {
                "" => {
                    assert_eq!(found["deployment"]["status"], "Failed");
                    assert_eq!(found["deployment"]["rollback"]["status"], "Succeeded");
                }
                _ => assert_eq!(found["deployment"]["status"], "ROLLBACK_SUCCESSFUL"),
            }
        },
    );
}

/// A server that answers every request with one status.
fn server(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, status));
        }
    });
    address
}

fn answer(mut stream: TcpStream, status: &str) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !seen.windows(4).any(|part| part == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let _ = stream.write_all(text.as_bytes());
}

/// A plan that asks a foreign server for what every server has.
const ROOT_PLAN: &str = "\
version: 1
before-allow-traffic:
  probes:
    - name: front
      http: /
      healthy: 2
      every: 50ms
      timeout: 3s
";

#[test]
fn own_servers_take_the_places_of_the_examples() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("greenlight.yaml");
    std::fs::write(&plan, ROOT_PLAN).unwrap();
    let plan = plan.display().to_string();
    let (well, ill) = (server("200 OK"), server("500 Internal Server Error"));
    let passed = ["+ front, http://127.0.0.1:", "green serves."];
    let failed = ["x front, http://127.0.0.1:", "500 Internal Server Error"];
    let cases = [
        (
            format!("--green http://{well} --blue http://{well} --plan {plan}"),
            0,
            passed,
        ),
        (format!("--blue http://{well} --plan {plan}"), 0, passed),
        (
            format!("--green http://{ill} --blue http://{well} --plan {plan}"),
            1,
            failed,
        ),
        // The example's plan is not for it.
        (
            format!("--green http://{well}"),
            0,
            ["plan: none; the health check of", "+ GET /, "],
        ),
    ];
    all(
        &cases,
        |(args, ..)| args.clone(),
        |(args, code, said)| {
            let ran = rehearse(args).ended(*code);
            ran.says_in_order(said).says(&[
                "none failed.",
                // Nobody wrote smoke tests for these.
                "AfterAllowTestTraffic  no hook",
                "note: the example's appspec.yaml: its smoke tests, at AfterAllowTestTraffic, are left out: ",
            ]);
        },
    );
}

const APPSPEC: &str = include_str!("../cli/example/appspec.yaml");
const TASKDEF: &str = include_str!("../cli/example/taskdef.json");
const PLAN: &str = include_str!("../cli/example/greenlight.yaml");

/// An input that can't be used: the arguments, the file in question with its
/// content, and how the one line begins.
struct Wrong {
    args: &'static str,
    file: &'static str,
    content: Vec<u8>,
    error: &'static str,
}

fn wrong(args: &'static str, content: impl Into<Vec<u8>>, error: &'static str) -> Wrong {
    Wrong {
        args,
        file: args.split(' ').nth(1).unwrap(),
        content: content.into(),
        error,
    }
}

#[test]
fn wrong_input_is_told_in_one_line_with_its_place() {
    let (head, _) = TASKDEF.split_at(TASKDEF.find("\"image\"").unwrap());
    let table = [
        wrong(
            "--appspec a.yaml",
            APPSPEC.replace("Resources:", "Resources: ["),
            "a.yaml:",
        ),
        wrong("--appspec a.yaml", "", "a.yaml:"),
        wrong("--appspec a.yaml", "- 1\n- 2\n", "a.yaml:1:"),
        wrong(
            "--appspec a.yaml",
            APPSPEC.replace("- BeforeAllowTraffic:", "- BeforeTraffic:"),
            "a.yaml:12:5: \"BeforeTraffic\" is no hook of an ECS deployment; there are BeforeInstall, ",
        ),
        wrong(
            "--appspec a.yaml",
            APPSPEC.replace("ContainerName: shop", "ContainerName: web") + "  - AfterInstall: ''\n",
            "a.yaml:13:19: AfterInstall names no function",
        ),
        wrong(
            "--taskdef t.json",
            TASKDEF.replace("\"name\": \"shop\"", "\"name\": \"web\""),
            "the example's appspec.yaml:8:26: the container shop does not exist in the task definition t.json, which has web",
        ),
        wrong("--taskdef t.json", head, "t.json:"),
        wrong("--taskdef t.json", "", "t.json:"),
        wrong("--taskdef t.json", "null", "t.json:1:1: "),
        wrong(
            "--plan p.yaml",
            PLAN.replace("healthy: 3", "heathy: 3"),
            "p.yaml:22:7: unknown key \"heathy\"; did you mean \"healthy\"?",
        ),
        wrong(
            "--plan p.yaml",
            PLAN.replace("every: 200ms", "every: 200"),
            "p.yaml:",
        ),
        wrong("--plan p.yaml", "", "p.yaml:"),
        wrong(
            "--plan p.yaml",
            b"version: 1\n#\xff\n".as_slice(),
            "p.yaml:2:2: it is not UTF-8 text",
        ),
        wrong(
            "--appspec a.bin",
            b"\x00\xff\xfe\x00".as_slice(),
            "a.bin:1:2: it is not UTF-8 text",
        ),
        wrong(
            "--taskdef t.bin",
            b"\xff".as_slice(),
            "t.bin:1:1: it is not UTF-8 text",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    all(
        &table,
        |case| format!("{} {}", case.args, case.error),
        |case| {
            // Cases with one file name have a folder each.
            let own = tempfile::tempdir_in(folder.path()).unwrap();
            std::fs::write(own.path().join(case.file), &case.content).unwrap();
            let args: Vec<&str> = ["rehearse"]
                .into_iter()
                .chain(case.args.split(' '))
                .collect();
            let line = refused(run_in(own.path(), &args));
            assert!(line.starts_with(case.error), "{line}");
            assert!(has_place(&line), "no line and column in: {line}");
        },
    );
}

#[test]
fn wrong_words_are_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let well = server("200 OK");
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let table = [
        (
            "--appspec nowhere.yaml".to_owned(),
            "nowhere.yaml: No such file".to_owned(),
        ),
        (
            "--taskdef nowhere.json".to_owned(),
            "nowhere.json: No such file".to_owned(),
        ),
        (
            "--plan nowhere.yaml".to_owned(),
            "nowhere.yaml: No such file".to_owned(),
        ),
        ("--appspec .".to_owned(), ".: Is a directory".to_owned()),
        (
            "--deployment-config Nope".to_owned(),
            "--deployment-config: there is no \"Nope\"; there are CodeDeployDefault.ECSAllAtOnce, "
                .to_owned(),
        ),
        (
            "--native --deployment-config Nope".to_owned(),
            "--deployment-config: there is no \"Nope\"".to_owned(),
        ),
        (
            format!("--green http://{nobody}"),
            format!("--green http://{nobody}/: nobody listens there"),
        ),
        (
            format!("--blue http://{nobody}"),
            format!("--blue http://{nobody}/: nobody listens there"),
        ),
        (
            "--bin-dir .".to_owned(),
            "--bin-dir: there is neither ".to_owned(),
        ),
        (
            format!("--green http://{well} --fault slow-green"),
            "--green and a fault of the example's green don't go together".to_owned(),
        ),
        (
            "--hook AfterInstall=a --hook AfterInstall=b".to_owned(),
            "--hook: ".to_owned(),
        ),
        (
            "--fault nope".to_owned(),
            "invalid value 'nope' for '--fault <FAULT>': \"nope\" is no fault; there are "
                .to_owned(),
        ),
        (
            "--timeout 5".to_owned(),
            "invalid value '5' for '--timeout <TIME>': ".to_owned(),
        ),
        (
            "--falt x".to_owned(),
            "unexpected argument '--falt' found tip: ".to_owned(),
        ),
    ];
    all(
        &table,
        |(args, _)| args.clone(),
        |(args, error)| {
            let args: Vec<&str> = ["rehearse"].into_iter().chain(args.split(' ')).collect();
            let line = refused(run_in(folder.path(), &args));
            assert!(line.starts_with(error.as_str()), "{line}");
        },
    );
    // These are the words of the parser of the command line.
    for (args, part) in [
        ("--fault slow", "there are unhealthy-green, slow-green"),
        ("--fault status-fails=x", "write it as status-fails=2"),
        ("--hook BeforeTraffic=x", "there are BeforeInstall"),
        ("--green https://127.0.0.1", "plain HTTP"),
        ("--unknown-hooks maybe", "fail, succeed"),
        ("--timeout 5", "write it as 60s or 5m"),
        ("--nope", "unexpected argument"),
    ] {
        let ran = rehearse(args).ended(2);
        assert!(ran.err.contains(part), "{args}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
}

/// The one line of a run that was refused, without the command's name.
fn refused(ran: Ran) -> String {
    let ran = ran.ended(2);
    assert_eq!(ran.out, "");
    let lines: Vec<&str> = ran.err.lines().collect();
    let [line] = lines[..] else {
        panic!("{} lines: {}", lines.len(), ran.err)
    };
    let line = line.strip_prefix("greenlight: ");
    line.unwrap_or_else(|| panic!("{}", ran.err)).to_owned()
}

/// Whether it has `:line:column:` in it.
fn has_place(line: &str) -> bool {
    let parts: Vec<&str> = line.split(':').collect();
    let number = |text: &str| text.parse::<u32>().is_ok_and(|n| n > 0);
    parts
        .windows(2)
        .any(|pair| number(pair[0]) && number(pair[1]))
}
