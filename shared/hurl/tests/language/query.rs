use greenlight_hurl::ast::{CertificateField, CookieAttribute, QueryKind};

use crate::{assert, each_is_bad, marked, response, shown};

#[test]
fn queries() {
    let table = [
        ("status", "Status"),
        ("version", "Version"),
        ("url", "Url"),
        ("header \"X-{{a}}\"", "Header \"X-<a>\""),
        ("cookie\t\"a\"", "Cookie \"a\""),
        ("cookie \"a[Value]\"", "Cookie \"a\" Value"),
        ("cookie \"{{a}}[ max-AGE ]\"", "Cookie \"<a>\" MaxAge"),
        ("cookie \"\"", "Cookie \"\""),
        // As in the `hurl` command: the rest means nothing.
        ("cookie \"a #b\"", "Cookie \"a\""),
        ("cookie \"a[Path]b\"", "Cookie \"a\" Path"),
        ("body", "Body"),
        ("bytes", "Bytes"),
        ("rawbytes", "RawBytes"),
        ("xpath \"string(//a)\"", "XPath \"string(//a)\""),
        (
            "jsonpath \"$.a[?(@.b == \\\"c\\\")]\"",
            "JsonPath \"$.a[?(@.b == \\\"c\\\")]\"",
        ),
        ("regex \"a(.)\"", "Regex \"a(.)\""),
        (r"regex /a\/(\d)\./", r"Regex /a/(\d)\./"),
        ("variable \"a\"", "Variable \"a\""),
        ("duration", "Duration"),
        ("sha256", "Sha256"),
        ("md5", "Md5"),
        ("certificate \"Subject\"", "Certificate(Subject)"),
        ("ip", "Ip"),
        ("redirects", "Redirects"),
    ];
    for (text, expected) in table {
        let found = shown::assert(&assert(&format!("{text} exists")));
        assert_eq!(found, format!("{expected} | Exists"), "{text}");
    }
}

#[test]
fn fields_of_certificates_and_attributes_of_cookies() {
    use CertificateField as F;
    for (name, field) in [
        ("Subject", F::Subject),
        ("Issuer", F::Issuer),
        ("Start-Date", F::StartDate),
        ("Expire-Date", F::ExpireDate),
        ("Serial-Number", F::SerialNumber),
        ("Subject-Alt-Name", F::SubjectAltName),
        ("Value", F::Value),
    ] {
        let query = assert(&format!("certificate \"{name}\" exists"))
            .query
            .value;
        assert_eq!(query, QueryKind::Certificate(field));
    }
    use CookieAttribute as A;
    for (name, attribute) in [
        ("Value", A::Value),
        ("Expires", A::Expires),
        ("Max-Age", A::MaxAge),
        ("Domain", A::Domain),
        ("Path", A::Path),
        ("Secure", A::Secure),
        ("HttpOnly", A::HttpOnly),
        ("SameSite", A::SameSite),
    ] {
        let QueryKind::Cookie(query) = assert(&format!("cookie \"a[{name}]\" exists")).query.value
        else {
            panic!()
        };
        assert_eq!(query.attribute.unwrap().value, attribute);
    }
}

#[test]
fn places() {
    let text = "GET http://h\nHTTP 200\n[Asserts]\n \
                jsonpath \"$.é\"  count nth {{i}} not  == 12 # c\n";
    let file = greenlight_hurl::parse(text).unwrap();
    let assert = &file.entries[0].response.as_ref().unwrap().asserts[0];
    assert_eq!(marked(text, assert.query.span), "jsonpath \"$.é\"");
    assert_eq!(marked(text, assert.filters[0].span), "count");
    assert_eq!(marked(text, assert.filters[1].span), "nth {{i}}");
    assert_eq!(marked(text, assert.predicate.span), "not  == 12");
    let whole = "jsonpath \"$.é\"  count nth {{i}} not  == 12";
    assert_eq!(marked(text, assert.span), whole);
    let QueryKind::JsonPath(path) = &assert.query.value else {
        panic!()
    };
    assert_eq!(marked(text, path.span), "$.é");
}

#[test]
fn equal_regular_expressions_are_compiled_once() {
    let line = "body matches /^[a-z]+$/\n".repeat(20_000);
    let response = response(&format!("HTTP 200\n[Asserts]\n{line}"));
    assert_eq!(response.asserts.len(), 20_000);
}

#[test]
fn what_is_no_query() {
    let bad = |line: &str, expected: &str| {
        let text = format!("GET http://h\nHTTP 200\n[Asserts]\n{line}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    let query = "expected a query, such as status or jsonpath, not";
    bad("statu == 1", &format!("4:1: statu: {query} \"statu\""));
    bad("Status == 1", &format!("4:1: Status: {query} \"Status\""));
    bad(
        "\"a\" == 1",
        "4:5: == 1: expected the end of the line after the body",
    );
    bad(
        "header",
        "4:7: : expected a space after header, and a string in double quotes",
    );
    bad(
        "header a",
        "4:8: a: expected a string in double quotes after header",
    );
    bad(
        "header `a`",
        "4:8: `a`: expected a string in double quotes after header",
    );
    bad(
        "cookie a",
        "4:8: a: expected a cookie's name in double quotes",
    );
    bad(
        "cookie \"a",
        "4:8: \"a: the string is not closed, expected its second quote",
    );
    bad(
        "cookie \"a[Path\"",
        "4:15: : expected a closing bracket after the attribute",
    );
    bad(
        "cookie \"a[Age]\"",
        "4:11: Age: expected Value, Expires, Max-Age, Domain, Path, Secure, HttpOnly or SameSite, \
         not \"Age\"",
    );
    bad(
        "cookie \"{{a[Path]}}\"",
        "4:9: {{a: the placeholder is not closed, expected }}",
    );
    bad(
        "certificate \"Name\"",
        "4:13: \"Name\": expected one of \"Subject\", \"Issuer\", \"Start-Date\", \"Expire-Date\", \
         \"Serial-Number\", \"Subject-Alt-Name\", \"Value\"",
    );
    bad(
        "regex a",
        "4:7: a: expected a space after regex, and \"…\" or /…/",
    );
    bad(
        "regex /(/",
        "4:7: /(/: expected a regular expression: unclosed group",
    );
    bad(
        "regex /a\\/",
        "4:7: /a\\/: the regular expression is not closed, expected a second slash",
    );
}
