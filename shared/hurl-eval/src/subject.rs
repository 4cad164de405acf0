//! What a check looks at, as it is written.

use hurl::ast::{
    CertificateField, CookieAttribute, CookieQuery, Filter, Pattern, Query, QueryKind, Template,
};

use crate::{filter, text::template_source};

/// A query and its filters: `jsonpath "$.id" toInt`.
pub(crate) fn subject(query: &Query, filters: &[Filter]) -> String {
    let mut out = written(&query.value);
    for filter in filters {
        out.push(' ');
        out.push_str(filter::name(&filter.value));
    }
    out
}

/// A header: `header "Location"`.
pub(crate) fn header(name: &Template) -> String {
    quoted("header", name)
}

fn written(query: &QueryKind) -> String {
    let word = match query {
        QueryKind::Status => "status",
        QueryKind::Version => "version",
        QueryKind::Url => "url",
        QueryKind::Body => "body",
        QueryKind::Bytes => "bytes",
        QueryKind::RawBytes => "rawbytes",
        QueryKind::Duration => "duration",
        QueryKind::Sha256 => "sha256",
        QueryKind::Md5 => "md5",
        QueryKind::Ip => "ip",
        QueryKind::Redirects => "redirects",
        QueryKind::Header(name) => return header(name),
        QueryKind::Cookie(query) => return cookie(query),
        QueryKind::XPath(expression) => return quoted("xpath", expression),
        QueryKind::JsonPath(path) => return quoted("jsonpath", path),
        QueryKind::Variable(name) => return quoted("variable", name),
        QueryKind::Regex(Pattern::Text(template)) => return quoted("regex", template),
        QueryKind::Regex(Pattern::Literal(regex)) => {
            return format!("regex /{}/", regex.0.as_str());
        }
        QueryKind::Certificate(field) => return format!("certificate {:?}", field_name(*field)),
    };
    word.to_owned()
}

fn quoted(word: &str, template: &Template) -> String {
    format!("{word} \"{}\"", template_source(template))
}

fn cookie(query: &CookieQuery) -> String {
    let name = template_source(&query.name);
    let attribute = match query.attribute.as_ref().map(|a| a.value) {
        None => return format!("cookie \"{name}\""),
        Some(CookieAttribute::Value) => "Value",
        Some(CookieAttribute::Expires) => "Expires",
        Some(CookieAttribute::MaxAge) => "Max-Age",
        Some(CookieAttribute::Domain) => "Domain",
        Some(CookieAttribute::Path) => "Path",
        Some(CookieAttribute::Secure) => "Secure",
        Some(CookieAttribute::HttpOnly) => "HttpOnly",
        Some(CookieAttribute::SameSite) => "SameSite",
    };
    format!("cookie \"{name}[{attribute}]\"")
}

fn field_name(field: CertificateField) -> &'static str {
    match field {
        CertificateField::Subject => "Subject",
        CertificateField::Issuer => "Issuer",
        CertificateField::StartDate => "Start-Date",
        CertificateField::ExpireDate => "Expire-Date",
        CertificateField::SerialNumber => "Serial-Number",
        CertificateField::SubjectAltName => "Subject-Alt-Name",
        CertificateField::Value => "Value",
    }
}
