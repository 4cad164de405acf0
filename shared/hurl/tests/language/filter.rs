use crate::{assert, each_is_bad, shown};

#[test]
fn filters() {
    let table = [
        ("base64Decode", "Base64Decode"),
        ("base64Encode", "Base64Encode"),
        ("base64UrlSafeDecode", "Base64UrlSafeDecode"),
        ("base64UrlSafeEncode", "Base64UrlSafeEncode"),
        ("charsetDecode \"gb2312\"", "CharsetDecode \"gb2312\""),
        ("count", "Count"),
        ("dateFormat \"%Y\"", "DateFormat \"%Y\""),
        ("daysAfterNow", "DaysAfterNow"),
        ("daysBeforeNow", "DaysBeforeNow"),
        ("decode \"latin1\"", "Decode \"latin1\""),
        ("first", "First"),
        ("format \"{{f}}\"", "Format \"<f>\""),
        ("htmlEscape", "HtmlEscape"),
        ("htmlUnescape", "HtmlUnescape"),
        ("jsonpath \"$.a\"", "JsonPath \"$.a\""),
        ("last", "Last"),
        ("location", "Location"),
        ("nth 2", "Nth 2"),
        ("nth -1", "Nth -1"),
        ("nth {{n}}", "Nth <n>"),
        ("regex \"a\"", "Regex \"a\""),
        ("regex /a/", "Regex /a/"),
        ("replace \"a\" \"b\"", "Replace \"a\" \"b\""),
        ("replaceRegex /a/ \"b\"", "ReplaceRegex /a/ \"b\""),
        ("replaceRegex \"a\"\t\"b\"", "ReplaceRegex \"a\" \"b\""),
        ("split \",\"", "Split \",\""),
        ("toDate \"%+\"", "ToDate \"%+\""),
        ("toFloat", "ToFloat"),
        ("toHex", "ToHex"),
        ("toInt", "ToInt"),
        ("toString", "ToString"),
        ("urlDecode", "UrlDecode"),
        ("urlEncode", "UrlEncode"),
        ("urlQueryParam \"a\"", "UrlQueryParam \"a\""),
        ("utf8Decode", "Utf8Decode"),
        ("utf8Encode", "Utf8Encode"),
        ("xpath \"//a\"", "XPath \"//a\""),
        ("first  count\tlast", "First | Count | Last"),
    ];
    for (text, expected) in table {
        let found = shown::assert(&assert(&format!("body {text} exists")));
        assert_eq!(found, format!("Body | {expected} | Exists"), "{text}");
    }
}

#[test]
fn what_is_no_filter() {
    let bad = |line: &str, expected: &str| {
        let text = format!("GET http://h\nHTTP 200\n[Asserts]\nbody {line}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    let unknown = "expected a filter or a predicate such as == or exists, not";
    bad("cuont == 1", &format!("4:6: cuont: {unknown} \"cuont\""));
    bad("Count == 1", &format!("4:6: Count: {unknown} \"Count\""));
    bad(
        "split",
        "4:11: : expected a space after split, and a string in double quotes",
    );
    bad(
        "split `a`",
        "4:12: `a`: expected a string in double quotes after split",
    );
    bad(
        "replace \"a\"",
        "4:17: : expected a space after the first text, and a string in double quotes",
    );
    bad(
        "nth",
        "4:9: : expected a space after nth, and a whole number",
    );
    bad(
        "nth x",
        "4:10: x: expected a whole number or a placeholder after nth",
    );
    bad(
        "nth 01",
        "4:10: 01: expected a number without a zero before it",
    );
    bad(
        "decode x",
        "4:13: x: expected a string in double quotes after decode",
    );
    bad("countx", &format!("4:6: countx: {unknown} \"countx\""));
}
