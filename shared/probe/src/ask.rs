//! What an attempt asks, and of whom: a check and a target made into the parts
//! of a request. Pure.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri, header,
    uri::{Authority, PathAndQuery, Scheme},
};
use plan::{GrpcCheck, HttpCheck, WhereTo};
use rustls::pki_types::ServerName;
use url::Url;
use wire::bare_host;

use crate::{classify::Trouble, prober::Target};

/// The name that a probe gives itself.
pub(crate) const USER_AGENT: &str = concat!("greenlight/", env!("CARGO_PKG_VERSION"));

/// An HTTP request, and the name that the server's certificate must be for.
#[derive(Debug, Clone)]
pub(crate) struct HttpAsk {
    /// The name for TLS; absent without TLS.
    pub(crate) name: Option<ServerName<'static>>,
    pub(crate) method: Method,
    /// Absolute: HTTP/2 takes its pseudo-headers from it.
    pub(crate) uri: Uri,
    /// Without `Host`, which is the URI's authority.
    pub(crate) headers: HeaderMap,
    /// The URL without what may be secret.
    pub(crate) shown: String,
}

/// A question to gRPC's health service.
#[derive(Debug, Clone)]
pub(crate) struct GrpcAsk {
    /// The name for TLS; absent without TLS.
    pub(crate) name: Option<ServerName<'static>>,
    /// Scheme and authority.
    pub(crate) origin: Uri,
    pub(crate) service: String,
    /// The address and the service.
    pub(crate) shown: String,
}

/// The request of an HTTP check.
pub(crate) fn http(check: &HttpCheck, target: &Target) -> Result<HttpAsk, Trouble> {
    let (tls, host, authority, path) = match &check.to {
        WhereTo::Path(path) => {
            let authority = authority_of(target, if target.tls { 443 } else { 80 })?;
            (target.tls, target.host.clone(), authority, path_of(path)?)
        }
        WhereTo::Url(url) => from_url(url)?,
    };
    let mut headers = HeaderMap::new();
    let mut wanted_host = None;
    for (name, value) in &check.headers {
        let (name, value) = header_of(name, value)?;
        match name {
            header::HOST if wanted_host.is_some() => {
                return Err(impossible("the header host is given twice"));
            }
            header::HOST => {
                let host = Authority::try_from(value.as_bytes());
                wanted_host = Some(host.map_err(|_| impossible("the header host is no host"))?);
            }
            header::TRANSFER_ENCODING => {
                return Err(impossible(
                    "a probe has no body, and no header transfer-encoding",
                ));
            }
            header::CONTENT_LENGTH if value != "0" => {
                return Err(impossible(
                    "a probe has no body, and no header content-length",
                ));
            }
            name => {
                headers.append(name, value);
            }
        }
    }
    let agent = HeaderValue::from_static(USER_AGENT);
    headers.entry(header::USER_AGENT).or_insert(agent);

    let method = Method::from_bytes(check.method.as_bytes())
        .map_err(|_| impossible(format!("{:?} is no method", check.method)))?;
    if method == Method::CONNECT {
        return Err(impossible("the method CONNECT asks for a tunnel"));
    }
    let scheme = if tls { Scheme::HTTPS } else { Scheme::HTTP };
    let query = if path.query().is_some() { "?…" } else { "" };
    let shown = format!("{scheme}://{authority}{}{query}", path.path());
    Ok(HttpAsk {
        name: tls.then(|| name_of(&host)).transpose()?,
        method,
        uri: uri_of(scheme, wanted_host.unwrap_or(authority), path)?,
        headers,
        shown,
    })
}

/// The question of a gRPC check.
pub(crate) fn grpc(check: &GrpcCheck, target: &Target) -> Result<GrpcAsk, Trouble> {
    let tls = check.tls.unwrap_or(target.tls);
    let authority = match &check.authority {
        Some(text) => text
            .parse::<Authority>()
            .ok()
            .filter(|a| !a.host().is_empty() && !a.as_str().contains('@'))
            .ok_or_else(|| impossible(format!("{text:?} is no authority")))?,
        None => authority_of(target, 0)?,
    };
    let host = match &check.authority {
        Some(_) => authority.host(),
        None => &target.host,
    };
    let name = tls.then(|| name_of(host)).transpose()?;
    let mut shown = format!("grpc://{authority}");
    if !check.service.is_empty() {
        shown.push_str(&format!("/{}", check.service));
    }
    let scheme = if tls { Scheme::HTTPS } else { Scheme::HTTP };
    Ok(GrpcAsk {
        name,
        origin: uri_of(scheme, authority, PathAndQuery::from_static("/"))?,
        service: check.service.clone(),
        shown,
    })
}

/// `10.0.0.7:8080`, `[::1]:8080`.
pub(crate) fn address(target: &Target) -> String {
    match target.host.contains(':') {
        true => format!("[{}]:{}", bare_host(&target.host), target.port),
        false => format!("{}:{}", target.host, target.port),
    }
}

type Parts = (bool, String, Authority, PathAndQuery);

fn from_url(url: &Url) -> Result<Parts, Trouble> {
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        other => {
            return Err(impossible(format!(
                "{other}:// is neither http:// nor https://"
            )));
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(impossible(
            "the URL holds a user or a password; send a header authorization instead",
        ));
    }
    let host = url.host_str().unwrap_or_default();
    let text = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let authority = text
        .parse::<Authority>()
        .map_err(|_| impossible(format!("{text:?} is no host")))?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Ok((tls, host.to_owned(), authority, path_of(&path)?))
}

fn path_of(text: &str) -> Result<PathAndQuery, Trouble> {
    if !text.starts_with('/') {
        return Err(impossible(format!(
            "the path {text:?} doesn't start with /"
        )));
    }
    if let Ok(path) = text.parse::<PathAndQuery>() {
        return Ok(path);
    }
    // A path with a space or the like is sent as a browser would send it.
    let encoded = Url::parse(&format!("http://host{text}"));
    encoded
        .ok()
        .and_then(|url| {
            url[url::Position::BeforePath..url::Position::AfterQuery]
                .parse()
                .ok()
        })
        .ok_or_else(|| impossible("the path holds what no path may hold"))
}

fn header_of(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Trouble> {
    let header = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| impossible(format!("{name:?} is no header name")))?;
    // The value may be a secret, so it is not told.
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| impossible(format!("the value of the header {name} is not allowed")))?;
    value.set_sensitive(true);
    Ok((header, value))
}

fn authority_of(target: &Target, default_port: u16) -> Result<Authority, Trouble> {
    let mut text = address(target);
    if target.port == default_port {
        text.truncate(text.rfind(':').unwrap_or(text.len()));
    }
    text.parse()
        .map_err(|_| impossible(format!("{:?} is no host", target.host)))
}

fn name_of(host: &str) -> Result<ServerName<'static>, Trouble> {
    ServerName::try_from(bare_host(host).to_owned())
        .map_err(|_| impossible(format!("{host:?} is no name for TLS")))
}

fn uri_of(scheme: Scheme, authority: Authority, path: PathAndQuery) -> Result<Uri, Trouble> {
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query(path)
        .build()
        .map_err(|error| impossible(error.to_string()))
}

fn impossible(why: impl Into<String>) -> Trouble {
    Trouble::Impossible(why.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(host: &str, port: u16, tls: bool) -> Target {
        Target {
            label: "the test listener".into(),
            host: host.into(),
            port,
            tls,
        }
    }

    fn path(path: &str) -> HttpCheck {
        HttpCheck::get(WhereTo::Path(path.into()))
    }

    fn url(url: &str) -> HttpCheck {
        HttpCheck::get(WhereTo::Url(url.parse().unwrap()))
    }

    #[test]
    fn a_table_of_requests() {
        for (check, target, uri, name) in [
            (
                path("/up"),
                target("shop.elb", 8081, false),
                "http://shop.elb:8081/up",
                None,
            ),
            (
                path("/up"),
                target("shop.elb", 80, false),
                "http://shop.elb/up",
                None,
            ),
            (
                path("/"),
                target("shop.elb", 443, true),
                "https://shop.elb/",
                Some("shop.elb"),
            ),
            (
                path("/"),
                target("10.0.0.7", 80, true),
                "https://10.0.0.7:80/",
                Some("10.0.0.7"),
            ),
            (
                path("/"),
                target("::1", 8080, true),
                "https://[::1]:8080/",
                Some("::1"),
            ),
            (path("/"), target("::1", 80, false), "http://[::1]/", None),
            (
                path("/a?b=c"),
                target("h", 80, false),
                "http://h/a?b=c",
                None,
            ),
            (
                path("/a b?c=ä"),
                target("h", 80, false),
                "http://h/a%20b?c=%C3%A4",
                None,
            ),
            (path("//a"), target("h", 80, false), "http://h//a", None),
            (
                url("https://shop.example.com/up?x"),
                target("10.0.0.7", 8080, false),
                "https://shop.example.com/up?x",
                Some("shop.example.com"),
            ),
            (
                url("http://shop.example.com:81"),
                target("10.0.0.7", 8080, true),
                "http://shop.example.com:81/",
                None,
            ),
            (
                url("https://[::1]:8/"),
                target("h", 1, false),
                "https://[::1]:8/",
                Some("::1"),
            ),
        ] {
            let ask = http(&check, &target).unwrap();
            assert_eq!(ask.uri.to_string(), uri);
            let found = ask.name.map(|name| name.to_str().into_owned());
            assert_eq!(found.as_deref(), name, "{uri}");
        }
    }

    #[test]
    fn headers_are_sent_as_given() {
        let mut check = path("/");
        check.headers = [("X-A", "1"), ("x-a", "2"), ("HOST", "shop.example.com")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .to_vec();
        let ask = http(&check, &target("10.0.0.7", 80, true)).unwrap();
        assert_eq!(ask.uri.authority().unwrap(), "shop.example.com");
        // The name in the certificate is the target's all the same.
        assert_eq!(ask.name.unwrap().to_str(), "10.0.0.7");
        assert_eq!(ask.headers.get_all("x-a").iter().count(), 2);
        assert!(
            ask.headers[header::USER_AGENT]
                .to_str()
                .unwrap()
                .starts_with("greenlight/")
        );
        assert!(!ask.headers.contains_key(header::HOST));

        check.headers = vec![("User-Agent".into(), "me".into())];
        let ask = http(&check, &target("h", 80, false)).unwrap();
        assert_eq!(ask.headers[header::USER_AGENT], "me");
    }

    #[test]
    fn a_table_of_what_is_impossible() {
        let with = |name: &str, value: &str| HttpCheck {
            headers: vec![(name.into(), value.into())],
            ..path("/")
        };
        let method = |method: &str| HttpCheck {
            method: method.into(),
            ..path("/")
        };
        for (check, why) in [
            (path("up"), "doesn't start with /"),
            (path(""), "doesn't start with /"),
            (with("a b", "1"), "\"a b\" is no header name"),
            (
                with("x-token", "s3cr3t\n"),
                "the value of the header x-token is not allowed",
            ),
            (with("host", "a b"), "no host"),
            (with("transfer-encoding", "chunked"), "no body"),
            (with("content-length", "7"), "no body"),
            (method("GE T"), "\"GE T\" is no method"),
            (method("CONNECT"), "tunnel"),
            (url("ftp://shop/"), "ftp:// is neither"),
            (url("http://user:s3cr3t@shop/"), "a user or a password"),
        ] {
            let error = http(&check, &target("h", 80, false))
                .unwrap_err()
                .to_string();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
        let error = http(&path("/"), &target("a b", 80, false)).unwrap_err();
        assert!(error.to_string().contains("\"a b\" is no host"), "{error}");
    }

    #[test]
    fn what_is_shown_holds_no_query() {
        let ask = http(&path("/up?token=s3cr3t"), &target("shop.elb", 8081, false)).unwrap();
        assert_eq!(ask.shown, "http://shop.elb:8081/up?…");
    }

    #[test]
    fn a_table_of_grpc_questions() {
        let check = |tls, authority: Option<&str>| GrpcCheck {
            service: "shop.Checkout".into(),
            tls,
            authority: authority.map(str::to_owned),
            ca: None,
        };
        for (check, tls, origin, name) in [
            (check(None, None), false, "http://10.0.0.7:443/", None),
            (
                check(None, None),
                true,
                "https://10.0.0.7:443/",
                Some("10.0.0.7"),
            ),
            (check(Some(false), None), true, "http://10.0.0.7:443/", None),
            (
                check(Some(true), Some("shop:1")),
                false,
                "https://shop:1/",
                Some("shop"),
            ),
        ] {
            let ask = grpc(&check, &target("10.0.0.7", 443, tls)).unwrap();
            assert_eq!(ask.origin.to_string(), origin);
            let found = ask.name.map(|name| name.to_str().into_owned());
            assert_eq!(found.as_deref(), name, "{origin}");
        }
        let error = grpc(&check(None, Some("a b")), &target("h", 1, false)).unwrap_err();
        assert!(
            error.to_string().contains("\"a b\" is no authority"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn any_check_is_asked_or_refused(
            text in "/?\\PC{0,20}", method in "\\PC{0,6}", name in "\\PC{0,8}", value in any::<String>(),
            host in "\\PC{0,12}", port: u16, tls: bool,
        ) {
            let check = HttpCheck {
                method,
                headers: vec![(name, value)],
                ..path(&text)
            };
            let target = target(&host, port, tls);
            let _ = http(&check, &target);
            let _ = http(&path(&text), &target);
            let _ = grpc(&GrpcCheck { service: text, tls: None, authority: Some(host), ca: None }, &target);
        }
    }
}
