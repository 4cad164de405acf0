use std::time::Duration;

use greenlight_hurl::ast::{Count, Number, OptionKind, Setting, VariableValue, Verbosity};

use crate::{each_is_bad, marked, option, request, shown};

/// Makes an option of a setting.
type Kind = fn(Setting<bool>) -> OptionKind;

#[test]
fn options_with_true_or_false() {
    use OptionKind as O;
    let table: [(&str, Kind); 11] = [
        ("compressed", O::Compressed),
        ("http1.0", O::Http10),
        ("http1.1", O::Http11),
        ("http2", O::Http2),
        ("insecure", O::Insecure),
        ("ipv4", O::Ipv4),
        ("ipv6", O::Ipv6),
        ("location", O::Location),
        ("location-trusted", O::LocationTrusted),
        ("path-as-is", O::PathAsIs),
        ("skip", O::Skip),
    ];
    for (name, kind) in table {
        assert_eq!(
            option(&format!("{name}: true")).value,
            kind(Setting::Literal(true))
        );
        assert_eq!(
            option(&format!("{name}:false # c")).value,
            kind(Setting::Literal(false))
        );
        let placeholder = option(&format!("{name} : {{{{ a }}}}"));
        assert!(
            format!("{placeholder:?}").contains("Variable(\"a\")"),
            "{name}"
        );
    }
}

#[test]
fn durations() {
    let table = [
        ("0", Duration::ZERO),
        ("1500", Duration::from_millis(1500)),
        ("20ms", Duration::from_millis(20)),
        ("3s", Duration::from_secs(3)),
        ("2m", Duration::from_secs(120)),
        ("1h", Duration::from_secs(3600)),
        ("18446744073709551615h", Duration::from_millis(u64::MAX)),
    ];
    for (text, duration) in table {
        let literal = Setting::Literal(duration);
        let found = |name: &str| option(&format!("{name}: {text}")).value;
        assert_eq!(found("delay"), OptionKind::Delay(literal.clone()));
        assert_eq!(
            found("retry-interval"),
            OptionKind::RetryInterval(literal.clone())
        );
        assert_eq!(found("max-time"), OptionKind::MaxTime(literal.clone()));
        assert_eq!(
            found("connect-timeout"),
            OptionKind::ConnectTimeout(literal)
        );
    }
}

#[test]
fn counts() {
    let table = [
        ("0", Count::Finite(0)),
        ("-0", Count::Finite(0)),
        ("12", Count::Finite(12)),
        ("9223372036854775807", Count::Finite(u32::MAX)),
        ("-1", Count::Infinite),
    ];
    for (text, count) in table {
        let found = |name: &str| option(&format!("{name}: {text}")).value;
        assert_eq!(found("retry"), OptionKind::Retry(Setting::Literal(count)));
        assert_eq!(found("repeat"), OptionKind::Repeat(Setting::Literal(count)));
        assert_eq!(
            found("max-redirs"),
            OptionKind::MaxRedirects(Setting::Literal(count))
        );
    }
}

#[test]
fn how_much_is_shown() {
    let table = [
        ("verbose: true", Verbosity::Verbose),
        ("verbose: false", Verbosity::Brief),
        ("very-verbose: true", Verbosity::Debug),
        ("very-verbose: false", Verbosity::Brief),
        ("verbosity: brief", Verbosity::Brief),
        ("verbosity: verbose", Verbosity::Verbose),
        ("verbosity: debug", Verbosity::Debug),
    ];
    for (line, level) in table {
        assert_eq!(
            option(line).value,
            OptionKind::Verbose(Setting::Literal(level)),
            "{line}"
        );
    }
}

#[test]
fn options_with_text() {
    let text = |line: &str| match option(line).value {
        OptionKind::CaCertificate(t)
        | OptionKind::ClientCertificate(t)
        | OptionKind::ClientKey(t)
        | OptionKind::ConnectTo(t)
        | OptionKind::Header(t)
        | OptionKind::Resolve(t)
        | OptionKind::User(t) => shown::template(&t),
        other => panic!("{other:?}"),
    };
    let table = [
        (r"cacert: a\ b.pem", "a b.pem"),
        (r"cert: a\:b.pem:secret", r"a\:b.pem:secret"),
        ("key: {{k}}.pem # c", "<k>.pem"),
        ("connect-to: a:1:b:2", "a:1:b:2"),
        ("header: X: {{y}} z", "X: <y> z"),
        ("resolve: h:80:127.0.0.1", "h:80:127.0.0.1"),
        ("user: bob:{{password}}", "bob:<password>"),
    ];
    for (line, expected) in table {
        assert_eq!(text(line), expected, "{line}");
    }
}

#[test]
fn variables() {
    let value = |line: &str| match option(&format!("variable: {line}")).value {
        OptionKind::Variable { name, value } => {
            let value = match *value {
                VariableValue::Null => "null".to_owned(),
                VariableValue::Bool(value) => value.to_string(),
                VariableValue::Number(Number::Big(digits)) => format!("big {digits}"),
                VariableValue::Number(number) => format!("{number:?}"),
                VariableValue::Text(text) => format!("{:?}", shown::template(&text)),
            };
            format!("{name}={value}")
        }
        other => panic!("{other:?}"),
    };
    let table = [
        ("a=null", "a=null"),
        ("a = true # c", "a=true"),
        ("é-_1=false", "é-_1=false"),
        ("a=-5", "a=Integer(-5)"),
        ("a=1.5", "a=Float(1.5)"),
        ("a=99999999999999999999", "a=big 99999999999999999999"),
        ("a=", "a=\"\""),
        ("a=-", "a=\"-\""),
        ("a=b c", "a=\"b c\""),
        ("a=\"12\"", "a=\"12\""),
        ("a={{b}}", "a=\"<b>\""),
        ("getEnvs=1", "getEnvs=Integer(1)"),
    ];
    for (line, expected) in table {
        assert_eq!(value(line), expected, "{line}");
    }
}

#[test]
fn an_option_has_its_place() {
    let text = "GET http://h\n[Options]\n  retry : 3 # c\n\nskip: {{s}}\nHTTP 200";
    let options = {
        let file = greenlight_hurl::parse(text).unwrap();
        file.entries[0].request.options.clone()
    };
    let places: Vec<&str> = options.iter().map(|o| marked(text, o.span)).collect();
    assert_eq!(places, ["retry : 3", "skip: {{s}}"]);
    assert!(request("GET http://h\n[Options]\n{}").body.is_some());
}

#[test]
fn what_is_no_option() {
    let bad = |line: &str, expected: &str| {
        let text = format!("GET http://h\n[Options]\n{line}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    bad(
        "max_redirs: 1",
        "3:1: max_redirs: expected an option's name, not \"max_redirs\"",
    );
    bad(": 1", "3:1: : expected an option's name before the colon");
    bad("retry 1", "3:7: 1: expected a colon after the key");
    bad(
        "retry: x",
        "3:8: x: expected a whole number, or -1 for no limit",
    );
    bad(
        "retry: -2",
        "3:8: -2: expected a number from 0, or -1 for no limit",
    );
    bad(
        "retry: 01",
        "3:8: 01: expected a number without a zero before it",
    );
    bad(
        "retry: 9223372036854775808",
        "3:8: 9223372036854775808: expected a smaller number",
    );
    bad("retry: 1 2", "3:10: 2: expected the end of the line");
    bad(
        "delay: 10d",
        "3:10: d: expected a unit: ms, s, m or h, not \"d\"",
    );
    bad(
        "delay: s",
        "3:8: s: expected a duration such as 500ms or 2s",
    );
    bad(
        "location: yes",
        "3:11: yes: expected true, false or a placeholder",
    );
    bad(
        "location: {{a b}}",
        "3:15: b: expected }} after the variable's name",
    );
    bad(
        "verbosity: loud",
        "3:12: loud: expected brief, verbose or debug",
    );
    bad("cacert: ", "3:9: : expected a file's name");
    bad(
        "variable: =1",
        "3:11: =: expected a variable's name: letters, digits, - and _",
    );
    bad(
        "variable: a",
        "3:12: : expected = after the variable's name",
    );
    bad(
        "variable: newUuid=1",
        "3:11: newUuid: expected another name: newUuid is a function",
    );
    bad(
        "variable: a=12ab",
        "3:15: ab: expected the end of the value, which begins like a number, true, false or null",
    );
}
