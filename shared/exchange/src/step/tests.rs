use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use hurl_eval::HttpVersion;

use super::*;
use crate::Payload;

fn pair(name: &str, value: &str) -> Pair {
    (name.to_owned(), value.to_owned())
}

fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        basic_auth: None,
        payload: Payload::Empty,
    }
}

fn body(text: &str) -> Payload {
    Payload::Bytes {
        bytes: text.into(),
        content_type: Some("application/json".to_owned()),
    }
}

fn following(redirects: Redirects) -> Options {
    Options {
        redirects,
        ..Options::default()
    }
}

fn answer(status: u16, location: &str) -> Answer {
    Answer {
        version: HttpVersion::Http11,
        status,
        headers: vec![pair("location", location)],
        body: Vec::new(),
        url: String::new(),
        duration: Duration::ZERO,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate: None,
    }
}

/// The lines of all headers, after those that every request has.
fn lines(step: &Step, jar: &[&str]) -> Vec<String> {
    let jar: Vec<String> = jar.iter().map(|c| (*c).to_owned()).collect();
    let headers = step.headers(&jar).unwrap();
    let lines = headers.iter().map(|(n, v)| format!("{n}: {v}"));
    let usual = [
        "Host: h",
        "Accept: */*",
        &format!("User-Agent: {USER_AGENT}"),
    ];
    lines
        .filter(|line| !usual.contains(&line.as_str()))
        .collect()
}

fn first(request: &Request, options: &Options) -> Step {
    Step::first(request, options).unwrap()
}

#[test]
fn a_plain_request_says_little() {
    let step = first(&request("GET", "http://h/"), &Options::default());
    let all = step.headers(&[]).unwrap();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Host", "Accept", "User-Agent"]);
    assert!(USER_AGENT.starts_with("greenlight/"));
    // Without a body, there is no word about one.
    let step = first(&request("POST", "http://h/"), &Options::default());
    assert_eq!(lines(&step, &[]), [""; 0]);
}

#[test]
fn all_there_is_in_its_order() {
    let mut all = request("POST", "http://h/");
    all.headers = vec![pair("x-a", "1"), pair("x-empty", ""), pair("X-A", "2")];
    all.cookies = vec![pair("mine", "1"), pair("b", "2")];
    all.payload = body("{}");
    let options = Options {
        compressed: true,
        user: Some(pair("u", "p")),
        headers: vec![pair("x-opt", "1")],
        ..Options::default()
    };
    assert_eq!(
        lines(&first(&all, &options), &["jar=1"]),
        [
            "Cookie: jar=1; mine=1; b=2",
            "x-a: 1",
            "x-empty: ",
            "X-A: 2",
            "x-opt: 1",
            "Content-Type: application/json",
            "Authorization: Basic dTpw",
            "Accept-Encoding: gzip, deflate, br",
            "Content-Length: 2",
        ]
    );
}

#[test]
fn a_header_of_the_users_wins() {
    let mut own = request("PUT", "http://u:p@h:81/");
    for (name, value) in [
        ("host", "other"),
        ("ACCEPT", "text/plain"),
        ("user-agent", ""),
        ("content-type", "text/x"),
        ("authorization", "mine"),
        ("cookie", "hand=1"),
        ("accept-encoding", "br"),
        ("content-length", "2"),
    ] {
        own.headers.push(pair(name, value));
    }
    own.cookies = vec![pair("mine", "1")];
    own.payload = body("{}");
    let options = Options {
        compressed: true,
        user: Some(pair("u", "p")),
        ..Options::default()
    };
    assert_eq!(
        lines(&first(&own, &options), &["jar=1"]),
        [
            "Host: other",
            // The jar's cookies are sent in any case.
            "Cookie: jar=1",
            "ACCEPT: text/plain",
            "user-agent: ",
            "content-type: text/x",
            "authorization: mine",
            "cookie: hand=1",
            "accept-encoding: br",
            "content-length: 2",
        ]
    );
    // So does one of the options.
    own.headers.clear();
    own.cookies.clear();
    let options = Options {
        headers: vec![pair("Content-Type", "text/y"), pair("Authorization", "opt")],
        ..options
    };
    let step = first(&own, &options);
    let found = lines(&step, &[]);
    assert!(
        found.contains(&"Content-Type: text/y".to_owned()),
        "{found:?}"
    );
    assert!(
        !found.iter().any(|line| line.contains("Basic")),
        "{found:?}"
    );
}

#[test]
fn a_table_of_who_asks() {
    for (url, section, user, sent) in [
        (
            "http://u:p%40x@h/",
            None,
            None,
            vec!["Authorization: Basic dTpwQHg="],
        ),
        ("http://u@h/", None, None, vec!["Authorization: Basic dTo="]),
        (
            "http://:p@h/",
            None,
            None,
            vec!["Authorization: Basic OnA="],
        ),
        (
            "http://h/",
            Some(("bob", "pw")),
            None,
            vec!["Authorization: Basic Ym9iOnB3"],
        ),
        (
            "http://u:p@h/",
            Some(("bob", "pw")),
            Some(("x", "y")),
            vec!["Authorization: Basic Ym9iOnB3"],
        ),
        (
            "http://bob:pw@h/",
            None,
            Some(("u", "p")),
            vec!["Authorization: Basic dTpw"],
        ),
    ] {
        let mut asked = request("GET", url);
        asked.basic_auth = section.map(|(u, p)| pair(u, p));
        let options = Options {
            user: user.map(|(u, p)| pair(u, p)),
            ..Options::default()
        };
        assert_eq!(lines(&first(&asked, &options), &[]), sent, "{url}");
    }
}

#[test]
fn a_head_has_no_body() {
    let mut head = request("HEAD", "http://h/");
    head.payload = body("{}");
    let step = first(&head, &Options::default());
    assert_eq!(lines(&step, &[]), ["Content-Type: application/json"]);
    assert!(step.payload().is_empty());
}

#[test]
fn a_table_of_what_is_impossible() {
    let with = |name: &str, value: &str| Request {
        headers: vec![pair(name, value)],
        payload: body("{}"),
        ..request("POST", "http://h/")
    };
    for (asked, why) in [
        (request("GE T", "http://h/"), "\"GE T\" is no method"),
        (request("CONNECT", "http://h/"), "tunnel"),
        (request("GET", "ftp://h/"), "ftp:// is not supported"),
        (with("Content-Length", "3"), "is not the body's length, 2"),
        (with("a b", "1"), "\"a b\" is no name of a header"),
        (with("x-ü", "1"), "is no name of a header"),
        (
            with("x-token", "s3cr3t\r\nx: y"),
            "x-token holds a line break",
        ),
    ] {
        let made = Step::first(&asked, &Options::default());
        let made = made.and_then(|step| step.headers(&[]));
        let error = made.and_then(|headers| header_map(&headers)).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}

#[test]
fn a_table_of_methods_after_redirects() {
    for (status, method, next) in [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (302, "DELETE", "GET"),
        (303, "HEAD", "GET"),
        (300, "POST", "POST"),
        (304, "POST", "POST"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ] {
        let mut asked = request(method, "http://h/a/b");
        asked.payload = body("{}");
        asked.query = vec![pair("q", "1")];
        let options = following(Redirects::Follow);
        let step = first(&asked, &options);
        let next_step = step.next(&answer(status, "../c?d#e"), &step.address, &options);
        let next_step = next_step.unwrap().unwrap();
        assert_eq!(next_step.method, next, "{status} {method}");
        assert_eq!(next_step.address.raw, "http://h/c?d#e");
        let kept = next_step.body.bytes == "{}";
        assert_eq!(kept, method == next, "{status} {method}");
        let named = lines(&next_step, &[])
            .iter()
            .any(|l| l.starts_with("Content-Type"));
        assert_eq!(named, kept, "{status} {method}");
    }
}

#[test]
fn what_is_no_redirect_ends_it() {
    let asked = request("GET", "http://h/");
    let follow = following(Redirects::Follow);
    let step = first(&asked, &follow);
    let ends = |answer: &Answer, options: &Options| {
        let next = step.next(answer, &step.address, options);
        next.unwrap().is_none()
    };
    assert!(ends(&answer(302, "/x"), &Options::default()));
    assert!(ends(&answer(200, "/x"), &follow));
    assert!(ends(&answer(401, "/x"), &follow));
    let mut nowhere = answer(302, "/x");
    nowhere.headers.clear();
    assert!(ends(&nowhere, &follow));
    assert!(!ends(&answer(302, ""), &follow));
    for (location, why) in [
        ("ftp://h/", "ftp:// is not supported"),
        ("mailto:a@b", "no scheme"),
        ("http://h:0/", "port is 0"),
        ("http://[", "can't be read"),
    ] {
        let BadLocation(error) = step
            .next(&answer(302, location), &step.address, &follow)
            .unwrap_err();
        assert!(error.contains(why), "{location}: {error}");
    }
}

#[test]
fn credentials_stay_with_the_first_origin() {
    let mut asked = request("GET", "http://u:p@h/");
    asked.headers = vec![
        pair("Authorization", "mine"),
        pair("Cookie", "hand=1"),
        pair("X", "1"),
    ];
    asked.cookies = vec![pair("mine", "1")];
    let secrets = |step: &Step| {
        let found = lines(step, &[]);
        let secret = |l: &&String| l.contains("Authorization") || l.contains("hand=1");
        found.iter().filter(secret).count()
    };
    for (redirects, location, count) in [
        (Redirects::Follow, "/other", 2),
        (Redirects::Follow, "http://H:80/other", 2),
        (Redirects::Follow, "http://h:81/", 0),
        (Redirects::Follow, "https://h/", 0),
        (Redirects::Follow, "http://other/", 0),
        (Redirects::FollowTrusted, "http://other/", 2),
    ] {
        let options = following(redirects);
        let step = first(&asked, &options);
        let next = step.next(&answer(302, location), &step.address, &options);
        let next = next.unwrap().unwrap();
        assert_eq!(secrets(&next), count, "{location}");
        assert!(lines(&next, &[]).contains(&"X: 1".to_owned()));
        // What is gone stays gone.
        let home = next.next(&answer(302, "http://h/"), &step.address, &options);
        assert_eq!(secrets(&home.unwrap().unwrap()), count, "{location}");
    }
    // Those of the option too, and those in the URL go with the URL.
    let options = Options {
        user: Some(pair("u", "p")),
        ..following(Redirects::Follow)
    };
    let step = first(&request("GET", "http://a:b@h/"), &options);
    let other = step.next(&answer(302, "http://other/"), &step.address, &options);
    assert_eq!(secrets(&other.unwrap().unwrap()), 0);
}

#[test]
fn cookies_are_for_the_host_that_is_named() {
    for (url, host, found) in [
        ("http://h:81/", None, "h"),
        ("http://[::1]:81/", None, "::1"),
        ("http://h/", Some("other:80"), "other"),
        ("http://h/", Some("[::1]:80"), "::1"),
    ] {
        let mut asked = request("GET", url);
        asked.headers.extend(host.map(|host| pair("Host", host)));
        let step = first(&asked, &Options::default());
        assert_eq!(step.cookie_host(), found);
    }
}
