//! Requests as they arrive, and the files that a test names.

use smoke::Ending::{Errored, Failed, Passed};

use crate::{
    server::Server,
    support::{Setup, endings, wrongs},
};

#[tokio::test]
async fn every_kind_of_body_arrives_with_its_media_type() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).file("data.txt", "from a file");
    let json = Some("application/json");
    let xml = Some("application/xml");
    let form = Some("application/x-www-form-urlencoded");
    for (rest, body, media_type) in [
        ("{\"a\": 1}", "{\"a\": 1}", json),
        ("```json\n{\"b\": 2}\n```", "{\"b\": 2}\n", json),
        ("```graphql\n{ all }\n```", "{\"query\":\"{ all }\"}", json),
        ("<a/>", "<a/>", xml),
        ("```xml\n<b/>\n```", "<b/>\n", xml),
        ("`a line`", "a line", None),
        ("```\nlines\n```", "lines\n", None),
        ("```raw\n{{x}}\n```", "{{x}}\n", None),
        ("base64,YWJj;", "abc", None),
        ("hex,616263;", "abc", None),
        ("file,data.txt;", "from a file", None),
        ("Content-Type: text/x\n{}", "{}", Some("text/x")),
        ("[Form]\na_b: c d&e", "a_b=c%20d%26e", form),
        ("[Form]\na: b\n`text`", "text", form),
        (
            "[Multipart]\na: b\n`text`",
            "text",
            Some("multipart/form-data"),
        ),
        ("```json\n```", "", json),
        ("", "", None),
    ] {
        let file = setup
            .one(&format!("POST {{{{base_url}}}}/ok\n{rest}\nHTTP 200\n"))
            .await;
        assert_eq!(file.ending, Passed, "{rest}: {file:?}");
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.body, body, "{rest}");
        let own = seen.headers.get("content-type").map(String::as_str);
        assert_eq!(own, media_type, "{rest}");
    }
}

#[tokio::test]
async fn a_multipart_form_carries_its_files() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url()).file("in/logo.png", "PNG");
    let file = setup
        .one("POST {{base_url}}/ok\n[Multipart]\na: b\nlogo: file,in/logo.png;\nother: file,in/logo.png; x/y\nHTTP 200\n")
        .await;
    assert_eq!(file.ending, Passed, "{file:?}");
    let seen = server.seen().pop().unwrap();
    assert!(seen.headers["content-type"].starts_with("multipart/form-data; boundary="));
    for part in ["name=\"a\"\r\n\r\nb\r\n", "image/png", "x/y", "PNG\r\n"] {
        assert!(seen.body.contains(part), "{part} in {}", seen.body);
    }
}

#[tokio::test]
async fn query_auth_and_cookies_arrive() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    let file = setup
        .one("GET {{base_url}}/ok\n[Query]\nq: a b\n[BasicAuth]\nme: pw\n[Cookies]\nc: d\n[Options]\nheader: X-More: yes\nHTTP 200\n")
        .await;
    assert_eq!(file.ending, Passed, "{file:?}");
    let seen = server.seen().pop().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.uri.as_str()),
        ("GET", "/ok?q=a%20b")
    );
    assert_eq!(seen.headers["authorization"], "Basic bWU6cHc=");
    assert_eq!(seen.headers["cookie"], "c=d");
    assert_eq!(seen.headers["x-more"], "yes");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_at_its_place() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url());
    for text in [
        "POST {{base_url}}/ok\nfile,none.txt;\nHTTP 200\n",
        "POST {{base_url}}/ok\n[Multipart]\na: file,none.txt;\nHTTP 200\n",
        "GET {{base_url}}/ok\n[Options]\ncacert: none.txt\nHTTP 200\n",
    ] {
        let file = setup.one(text).await;
        assert_eq!(endings(&file), [Errored], "{text}");
        let wrongs = wrongs(&file.entries[0]);
        assert!(
            wrongs[0].contains("there is no file none.txt beside a.hurl"),
            "{wrongs:?}"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_body_is_compared_with_a_file() {
    let server = Server::start().await;
    let setup = Setup::new(&server.url())
        .file("fine.txt", "fine")
        .file("other.txt", "other");
    for (name, ending) in [("fine.txt", Passed), ("other.txt", Failed)] {
        let text = format!("GET {{{{base_url}}}}/ok\nHTTP 200\nfile,{name};\n");
        assert_eq!(setup.one(&text).await.ending, ending, "{name}");
    }
}
