use crate::{each_is_bad, problem};

#[test]
fn options_that_cannot_be_used_are_refused_by_name_with_a_reason() {
    for name in [
        "aws-sigv4",
        "digest",
        "http3",
        "limit-rate",
        "negotiate",
        "netrc",
        "netrc-file",
        "netrc-optional",
        "ntlm",
        "output",
        "pinnedpubkey",
        "proxy",
        "unix-socket",
    ] {
        let text = format!("GET http://h\n[Options]\nretry: 1\n  {name} : false\nHTTP 200\n");
        let problem = problem(&text);
        let option = &text[problem.span.start as usize..problem.span.end as usize];
        assert_eq!(option, name);
        let start = format!("the option {name} can't be used here: ");
        assert!(problem.message.starts_with(&start), "{problem}");
        assert!(problem.message.len() > start.len() && problem.remedy.is_some());
    }
}

#[test]
fn http_3_is_refused() {
    each_is_bad(&[(
        "GET http://h\nHTTP/3 200\n",
        "2:1: HTTP/3: HTTP/3 can't be demanded: it is not spoken here",
    )]);
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let limit = greenlight_hurl::Source::MAX_BYTES;
    let mut text = "#".repeat(limit);
    assert!(greenlight_hurl::parse(&text).is_ok());
    text.push('#');
    let problem = problem(&text);
    assert!(problem.message.contains("at most 16 MiB"), "{problem}");
}
