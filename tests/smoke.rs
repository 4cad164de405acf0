//! `greenlight smoke`, as somebody runs it: a process, its outputs, its
//! reports and its exit status.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Ran, all, greenlight, run, run_in};

/// A small server, and how often it was asked.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counting = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counting = counting.clone();
                thread::spawn(move || answer(stream, &counting));
            }
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers one request, whatever it is; `/hang` never.
fn answer(mut stream: TcpStream, asked: &AtomicUsize) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    asked.fetch_add(1, Ordering::SeqCst);
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, kind, body) = match path {
        "/hang" => {
            // Until the other side leaves.
            let _ = stream.read(&mut byte);
            return;
        }
        "/tea" => (
            "200 OK",
            "application/json",
            r#"{"name":"tea","price":3}"#.to_owned(),
        ),
        "/evil" => (
            "200 OK",
            "text/plain",
            "\u{1b}[2Jboo\u{0}]]>&\u{fffe}".to_owned(),
        ),
        "/echo" => ("200 OK", "text/plain", echo(&head)),
        _ => (
            "404 Not Found",
            "application/json",
            r#"{"error":"not here"}"#.to_owned(),
        ),
    };
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nX-Path: {path}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes());
}

/// What came in a header, in all the ways that a server may send it back.
fn echo(head: &str) -> String {
    let mut lines = head.lines();
    let told = lines.find_map(|line| {
        line.strip_prefix("x-told: ")
            .or(line.strip_prefix("X-Told: "))
    });
    let told = told.unwrap_or_default();
    let url: String = told
        .bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    let base64 = BASE64_STANDARD.encode(told);
    format!(
        "plain {told} url {url} base64 {base64} padded {}",
        BASE64_STANDARD.encode(format!("x{told}x"))
    )
}

/// A folder of files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn smoke(folder: &Path, server: &Server, args: &str) -> Ran {
    let url = server.url();
    let words = ["smoke", "--base-url", &url].into_iter();
    let args: Vec<&str> = words.chain(args.split_whitespace()).collect();
    run_in(folder, &args)
}

const GOOD: &str = "\
GET {{base_url}}/tea
HTTP 200
[Asserts]
jsonpath \"$.name\" == \"tea\"

GET {{base_url}}/nowhere
HTTP 404
";

const BAD: &str = "\
GET {{base_url}}/tea
HTTP 200
[Asserts]
jsonpath \"$.price\" == 4

GET {{base_url}}/tea
HTTP 200
";

#[test]
fn what_passes_is_one_line_a_file() {
    let server = Server::start();
    let folder = folder(&[
        ("smoke/a.hurl", GOOD),
        ("smoke/deep/b.hurl", GOOD),
        ("smoke/c.txt", "no test"),
    ]);
    for args in ["smoke", "smoke/a.hurl smoke/deep", "smoke/**/*.hurl"] {
        let ran = smoke(folder.path(), &server, args).ended(0);
        assert_eq!(ran.err, "");
        let ran = ran.says(&[
            "+ smoke/a.hurl: passed, 2 requests and 3 checks in ",
            "+ smoke/deep/b.hurl: passed, 2 requests and 3 checks in ",
            "Passed: 2 files, 4 requests and 6 checks in ",
        ]);
        // A pipe gets plain lines.
        let ran = ran.never_says(&["\u{1b}", "\r"]);
        assert_eq!(ran.out.lines().count(), 4, "{}", ran.out);
    }
}

#[test]
fn a_failure_shows_place_expected_actual_and_answer() {
    let server = Server::start();
    let folder = folder(&[("good.hurl", GOOD), ("bad.hurl", BAD)]);
    let ran = smoke(folder.path(), &server, "good.hurl bad.hurl").ended(1);
    assert_eq!(ran.err, "");
    ran.says(&["+ good.hurl: passed"]).says_in_order(&[
        "x bad.hurl: failed, 1 request and 2 checks in ",
        "    bad.hurl:4:",
        "jsonpath \"$.price\"",
        "4 | jsonpath \"$.price\" == 4",
        "^",
        "expected  ",
        "4",
        "actual    ",
        "3",
        "/tea answered in ",
        "HTTP/1.1 200",
        "{\"name\":\"tea\",\"price\":3}",
        "not run after that: 1 of 2 entries",
        "Failed: 1 of 2 files, 3 requests and 5 checks in ",
    ]);
}

#[test]
fn all_that_cannot_be_read_is_shown_and_nothing_is_sent() {
    let server = Server::start();
    let folder = folder(&[
        ("a.hurl", GOOD),
        ("b.hurl", "GET {{base_url}}/tea\nHTTP abc\n"),
        (
            "c.hurl",
            "GET {{base_url}}/tea\nHTTP 200\n[Assert]\nstatus == 200\n",
        ),
    ]);
    fs::write(folder.path().join("d.hurl"), b"GET http://a\n# \xff\n").unwrap();
    let ran = smoke(folder.path(), &server, ". --report-junit j.xml").ended(2);
    assert_eq!(ran.out, "");
    for part in [
        "b.hurl:2:6: ",
        "HTTP abc",
        "c.hurl:3:",
        "[Assert]",
        "d.hurl:2:3: ",
        "^",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    let last = ran.err.lines().last().unwrap();
    assert_eq!(
        last,
        "greenlight: 3 files can't be run, so nothing was sent"
    );
    assert_eq!(server.asked(), 0);
    assert!(!folder.path().join("j.xml").exists());
}

#[test]
fn nothing_to_run_is_no_pass() {
    let server = Server::start();
    let folder = folder(&[
        ("empty.hurl", "# nothing yet\n"),
        ("idle.hurl", "GET {{base_url}}/tea\n"),
        (
            "skipped.hurl",
            "GET {{base_url}}/tea\n[Options]\nskip: true\nHTTP 200\n",
        ),
        ("none/readme.md", ""),
    ]);
    let cases = [
        ("none", 2, "there is nothing to run: no *.hurl below none"),
        (
            "none/*.hurl",
            2,
            "there is nothing to run: no file matches none/*.hurl",
        ),
        (
            "nowhere/*.hurl",
            2,
            "there is nothing to run: no file matches nowhere/*.hurl",
        ),
        ("nowhere.hurl", 2, "nowhere.hurl: No such file"),
        ("", 2, "required arguments were not provided: <FILE>"),
        ("empty.hurl", 1, "x empty.hurl: failed"),
        (
            "empty.hurl",
            1,
            "it checked nothing: there is no request in it",
        ),
        ("idle.hurl", 1, "it checked nothing: nothing is asserted"),
        (
            "skipped.hurl",
            1,
            "it checked nothing: every entry was skipped",
        ),
    ];
    all(
        &cases,
        |(args, ..)| (*args).to_owned(),
        |(args, code, said)| {
            let ran = smoke(folder.path(), &server, args).ended(*code);
            let told = if *code == 2 { &ran.err } else { &ran.out };
            assert!(told.contains(said), "{said}\n{}{}", ran.out, ran.err);
        },
    );
}

const SECRET: &str = "s3cr&t with/100% + more";

#[test]
fn a_secret_is_in_no_output() {
    let server = Server::start();
    let folder = folder(&[(
        "a.hurl",
        "\
GET {{base_url}}/echo?{{key}}
X-Told: {{key}}
Authorization: Bearer {{key}}
[Query]
q: {{key}}
[Options]
very-verbose: true
HTTP 200
[Asserts]
body == \"{{key}}\"
body not contains \"{{key}}\"
header \"X-Path\" == \"{{key}}\"
",
    )]);
    for given in ["--secret=key", "--secret=key=s3cr&t with/100% + more"] {
        let url = server.url();
        let mut command = greenlight(&[
            "smoke",
            "a.hurl",
            "--verbose",
            "--base-url",
            &url,
            given,
            "--report-junit",
            "j.xml",
            "--report-json",
            "r.json",
        ]);
        command.current_dir(folder.path()).env("key", SECRET);
        let ran = run(command).ended(1);
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        let texts = [
            ran.out.clone(),
            ran.err.clone(),
            read("j.xml"),
            read("r.json"),
        ];
        let encoded: String = SECRET.bytes().map(|b| format!("%{b:02X}")).collect();
        for text in &texts {
            for part in [
                "s3cr",
                "with/100",
                "100%25",
                &BASE64_STANDARD.encode(SECRET),
                &encoded,
            ] {
                assert!(!text.contains(part), "{part} in\n{text}");
            }
        }
        ran.says(&["***"]);
        assert!(texts[2].contains("***") && texts[3].contains("***"));
    }
}

#[test]
fn the_reports_are_written_when_tests_fail() {
    let server = Server::start();
    let evil = "GET {{base_url}}/evil\nHTTP 200\n[Asserts]\nbody == \"<&>\"\n";
    let folder = folder(&[("good.hurl", GOOD), ("bad.hurl", BAD), ("evil.hurl", evil)]);
    let args = ". --report-junit j.xml --report-json r.json";
    let ran = smoke(folder.path(), &server, args).ended(1);
    // An answer does not move the cursor.
    ran.never_says(&["\u{1b}", "\u{0}"]);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("r.json")).unwrap();
    let files = json["files"].as_array().unwrap();
    let endings: Vec<_> = files
        .iter()
        .map(|f| (f["file"].as_str().unwrap(), f["ending"].as_str().unwrap()))
        .collect();
    assert_eq!(
        endings,
        [
            ("bad.hurl", "failed"),
            ("evil.hurl", "failed"),
            ("good.hurl", "passed")
        ]
    );
    let failure = &files[0]["entries"][0]["failures"][0];
    assert_eq!(failure["line"], 4);
    assert_eq!(failure["subject"], "jsonpath \"$.price\"");
    let xml = read("j.xml");
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut tags = vec![];
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                tags.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
                assert!(tag.attributes().all(|a| a.is_ok()), "{xml}");
            }
            _ => {}
        }
    }
    let number = |name: &str| tags.iter().filter(|tag| *tag == name).count();
    assert_eq!(
        [
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
            "error",
            "skipped"
        ]
        .map(number),
        [1, 3, 5, 2, 0, 1],
        "{xml}"
    );
    assert!(
        xml.contains("name=\"1. GET {{base_url}}/tea\" classname=\"bad.hurl\""),
        "{xml}"
    );
    assert!(
        xml.chars()
            .all(|c| c == '\n' || !(c.is_control() || c == '\u{fffe}')),
        "{xml}"
    );
}

#[test]
fn a_report_that_cannot_be_written_is_known_before_anything_runs() {
    let server = Server::start();
    let folder = folder(&[("a.hurl", GOOD)]);
    for option in ["--report-junit", "--report-json"] {
        let ran = smoke(
            folder.path(),
            &server,
            &format!("a.hurl {option} no/such/folder"),
        )
        .ended(2);
        let start = format!("greenlight: {option} no/such/folder: No such file");
        assert!(ran.err.starts_with(&start), "{}", ran.err);
        assert_eq!((ran.out.as_str(), server.asked()), ("", 0));
    }
}

#[test]
fn variables_have_the_types_of_the_hurl_command() {
    let server = Server::start();
    let text = "\
GET {{base_url}}/{{path}}
HTTP 200
[Asserts]
jsonpath \"$.price\" == {{price}}
jsonpath \"$.name\" == {{name}}
variable \"host\" == \"HOST\"
variable \"quoted\" == \"3\"
"
    .replace("HOST", &server.address.to_string());
    let folder = folder(&[("a.hurl", &text)]);
    let args =
        "a.hurl --variable path=tea --variable price=3 --variable name=tea --variable quoted=\"3\"";
    smoke(folder.path(), &server, args).ended(0);
    let other = args.replace("price=3", "price=\"3\"");
    smoke(folder.path(), &server, &other)
        .ended(1)
        .says(&["jsonpath \"$.price\""]);
}

#[test]
fn a_target_that_hangs_ends_with_the_time() {
    let server = Server::start();
    let folder = folder(&[
        (
            "a.hurl",
            "GET {{base_url}}/hang\nHTTP 200\n\nGET {{base_url}}/tea\nHTTP 200\n",
        ),
        ("b.hurl", GOOD),
    ]);
    let began = Instant::now();
    let ran = smoke(
        folder.path(),
        &server,
        ". --timeout 1s --jobs 1 --report-junit j.xml",
    )
    .ended(1);
    assert!(began.elapsed() < Duration::from_secs(20));
    ran.says(&["the time was over", "Failed: 2 of 2 files"]);
    let xml = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    // What did not get to run must not look as if it may be left out.
    assert!(
        xml.contains("<error message=\"not run: the time was over\""),
        "{xml}"
    );
}

#[test]
fn files_beside_a_test_are_read_and_none_elsewhere() {
    let server = Server::start();
    let told = "POST {{base_url}}/tea\nfile,data/body.json;\nHTTP 200\n";
    let folder = folder(&[
        ("smoke/a.hurl", told),
        ("smoke/data/body.json", "{}"),
        (
            "smoke/out.hurl",
            "POST {{base_url}}/tea\nfile,../secret.txt;\nHTTP 200\n",
        ),
        ("secret.txt", "nothing for anybody"),
        ("other/data/body.json", "{}"),
        ("b.hurl", told),
    ]);
    smoke(folder.path(), &server, "smoke/a.hurl").ended(0);
    smoke(folder.path(), &server, "b.hurl --file-root other").ended(0);
    let ran = smoke(folder.path(), &server, "smoke/out.hurl").ended(1);
    ran.says(&["is not below smoke; --file-root DIR names another folder"])
        .never_says(&["nothing for anybody"]);
    smoke(folder.path(), &server, "smoke/out.hurl --file-root .").ended(1);
    smoke(folder.path(), &server, "b.hurl")
        .ended(1)
        .says(&["data/body.json: No such file"]);
}

#[test]
fn verbose_shows_each_exchange() {
    let server = Server::start();
    let folder = folder(&[("a.hurl", GOOD)]);
    smoke(folder.path(), &server, "a.hurl --verbose")
        .ended(0)
        .says_in_order(&[
            "+ a.hurl:1 GET http://127.0.0.1:",
            "/tea: passed in ",
            "> GET http://127.0.0.1:",
            "< HTTP/1.1 200",
            "< {\"name\":\"tea\",\"price\":3}",
            "+ a.hurl:6 GET http://127.0.0.1:",
            "< HTTP/1.1 404",
            "+ a.hurl: passed",
        ]);
}

#[test]
fn who_stops_reading_does_not_stop_the_run() {
    let server = Server::start();
    let folder = folder(&[("a.hurl", GOOD)]);
    let url = server.url();
    let mut command = greenlight(&["smoke", "a.hurl", "--base-url", &url]);
    command.current_dir(folder.path()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(server.asked(), 2);
}

#[test]
fn wrong_use_is_told_in_one_line() {
    let server = Server::start();
    let folder = folder(&[("a.hurl", GOOD)]);
    let cases = [
        ("--variable x", "--variable x: write it as NAME=VALUE"),
        (
            "--variable host=x",
            "--variable: the variable host is given twice",
        ),
        (
            "--secret nobody-sets-this",
            "--secret nobody-sets-this: there is no environment variable",
        ),
        ("--jobs 0", "invalid value '0' for '--jobs <N>'"),
        (
            "--timeout 5",
            "invalid value '5' for '--timeout <TIME>': \"5\" is no time",
        ),
        (
            "--file-root nowhere",
            "--file-root nowhere: it is no folder",
        ),
        ("--sekret key=hush", "unexpected argument '--sekret' found"),
    ];
    all(
        &cases,
        |(args, _)| (*args).to_owned(),
        |(args, error)| {
            let ran = smoke(folder.path(), &server, &format!("a.hurl {args}")).ended(2);
            assert_eq!(ran.out, "");
            assert!(
                ran.err.starts_with(&format!("greenlight: {error}")),
                "{}",
                ran.err
            );
            assert_eq!(ran.err.lines().count(), 1);
            assert!(!ran.err.contains("hush"), "{}", ran.err);
        },
    );
    assert_eq!(server.asked(), 0);
}

#[test]
fn what_could_not_be_done_says_why() {
    let server = Server::start();
    let folder = folder(&[("a.hurl", "GET {{base_url}}/{{nobody}}\nHTTP 200\n")]);
    smoke(folder.path(), &server, "a.hurl")
        .ended(1)
        .says_in_order(&[
            "! a.hurl: could not be run",
            "a.hurl:1:18: request",
            "1 | GET {{base_url}}/{{nobody}}",
            "why       the variable \"nobody\" is not defined",
            "do        ",
        ])
        .never_says(&["expected"]);
    assert_eq!(server.asked(), 0);
}
