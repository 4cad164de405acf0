use super::{Parsed, Parser};
use crate::{
    Problem, Spanned,
    ast::{CertificateField, Query, QueryKind},
};

/// All queries. None begins like another.
pub(super) const QUERIES: [&str; 18] = [
    "status",
    "version",
    "url",
    "header",
    "cookie",
    "body",
    "xpath",
    "jsonpath",
    "regex",
    "variable",
    "duration",
    "bytes",
    "rawbytes",
    "sha256",
    "md5",
    "certificate",
    "ip",
    "redirects",
];

const FIELDS: [(&str, CertificateField); 7] = [
    ("\"Subject\"", CertificateField::Subject),
    ("\"Issuer\"", CertificateField::Issuer),
    ("\"Start-Date\"", CertificateField::StartDate),
    ("\"Expire-Date\"", CertificateField::ExpireDate),
    ("\"Serial-Number\"", CertificateField::SerialNumber),
    ("\"Subject-Alt-Name\"", CertificateField::SubjectAltName),
    ("\"Value\"", CertificateField::Value),
];

impl Parser<'_> {
    /// What is taken of the answer, if it comes next.
    pub(super) fn query(&mut self) -> Parsed<Option<Query>> {
        let start = self.at;
        let Some(name) = QUERIES.into_iter().find(|name| self.sees(name)) else {
            return Ok(None);
        };
        self.at += name.len();
        let kind = match name {
            "status" => QueryKind::Status,
            "version" => QueryKind::Version,
            "url" => QueryKind::Url,
            "header" => QueryKind::Header(self.argument("header")?),
            "cookie" => QueryKind::Cookie(self.cookie_query()?),
            "body" => QueryKind::Body,
            "xpath" => QueryKind::XPath(self.argument("xpath")?),
            "jsonpath" => QueryKind::JsonPath(self.argument("jsonpath")?),
            "regex" => QueryKind::Regex(self.pattern_after("regex")?),
            "variable" => QueryKind::Variable(self.argument("variable")?),
            "duration" => QueryKind::Duration,
            "bytes" => QueryKind::Bytes,
            "rawbytes" => QueryKind::RawBytes,
            "sha256" => QueryKind::Sha256,
            "md5" => QueryKind::Md5,
            "certificate" => QueryKind::Certificate(self.certificate_field()?),
            "ip" => QueryKind::Ip,
            _ => QueryKind::Redirects,
        };
        Ok(Some(Spanned::new(kind, self.span_from(start))))
    }

    fn certificate_field(&mut self) -> Parsed<CertificateField> {
        self.some_spaces("expected a space after certificate")?;
        for (written, field) in FIELDS {
            if self.eat(written) {
                return Ok(field);
            }
        }
        let names: Vec<&str> = FIELDS.iter().map(|(written, _)| *written).collect();
        let message = format!("expected one of {}", names.join(", "));
        Err(Problem::new(self.word(), message))
    }
}
