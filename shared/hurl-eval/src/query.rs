//! Queries: what is taken of an answer.

use chrono::{DateTime, NaiveDateTime, Utc};
use hurl::{
    Span,
    ast::{CertificateField, CookieAttribute, CookieQuery, Number, Query, QueryKind},
};
use md5::Md5;
use select::{certificate::Certificate, cookie};
use sha2::{Digest, Sha256};

use crate::{Fault, Scene, Value, page::Page, pattern, pick, text};

/// What a query finds; None: there is no such thing in the answer.
pub(crate) fn run(
    query: &Query,
    scene: Scene<'_>,
    page: &Page<'_>,
) -> Result<Option<Value>, Fault> {
    let answer = page.answer;
    let fault = |what: &str| Fault::new(query.span, what);
    let render = |template| text::text(template, scene.variables, scene.around);
    let found = match &query.value {
        QueryKind::Status => integer(i64::from(answer.status)),
        QueryKind::Version => {
            let version = answer.version.to_string();
            Value::Text(version.trim_start_matches("HTTP/").to_owned())
        }
        QueryKind::Url => Value::Text(normal(&answer.url)),
        QueryKind::Header(name) => return Ok(header(page, &render(name)?)),
        QueryKind::Cookie(cookie) => {
            let name = render(&cookie.name)?;
            return cookie_value(page, cookie, &name);
        }
        QueryKind::Body => Value::Text(page.text().map_err(fault)?.to_owned()),
        QueryKind::Bytes => Value::Bytes(page.bytes().map_err(fault)?.to_vec()),
        QueryKind::RawBytes => Value::Bytes(answer.body.clone()),
        QueryKind::Sha256 => Value::Bytes(Sha256::digest(page.bytes().map_err(fault)?).to_vec()),
        QueryKind::Md5 => Value::Bytes(Md5::digest(page.bytes().map_err(fault)?).to_vec()),
        QueryKind::XPath(expression) => {
            let body = page.text().map_err(fault)?;
            let expression = pick::xpath(expression, &render(expression)?)?;
            let found = expression.evaluate(body, pick::markup(page.is_html()));
            pick::found(found.map_err(|e| fault(&format!("XPath on the body: {e}")))?)
        }
        QueryKind::JsonPath(path) => {
            let json = page.json().map_err(fault)?;
            let path = pick::jsonpath(path, &render(path)?)?;
            return Ok(pick::selected(path.select(json)));
        }
        QueryKind::Regex(pattern) => {
            let body = page.text().map_err(fault)?;
            let regex = pattern::regex(pattern, scene.variables, scene.around)?;
            return Ok(pattern::first_group(&regex, body));
        }
        QueryKind::Variable(name) => return Ok(scene.variables.get(&render(name)?).cloned()),
        QueryKind::Duration => {
            integer(i64::try_from(answer.duration.as_millis()).unwrap_or(i64::MAX))
        }
        QueryKind::Certificate(field) => return certificate(page, *field).map_err(|e| fault(&e)),
        QueryKind::Ip => Value::Text(answer.ip.to_string()),
        QueryKind::Redirects => redirects(scene),
    };
    Ok(Some(found))
}

fn integer(n: i64) -> Value {
    Value::Number(Number::Integer(n))
}

/// A URL as its standard writes it: `http://host` becomes `http://host/`.
fn normal(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from)
}

/// One value is a text, several are a list.
fn header(page: &Page<'_>, name: &str) -> Option<Value> {
    let mut values: Vec<Value> = page
        .answer
        .header(name)
        .map(|v| Value::Text(v.to_owned()))
        .collect();
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

/// A cookie's value or attribute. A name that is set twice means the first.
fn cookie_value(page: &Page<'_>, query: &CookieQuery, name: &str) -> Result<Option<Value>, Fault> {
    let mut cookies = page.answer.header("Set-Cookie").filter_map(cookie::parse);
    let Some(cookie) = cookies.find(|cookie| cookie.name == name) else {
        return Ok(None);
    };
    let attribute = query.attribute.as_ref().map(|a| a.value);
    let flag = |there: bool| there.then_some(Value::Present);
    let text = |text: Option<&str>| text.map(|t| Value::Text(t.to_owned()));
    Ok(match attribute.unwrap_or(CookieAttribute::Value) {
        CookieAttribute::Value => Some(Value::Text(cookie.value)),
        CookieAttribute::Expires => match cookie.expires() {
            Some(date) => Some(expiry(date, query.name.span)?),
            None => None,
        },
        CookieAttribute::MaxAge => cookie.max_age().map(integer),
        CookieAttribute::Domain => text(cookie.domain()),
        CookieAttribute::Path => text(cookie.path()),
        CookieAttribute::Secure => flag(cookie.secure()),
        CookieAttribute::HttpOnly => flag(cookie.http_only()),
        CookieAttribute::SameSite => text(cookie.same_site()),
    })
}

/// `Wed, 13 Jan 2021 22:23:01 GMT`, also with dashes in the date.
fn expiry(date: &str, span: Span) -> Result<Value, Fault> {
    if let Ok(date) = DateTime::parse_from_rfc2822(date) {
        return Ok(Value::Date(date.with_timezone(&Utc)));
    }
    match NaiveDateTime::parse_from_str(date, "%a, %d-%b-%Y %H:%M:%S%.3f GMT") {
        Ok(date) => Ok(Value::Date(date.and_utc())),
        Err(_) => Err(Fault::new(
            span,
            "the cookie's Expires is no date that is known",
        )),
    }
}

fn certificate(page: &Page<'_>, field: CertificateField) -> Result<Option<Value>, String> {
    let Some(der) = &page.answer.certificate else {
        return Ok(None);
    };
    let certificate = Certificate::parse(der)?;
    Ok(match field {
        CertificateField::Subject => Some(Value::Text(certificate.subject())),
        CertificateField::Issuer => Some(Value::Text(certificate.issuer())),
        CertificateField::StartDate => Some(Value::Date(certificate.not_before())),
        CertificateField::ExpireDate => Some(Value::Date(certificate.not_after())),
        CertificateField::SerialNumber => Some(Value::Text(certificate.serial())),
        CertificateField::SubjectAltName => certificate.alt_names().map(Value::Text),
        CertificateField::Value => Some(Value::Text(certificate.pem())),
    })
}

/// Every answer but the last one; each led to the one after it.
fn redirects(scene: Scene<'_>) -> Value {
    let targets = scene.answers.iter().skip(1);
    let redirect = |(answer, target): (&crate::Answer, &crate::Answer)| Value::Redirect {
        url: answer.url.clone(),
        status: answer.status,
        location: Some(target.url.clone()),
    };
    Value::List(scene.answers.iter().zip(targets).map(redirect).collect())
}

#[cfg(test)]
mod tests;
