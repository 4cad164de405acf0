use greenlight_hurl::ast::Part;

use crate::{capture, each_is_bad, request, response, shown};

#[test]
fn sections_of_a_request_by_both_names() {
    for (query, form, multipart) in [
        ("Query", "Form", "Multipart"),
        ("QueryStringParams", "FormParams", "MultipartFormData"),
    ] {
        let text = format!(
            "POST http://h\nX: 1\n [{query}] # c\na: 1\n\n# c\nb : {{{{x}}}}\n[{form}]\nc: 2\n\
             [{multipart}]\nd: 3\n[Cookies]\ne: 4\n[BasicAuth]\nbob: s3cret\n[Options]\n\
             retry: 1\n\n{{}}\n"
        );
        let request = request(&text);
        assert_eq!(shown::pairs(&request.query), ["a=1", "b=<x>"]);
        assert_eq!(shown::pairs(&request.form), ["c=2"]);
        assert_eq!(request.multipart.len(), 1);
        assert_eq!(shown::pairs(&request.cookies), ["e=4"]);
        let user = request.basic_auth.unwrap();
        assert_eq!(shown::pairs(&[user]), ["bob=s3cret"]);
        assert_eq!(request.options.len(), 1);
        assert!(request.body.is_some());
    }
}

#[test]
fn sections_may_be_empty() {
    let request = request("GET http://h\n[Query]\n[BasicAuth]\n# nobody\n[Options]\n");
    assert_eq!(request.basic_auth, None);
    let response = response("HTTP 200\n[Asserts]\n[Captures]\n[]\n");
    assert!(response.asserts.is_empty() && response.captures.is_empty());
    assert!(response.body.is_some());
}

#[test]
fn parts_of_a_form() {
    let table = [
        ("a: b c", "a=b c"),
        ("a: file,x.txt;", "a: x.txt -"),
        ("a: file, x.txt ; text/plain # c", "a: x.txt text/plain"),
        ("a: file,x.txt;# c", "a: x.txt -"),
        (r"a: file,x\ \;\#\{\}\u{41}{{b}};{{t}}", "a: x ;#{}A<b> <t>"),
        ("a: file x", "a=file x"),
    ];
    for (line, expected) in table {
        for end in ["", "\n", "\r\n"] {
            let parts = request(&format!("POST http://h\n[Multipart]\n{line}{end}")).multipart;
            let found = match parts.as_slice() {
                [Part::Field(pair)] => shown::pairs(std::slice::from_ref(pair)).remove(0),
                [Part::File(part)] => format!(
                    "{}: {} {}",
                    shown::template(&part.key),
                    shown::template(&part.file),
                    part.content_type
                        .as_ref()
                        .map_or("-".to_owned(), shown::template)
                ),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, expected, "{line}");
        }
    }
}

#[test]
fn captures() {
    let table = [
        ("a: status", "a = Status"),
        ("{{a}}b : header \"X\" # c", "<a>b = Header \"X\""),
        (
            "a: jsonpath \"$.b\" nth 1 toInt",
            "a = JsonPath \"$.b\" | Nth 1 | ToInt",
        ),
        ("a: body redact", "a = Body | redact"),
        ("a: body count  redact # c", "a = Body | Count | redact"),
        ("a: bodyredact", "a = Body | redact"),
    ];
    for (line, expected) in table {
        assert_eq!(shown::capture(&capture(line)), expected, "{line}");
    }
}

#[test]
fn what_is_no_section() {
    each_is_bad(&[
        (
            "GET http://h\n[Asserts]",
            "2:1: [Asserts]: expected a section of a request: [Asserts] belongs to an answer",
        ),
        (
            "GET http://h\nHTTP 200\n[Query]",
            "3:1: [Query]: expected a section of an answer: [Query] belongs to a request",
        ),
        (
            "GET http://h\nHTTP 200\n[Assert]",
            "3:1: [Assert]: expected a section such as Captures, Asserts, not \"Assert\"",
        ),
        (
            "POST http://h\n[1]",
            "2:1: [1]: expected a section such as Options, Query, Form, Multipart, Cookies, \
             BasicAuth, not \"1\"",
        ),
        (
            "GET http://h\n[Query] x",
            "2:9: x: expected the end of the line after the section's name",
        ),
        (
            "GET http://h\n[Query]\n[Form]\n[Query]",
            "4:1: [Query]: expected each section once, but [Query] is here already",
        ),
        (
            "GET http://h\n[Query]\n[QueryStringParams]",
            "3:1: [QueryStringParams]: expected each section once, but [Query] is here already",
        ),
        (
            "GET http://h\n[BasicAuth]\na: b\nc: d",
            "4:1: c: d: expected one line in [BasicAuth] only",
        ),
        (
            "GET http://h\n[Query]\na b",
            "3:3: b: expected a colon after the key",
        ),
        (
            "POST http://h\n[Multipart]\na: file,b",
            "3:10: : expected a semicolon after the file's name",
        ),
        (
            "POST http://h\n[Multipart]\na: file,;",
            "3:9: ;: expected a file's name",
        ),
        (
            "POST http://h\n[Multipart]\na: file,[b;",
            "3:9: [: expected a file's name, which can't begin with a bracket",
        ),
        (
            "GET http://h\nHTTP 200\n[Captures]\na: foo",
            "4:4: foo: expected a query, such as status or jsonpath, not \"foo\"",
        ),
        (
            "GET http://h\nHTTP 200\n[Captures]\na:",
            "4:3: : expected a query, such as status or jsonpath",
        ),
        (
            "GET http://h\nHTTP 200\n[Captures]\na: body cuont",
            "4:9: cuont: expected a filter, redact or the end of the line, not \"cuont\"",
        ),
        (
            "GET http://h\nHTTP 200\n[Captures]\na: body redact x",
            "4:16: x: expected a filter, redact or the end of the line",
        ),
        (
            "GET http://h\nHTTP 200\n[Captures]\na body",
            "4:3: b: expected a colon after the key",
        ),
    ]);
}
