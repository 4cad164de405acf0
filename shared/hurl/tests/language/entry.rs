use greenlight_hurl::ast::{File, Version};

use crate::{each_is_bad, file, marked, request, response, shown};

#[test]
fn a_text_without_requests_is_an_empty_file() {
    for text in [
        "",
        "\n\n",
        "# only a comment",
        "  \t",
        "\u{feff}",
        "\r\n # c\r\n",
    ] {
        assert_eq!(file(text), File::default(), "{text:?}");
    }
}

#[test]
fn methods_and_urls() {
    let table = [
        ("GET http://h/a", "GET", "http://h/a"),
        ("\u{feff}GET http://h", "GET", "http://h"),
        ("\n # c\n\t POST \t http://h  # c\n", "POST", "http://h"),
        ("PURGE http://h\r\n", "PURGE", "http://h"),
        ("GET {{url}}/x y", "GET", "<url>/x y"),
        ("GET http://h/\\#top", "GET", "http://h/#top"),
        // As in the `hurl` command: it fails when it runs.
        ("HTTP 200", "HTTP", "200"),
    ];
    for (text, method, url) in table {
        let request = request(text);
        assert_eq!(request.method.value, method, "{text}");
        assert_eq!(shown::template(&request.url), url, "{text}");
    }
}

#[test]
fn versions_and_statuses() {
    let table = [
        ("HTTP 200", Version::Any, Some(200)),
        ("HTTP *", Version::Any, None),
        ("HTTP\t00204 # c", Version::Any, Some(204)),
        ("  HTTP/1.0 200", Version::Http10, Some(200)),
        ("HTTP/1.1 *#c", Version::Http11, None),
        ("HTTP/2  404", Version::Http2, Some(404)),
    ];
    for (text, version, status) in table {
        let response = response(text);
        assert_eq!(response.version.value, version, "{text}");
        assert_eq!(response.status.value, status, "{text}");
    }
}

#[test]
fn entries_follow_each_other() {
    let text = "GET http://a\nX: 1\n\nHTTP 200\nY: 2\n# c\nGET http://b\nPOST http://c\n[Form]\n\
                a: b\nHTTP/1.1 201\n{}\n\nDELETE http://d\n`x`\nHTTP *\n```\ny\n```\n";
    let file = file(text);
    let lines: Vec<&str> = file.entries.iter().map(|e| marked(text, e.span)).collect();
    assert_eq!(
        lines,
        [
            "GET http://a",
            "GET http://b",
            "POST http://c",
            "DELETE http://d"
        ]
    );
    let answered: Vec<bool> = file.entries.iter().map(|e| e.response.is_some()).collect();
    assert_eq!(answered, [true, false, true, true]);
    let first = file.entries[0].response.as_ref().unwrap();
    assert_eq!(marked(text, first.span), "HTTP 200");
    assert_eq!(shown::pairs(&first.headers), ["Y=2"]);
    assert_eq!(shown::pairs(&file.entries[0].request.headers), ["X=1"]);
    assert!(file.entries[2].response.as_ref().unwrap().body.is_some());
    assert!(file.entries[3].request.body.is_some());
}

#[test]
fn lines_may_end_in_both_ways() {
    let text = "GET http://a\nX: 1\n[Query]\na: b\n\nHTTP 200\n[Asserts]\nstatus == 200\n{\n}\n";
    let unix = file(text);
    let dos = file(&text.replace('\n', "\r\n"));
    assert_eq!(dos.entries.len(), 1);
    let pairs = |f: &File| shown::pairs(&f.entries[0].request.query);
    assert_eq!(pairs(&unix), pairs(&dos));
    assert_eq!(dos.entries[0].response.as_ref().unwrap().asserts.len(), 1);
}

#[test]
fn headers() {
    let table = [
        ("A: b", "A=b"),
        ("  A \t:\t b  c  # d", "A=b  c"),
        ("A:", "A="),
        ("A:# c", "A="),
        ("x.y-z_[0]@$é: b", "x.y-z_[0]@$é=b"),
        (r"\#\:\u{20}\/\\\t: b", "#: /\\\t=b"),
        ("{{a}}-{{ b }}: {{c}}", "<a>-<b>=<c>"),
        ("file: a", "file=a"),
        ("HTTP: 200", "HTTP=200"),
        ("null: a", "null=a"),
        ("A: \"b\"", "A=\"b\""),
    ];
    for (line, expected) in table {
        let headers = request(&format!("GET http://h\n{line}\n")).headers;
        assert_eq!(shown::pairs(&headers), [expected], "{line}");
    }
}

#[test]
fn what_is_no_entry() {
    each_is_bad(&[
        (
            "get http://a",
            "1:1: get: expected a method in upper-case letters",
        ),
        ("GET", "1:4: : expected a space and a URL after the method"),
        (
            "GET\n",
            "1:4: \n: expected a space and a URL after the method",
        ),
        (
            "GET:x",
            "1:4: :: expected a space and a URL after the method",
        ),
        (
            "\n  }",
            "2:3: }: expected a method in upper-case letters and a URL, as in GET https://example.org",
        ),
        ("GET http://a\tb", "1:13: \t: a tab can't stand in a value"),
        (
            "GET http://a\rb",
            "1:13: \r: expected a line feed after the carriage return",
        ),
        (
            "GET http://a\nX-A b",
            "2:5: b: expected a colon after the key",
        ),
        (
            "GET http://a\nX-\\z: b",
            "2:3: \\z: expected an escape that is known here",
        ),
        (
            "GET http://a\nhttp 200",
            "2:1: http: expected HTTP in upper-case letters",
        ),
        (
            "GET http://a\nHTTP/1.2 200",
            "2:1: HTTP/1.2: expected HTTP, HTTP/1.0, HTTP/1.1 or HTTP/2, and a status",
        ),
        (
            "GET http://a\nHTTP/2.0 1",
            "2:7: .: expected a space and a status after the version",
        ),
        (
            "GET http://a\nHTTP abc",
            "2:6: abc: expected a status, a number or *",
        ),
        (
            "GET http://a\nHTTP ",
            "2:6: : expected a status, a number or *",
        ),
        (
            "GET http://a\nHTTP 99999999999999999999",
            "2:6: 99999999999999999999: expected a status, a number or *",
        ),
        (
            "GET http://a\nHTTP 200 OK # fine",
            "2:10: OK # fine: expected the end of the line after the status",
        ),
    ]);
}
