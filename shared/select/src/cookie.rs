//! Cookies as an answer sets them (RFC 6265, section 4.1).

/// A cookie as one `Set-Cookie` header has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    attributes: Vec<(String, Option<String>)>,
}

/// Reads the value of a `Set-Cookie` header. None: it sets no cookie.
pub fn parse(header: &str) -> Option<Cookie> {
    let (name, rest) = header.split_once('=')?;
    let mut parts = rest.split(';');
    let value = parts.next().unwrap_or_default();
    let attribute = |part: &str| match part.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), Some(value.trim().to_owned())),
        None => (part.trim().to_owned(), None),
    };
    Some(Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        attributes: parts.map(attribute).collect(),
    })
}

impl Cookie {
    /// `Expires`, as written.
    pub fn expires(&self) -> Option<&str> {
        self.text("Expires")
    }

    /// `Max-Age` in seconds; None also if it is no number.
    pub fn max_age(&self) -> Option<i64> {
        self.text("Max-Age")?.parse().ok()
    }

    /// `Domain`.
    pub fn domain(&self) -> Option<&str> {
        self.text("Domain")
    }

    /// `Path`.
    pub fn path(&self) -> Option<&str> {
        self.text("Path")
    }

    /// `SameSite`.
    pub fn same_site(&self) -> Option<&str> {
        self.text("SameSite")
    }

    /// Whether it has `Secure`.
    pub fn secure(&self) -> bool {
        self.flag("Secure")
    }

    /// Whether it has `HttpOnly`.
    pub fn http_only(&self) -> bool {
        self.flag("HttpOnly")
    }

    fn text(&self, name: &str) -> Option<&str> {
        let mut own = self
            .attributes
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        own.find_map(|(_, value)| value.as_deref())
    }

    fn flag(&self, name: &str) -> bool {
        let mut own = self.attributes.iter();
        own.any(|(key, value)| key.eq_ignore_ascii_case(name) && value.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_and_its_attributes() {
        let text = "sid=a=b; Path=/x; domain=shop.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax; Expires=Wed, 21 Oct 2015 07:28:00 GMT";
        let cookie = parse(text).unwrap();
        assert_eq!(
            (cookie.name.as_str(), cookie.value.as_str()),
            ("sid", "a=b")
        );
        assert_eq!(cookie.path(), Some("/x"));
        assert_eq!(cookie.domain(), Some("shop.test"));
        assert_eq!(cookie.max_age(), Some(60));
        assert!(cookie.secure() && cookie.http_only());
        assert_eq!(cookie.same_site(), Some("Lax"));
        assert_eq!(cookie.expires(), Some("Wed, 21 Oct 2015 07:28:00 GMT"));
    }

    #[test]
    fn what_is_missing_is_missing() {
        let cookie = parse("sid=; Max-Age=soon; Path").unwrap();
        assert_eq!(cookie.value, "");
        assert_eq!(
            (cookie.max_age(), cookie.path(), cookie.secure()),
            (None, None, false)
        );
        assert_eq!(parse("nonsense"), None);
    }
}
