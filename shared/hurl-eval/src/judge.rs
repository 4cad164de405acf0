//! An answer against what it must be.

use hurl::ast::{Assert, Body, Capture, CookieAttribute, Pair, QueryKind, Response, Version};

use crate::{
    Answer, Fault, HttpVersion, Miss, Scene, Value,
    body::{self, Rendered},
    filter,
    page::Page,
    predicate, query, show, subject, text,
};

/// Version and status: what is judged before anything is captured.
pub fn judge_status(response: &Response, answer: &Answer) -> Vec<Miss> {
    let mut misses = Vec::new();
    let (wanted, holds) = match response.version.value {
        Version::Any => ("HTTP", true),
        Version::Http10 => ("HTTP/1.0", answer.version == HttpVersion::Http10),
        Version::Http11 => ("HTTP/1.1", answer.version == HttpVersion::Http11),
        Version::Http2 => ("HTTP/2", answer.version == HttpVersion::Http2),
        Version::Http3 => ("HTTP/3", false),
    };
    if !holds {
        misses.push(Miss {
            span: response.version.span,
            subject: "version".to_owned(),
            expected: wanted.to_owned(),
            actual: answer.version.to_string(),
            remedy: None,
        });
    }
    if let Some(status) = response.status.value
        && status != u64::from(answer.status)
    {
        misses.push(Miss {
            span: response.status.span,
            subject: "status".to_owned(),
            expected: status.to_string(),
            actual: answer.status.to_string(),
            remedy: None,
        });
    }
    misses
}

/// The name and the value of a capture.
///
/// # Errors
/// Nothing was found, or a filter can't work on it, or what must become a
/// secret is no string.
pub fn capture(capture: &Capture, scene: Scene<'_>) -> Result<(String, Value), Fault> {
    let page = page(scene).map_err(|e| Fault::new(capture.span, e))?;
    let name = text(&capture.name, scene.variables, scene.around)?;
    let Some(found) = query::run(&capture.query, scene, &page)? else {
        let what = format!(
            "{} found nothing to capture",
            subject::subject(&capture.query, &[])
        );
        return Err(Fault::new(capture.query.span, what));
    };
    let Some(value) = filter::run(&capture.filters, Some(found), scene)? else {
        let span = capture.filters.last().map_or(capture.span, |f| f.span);
        let what = format!(
            "{} found nothing to capture",
            subject::subject(&capture.query, &capture.filters)
        );
        return Err(Fault::new(span, what));
    };
    if capture.redact && !matches!(value, Value::Text(_)) {
        let what = format!(
            "only a string can be a secret; this value's type is {}",
            value.kind()
        );
        return Err(Fault::new(capture.name.span, what).with_remedy("add the filter toString"));
    }
    Ok((name, value))
}

/// Headers, body and `[Asserts]`, in this order; every miss, not only the
/// first.
pub fn judge(response: &Response, scene: Scene<'_>) -> Vec<Miss> {
    let page = match page(scene) {
        Ok(page) => page,
        Err(e) => return vec![unanswered(response.span, e)],
    };
    let headers = response
        .headers
        .iter()
        .filter_map(|h| header(h, scene, &page));
    let body = response
        .body
        .iter()
        .filter_map(|b| same_body(b, scene, &page));
    let asserts = response
        .asserts
        .iter()
        .filter_map(|assert| one(assert, scene, &page).err());
    headers.chain(body).chain(asserts).collect()
}

/// One assertion.
///
/// # Errors
/// What it must be, and what it is.
pub fn assert(assert: &Assert, scene: Scene<'_>) -> Result<(), Miss> {
    match page(scene) {
        Ok(page) => one(assert, scene, &page),
        Err(e) => Err(unanswered(assert.span, e)),
    }
}

/// The answer that checks look at: the last one.
fn page(scene: Scene<'_>) -> Result<Page<'_>, &'static str> {
    scene
        .answers
        .last()
        .map(Page::new)
        .ok_or("there is no answer")
}

fn unanswered(span: hurl::Span, what: &str) -> Miss {
    Miss {
        span,
        subject: "response".to_owned(),
        expected: "an answer".to_owned(),
        actual: what.to_owned(),
        remedy: None,
    }
}

/// A fault becomes a miss: what should be judged could not be.
fn missed(fault: Fault, subject: String, expected: String) -> Miss {
    Miss {
        span: fault.span,
        subject,
        expected,
        actual: fault.what,
        remedy: fault
            .remedy
            .or_else(|| Some("it could not be evaluated".to_owned())),
    }
}

fn one(assert: &Assert, scene: Scene<'_>, page: &Page<'_>) -> Result<(), Miss> {
    let subject = || subject::subject(&assert.query, &assert.filters);
    let faulty = |fault| {
        missed(
            fault,
            subject(),
            predicate::described(&assert.predicate, scene),
        )
    };
    let found = query::run(&assert.query, scene, page).map_err(faulty)?;
    let found_any = found.is_some();
    let value = filter::run(&assert.filters, found, scene).map_err(faulty)?;
    match predicate::judge(&assert.predicate, value.as_ref(), scene).map_err(faulty)? {
        None => Ok(()),
        Some(wrong) => Err(Miss {
            span: assert.predicate.span,
            subject: subject(),
            expected: wrong.expected,
            // A cookie opens what a password opens.
            actual: match is_cookie(&assert.query.value) && found_any {
                true => "another value, which is not shown: it is a cookie's".to_owned(),
                false => wrong.actual,
            },
            remedy: wrong.remedy,
        }),
    }
}

/// Whether a query finds what a cookie holds.
fn is_cookie(query: &QueryKind) -> bool {
    match query {
        QueryKind::Cookie(cookie) => cookie
            .attribute
            .as_ref()
            .is_none_or(|a| a.value == CookieAttribute::Value),
        QueryKind::Header(name) => name
            .literal()
            .is_some_and(|name| name.eq_ignore_ascii_case("set-cookie")),
        _ => false,
    }
}

/// A header that the answer must carry; of several with its name, one suffices.
fn header(pair: &Pair, scene: Scene<'_>, page: &Page<'_>) -> Option<Miss> {
    let subject = subject::header(&pair.key);
    let render = |template| text(template, scene.variables, scene.around);
    let (expected, name) = match render(&pair.value).and_then(|v| Ok((v, render(&pair.key)?))) {
        Ok(rendered) => rendered,
        Err(fault) => return Some(missed(fault, subject, "a value to compare with".to_owned())),
    };
    let values: Vec<&str> = page.answer.header(&name).collect();
    if values.contains(&expected.as_str()) {
        return None;
    }
    let several = || {
        Value::List(
            values
                .iter()
                .map(|v| Value::Text((*v).to_owned()))
                .collect(),
        )
    };
    let (span, actual) = match values.as_slice() {
        [] => (pair.key.span, "no such header".to_owned()),
        _ if name.eq_ignore_ascii_case("set-cookie") => (
            pair.value.span,
            "another value, which is not shown: it is a cookie's".to_owned(),
        ),
        [one] => {
            let (expected, actual) = show::difference(&expected, one, scene.variables);
            return Some(Miss {
                span: pair.value.span,
                subject,
                expected,
                actual,
                remedy: None,
            });
        }
        _ => (pair.value.span, show::short(&several(), scene.variables)),
    };
    Some(Miss {
        span,
        subject,
        expected: show::short(&Value::Text(expected), scene.variables),
        actual,
        remedy: None,
    })
}

/// The body that an answer must have: its text, character for character, or
/// its bytes.
fn same_body(body: &Body, scene: Scene<'_>, page: &Page<'_>) -> Option<Miss> {
    let subject = "body".to_owned();
    let rendered = match body::rendered(body, scene.variables, scene.around) {
        Ok(rendered) => rendered,
        Err(fault) => return Some(missed(fault, subject, "a body to compare with".to_owned())),
    };
    let faulty = |what: &str| Fault::new(body.span, what);
    let compared = match &rendered {
        Rendered::Text(expected) => page.text().map_err(faulty).map(|actual| {
            (actual != expected).then(|| show::difference(expected, actual, scene.variables))
        }),
        Rendered::Bytes(expected) => page
            .bytes()
            .map_err(faulty)
            .map(|actual| (actual != expected).then(|| show::byte_difference(expected, actual))),
    };
    match compared {
        Ok(None) => None,
        Ok(Some((expected, actual))) => Some(Miss {
            span: body.span,
            subject,
            expected,
            actual,
            remedy: None,
        }),
        Err(fault) => Some(missed(fault, subject, "a body that can be read".to_owned())),
    }
}

#[cfg(test)]
mod tests;
