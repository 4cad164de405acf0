//! The end of the time.

use std::time::{Duration, Instant};

use smoke::{
    Ending::{Failed, NotRun, Passed},
    FileReport,
};
use verdict::Status;

use crate::{
    server::Server,
    support::{Setup, endings, wrongs},
};

/// Runs it, and sees that it ends soon.
async fn within(setup: &Setup, text: &str) -> FileReport {
    let start = Instant::now();
    let file = setup.one(text).await;
    assert!(
        start.elapsed() < setup.time + Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    file
}

#[tokio::test]
async fn whatever_goes_on_ends_at_the_deadline() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).time(300);
    for (text, told) in [
        (
            "GET {{base_url}}/hang\nHTTP 200\n",
            "while attempt 1 waited for the answer",
        ),
        (
            "GET {{base_url}}/hang\n[Options]\nretry: -1\nHTTP 200\n",
            "while attempt 1 waited for the answer",
        ),
        (
            "GET {{base_url}}/ok\n[Options]\ndelay: 1h\nHTTP 200\n",
            "during its delay",
        ),
        (
            "GET {{base_url}}/ok\n[Options]\nretry: -1\nretry-interval: 1h\nHTTP 404\n",
            "in the pause after attempt 1",
        ),
        (
            "POST {{base_url}}/ok\nfile,never;\nHTTP 200\n",
            "while it read the file never",
        ),
        (
            "GET {{base_url}}/ok\nHTTP 200\nfile,never;\n",
            "while it read the file never",
        ),
        (
            "GET {{base_url}}/ok\n[Options]\ncacert: never\nHTTP 200\n",
            "while it read the file never",
        ),
    ] {
        let file = within(
            &setup,
            &format!("{text}GET {{{{base_url}}}}/ok\nHTTP 200\n"),
        )
        .await;
        assert_eq!(endings(&file), [Failed, NotRun], "{text}");
        assert_eq!(file.status(), Status::Failed, "{text}");
        let wrongs = wrongs(&file.entries[0]);
        assert!(
            wrongs[0].starts_with("1: time: : the time was over after 0."),
            "{wrongs:?}"
        );
        assert!(wrongs[0].ends_with(told), "{wrongs:?}");
        let lines: Vec<_> = file.outcomes().iter().map(|o| o.line()).collect();
        assert_eq!(
            lines.last().unwrap(),
            "a.hurl: not run: 1 of 2 entries, since the time was over"
        );
    }
}

#[tokio::test]
async fn the_last_attempt_before_it_is_told_too() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).time(300);
    let file = within(
        &setup,
        "GET {{base_url}}/status/500\n[Options]\nretry: -1\nretry-interval: 0\nHTTP 200\n",
    )
    .await;
    let entry = &file.entries[0];
    assert_eq!(entry.ending, Failed);
    assert!(entry.attempts > 1);
    assert_eq!(entry.url, format!("{}/status/500", server.url()));
    assert_eq!(entry.failures.len(), 2, "{entry:?}");
    assert_eq!(entry.failures[1].subject, "status");
    assert_eq!(entry.exchanges[0].answer, "HTTP/1.1 500");
}

#[tokio::test]
async fn endless_repetition_ends_too() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).time(300);
    let file = within(
        &setup,
        "GET {{base_url}}/ok\n[Options]\nrepeat: -1\nHTTP 200\n",
    )
    .await;
    assert_eq!(file.status(), Status::Failed);
    assert_eq!(file.entries[0].ending, Passed);
    assert!(file.entries.last().unwrap().ending >= NotRun);
    assert!(file.entries.len() <= 1_001);
    assert!(file.requests as usize + 1 >= file.entries.len());
}

#[tokio::test]
async fn without_time_nothing_is_sent() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).time(0);
    let file = within(
        &setup,
        "GET {{base_url}}/ok\nHTTP 200\n\nGET {{base_url}}/ok\nHTTP 200\n",
    )
    .await;
    assert_eq!(endings(&file), [NotRun, NotRun]);
    assert_eq!(file.ending, NotRun);
    let lines: Vec<_> = file.outcomes().iter().map(|o| o.line()).collect();
    assert_eq!(
        lines,
        ["a.hurl: not run: the time was over before it began"]
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_hanging_file_does_not_stop_the_others() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).time(500).jobs(2);
    let hang = "GET {{base_url}}/hang\nHTTP 200\n";
    let good = "GET {{base_url}}/ok\nHTTP 200\n";
    let report = setup
        .all(&[("hang", hang), ("a", good), ("b", good), ("c", good)])
        .await;
    let all: Vec<_> = report.files.iter().map(|f| f.ending).collect();
    assert_eq!(all, [Failed, Passed, Passed, Passed]);
}
