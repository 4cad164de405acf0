//! What a report says.

use smoke::Ending::{Failed, Passed};

use crate::{server::Server, support::Setup};

#[tokio::test]
async fn a_failure_names_its_place_and_the_answer() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let text = "POST {{base_url}}/status/409\n{\"item\": 1}\nHTTP 201\n";
    let file = setup.one(text).await;
    let entry = &file.entries[0];
    assert_eq!(
        (entry.ending, entry.line, entry.method.as_str()),
        (Failed, 1, "POST")
    );
    let [failure] = entry.failures.as_slice() else {
        panic!("{entry:?}")
    };
    assert_eq!((failure.line, failure.column), (3, 6));
    assert!(
        failure.snippet.contains("HTTP 201") && failure.snippet.contains("^^^"),
        "{}",
        failure.snippet
    );
    let [exchange] = entry.exchanges.as_slice() else {
        panic!("{entry:?}")
    };
    assert_eq!(exchange.answer, "HTTP/1.1 409");
    assert_eq!(exchange.body, "{\"error\":\"no stock\"}");
    assert_eq!(exchange.request_body, None);
    assert!(
        exchange
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("content-type")
                && value == "application/json")
    );
    let line = file.outcomes()[0].line();
    assert!(
        line.starts_with(&format!(
            "a.hurl:3 (POST {}/status/409): expected status",
            server.url()
        )),
        "{line}"
    );
    assert!(
        line.ends_with("; the answer was HTTP/1.1 409: {\"error\":\"no stock\"}"),
        "{line}"
    );
}

#[tokio::test]
async fn every_miss_is_told() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let text = "GET {{base_url}}/token\nHTTP 200\nX-A: b\n[Asserts]\njsonpath \"$.n\" == 8\njsonpath \"$.n\" == 7\njsonpath \"$.token\" isInteger\n";
    let file = setup.one(text).await;
    let lines: Vec<_> = file.entries[0].failures.iter().map(|f| f.line).collect();
    assert_eq!(lines, [3, 5, 7]);
    assert_eq!(file.checks, 5);
    // After a status that is none of those wanted, nothing else is looked at.
    let file = setup.one(&text.replace("HTTP 200", "HTTP 201")).await;
    let lines: Vec<_> = file.entries[0].failures.iter().map(|f| f.line).collect();
    assert_eq!(lines, [2]);
    assert_eq!(file.checks, 1);
}

#[tokio::test]
async fn bodies_are_shortened() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    for (path, option, length) in [("long", "verbose", 1_001), ("long", "very-verbose", 10_001)] {
        let text =
            format!("POST {{{{base_url}}}}/{path}\n[Options]\n{option}: true\n`sent`\nHTTP 200\n");
        let file = setup.one(&text).await;
        assert_eq!(file.ending, Passed);
        let exchange = &file.entries[0].exchanges[0];
        assert_eq!(exchange.body.chars().count(), length, "{option}");
        assert!(exchange.body.ends_with('…'));
        assert_eq!(exchange.request_body.is_some(), option == "very-verbose");
    }
    let file = setup.one("GET {{base_url}}/bytes\nHTTP 201\n").await;
    assert_eq!(file.entries[0].exchanges[0].body, "bytes (4)");
    let file = setup.one("GET {{base_url}}/ok\nHTTP 200\n").await;
    assert!(file.entries[0].exchanges.is_empty());
}
