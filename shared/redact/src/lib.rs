//! Takes out of a text what looks like a secret: every text that comes from an
//! event, or from AWS when it is asked, passes it before it gets any further.

use std::{borrow::Cow, sync::OnceLock};

use regex_lite::{Captures, Regex};

/// What stands in a secret's place.
const MASK: &str = "***";

/// An ARN: whoever knows it knows no secret.
macro_rules! arn {
    () => {
        r"(?P<whole>\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:[0-9]*:(?:secret:)?[A-Za-z0-9/_.+*-]+)"
    };
}

/// A name that says that its value is a secret, up to the value, also where it
/// is JSON inside of JSON.
macro_rules! named {
    () => {
        r#"[A-Za-z0-9_.-]*(?:passw(?:or)?d|\bpwd|passphrase|secret|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|credential|token|x-amz-signature)s?(?:[_.-][A-Za-z0-9_.-]*)?\\*["']?\s*(?:=>|[:=])\s*"#
    };
}

/// What secrets look like. A group `keep` stays, since it tells what was there;
/// so does all of a match with a group `whole`.
const LOOKS: &[&str] = &[
    // Keys in PEM.
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.)*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    // Access keys of AWS, long-lived and temporary.
    r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b",
    // JSON Web Tokens.
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    // Tokens with a prefix of their own.
    r"\bxox[a-z]-[A-Za-z0-9-]{8,}",
    r"\bxapp-[A-Za-z0-9-]{8,}",
    r"\bgh[pousr]_[A-Za-z0-9]{16,}",
    r"\bgithub_pat_[A-Za-z0-9_]{16,}",
    r"\bglpat-[A-Za-z0-9_-]{16,}",
    r"\bATATT3[A-Za-z0-9_=-]{16,}",
    r"\bnpm_[A-Za-z0-9]{16,}",
    r"\bpypi-[A-Za-z0-9_-]{16,}",
    r"\bdckr_pat_[A-Za-z0-9_-]{16,}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}",
    r"\bsk-[A-Za-z0-9_-]{20,}",
    r"\bAIza[A-Za-z0-9_-]{30,}",
    // Webhooks: whoever knows the address may post.
    r"(?P<keep>https://(?:hooks\.slack(?:-gov)?\.com|discord(?:app)?\.com/api/webhooks|[A-Za-z0-9-]+\.webhook\.office\.com)/)[A-Za-z0-9@/_-]+",
    // A user and a password in a URL; a bare user is one too, for many tokens.
    r"(?P<keep>\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@]+@",
    // Headers, whatever is around them.
    // Whatever the scheme is called: all of the line.
    r#"(?i)(?P<keep>\b(?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?(?:(?:bearer|basic|digest|token|aws4-hmac-sha256)\s+)?)[^\r\n"'\\]+"#,
    r#"(?i)(?P<keep>\b(?:bearer|basic)\s+)[A-Za-z0-9+/_=.~-]{12,}"#,
    r#"(?i)(?P<keep>\b(?:set-)?cookie["']?\s*:\s*)[^\r\n"']+"#,
    // Names that say that their value is one, in quotes and without; but the
    // ARN of a secret is none.
    concat!(
        r#"(?i)"#,
        arn!(),
        "|(?P<keep>",
        named!(),
        r#"\\*["'])[^"'\r\n\\]+"#
    ),
    concat!(
        r#"(?i)"#,
        arn!(),
        "|(?P<keep>",
        named!(),
        r#")[^\s"'&,;<>\\]+"#
    ),
    // The same on a command line.
    r#"(?P<keep>(?:^|\s)(?:-u|--user)[ =]?[^\s:"']+:)[^\s"']+"#,
    r#"(?i)(?P<keep>--?(?:password|passwd|secret|token|api-key)[ =])[^\s"'&]+"#,
];

/// Takes out what looks like a secret: keys, tokens, passwords in URLs,
/// `Authorization` headers, values whose names say so. What remains tells that
/// something was there.
pub fn redact(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for look in looks() {
        let replaced = look.replace_all(&text, |found: &Captures<'_>| {
            if let Some(whole) = found.name("whole") {
                return whole.as_str().to_owned();
            }
            let keep = found.name("keep").map_or("", |kept| kept.as_str());
            let at = if found.get(0).is_some_and(|all| all.as_str().ends_with('@')) {
                "@"
            } else {
                ""
            };
            format!("{keep}{MASK}{at}")
        });
        if let Cow::Owned(replaced) = replaced {
            text = Cow::Owned(replaced);
        }
    }
    text.into_owned()
}

fn looks() -> &'static [Regex] {
    static LOOK: OnceLock<Vec<Regex>> = OnceLock::new();
    // That all of them compile is a test.
    LOOK.get_or_init(|| {
        LOOKS
            .iter()
            .filter_map(|look| Regex::new(look).ok())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_look_is_one() {
        assert_eq!(looks().len(), LOOKS.len());
    }

    #[test]
    fn a_table_of_secrets() {
        // Put together here, so that no scanner takes this file for a leak.
        let key = format!("AKIA{}", "IOSFODNN7EXAMPLE");
        let slack = format!("xoxb-{}", "123456789012-abcdefABCDEF");
        let jwt = format!("eyJ{}.eyJ{}.sig-nature_1", "hbGciOiJIUzI1", "zdWIiOiIxMjM0");
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----";
        let hook = format!("https://hooks.slack.com/services/{}", "T0/B0/abcdef");
        for (text, clean) in [
            (format!("key {key} in use"), "key *** in use"),
            (format!("token={slack} sent"), "token=*** sent"),
            (
                "DB_PASSWORD=\"correct horse\" ok".to_owned(),
                "DB_PASSWORD=\"***\" ok",
            ),
            (
                r#"{\"password\":\"hunter2\"}"#.to_owned(),
                r#"{\"password\":\"***\"}"#,
            ),
            (
                "Authorization: GenieKey 1234-abcd".to_owned(),
                "Authorization: ***",
            ),
            (
                "curl -u admin:hunter2 https://x.example".to_owned(),
                "curl -u admin:*** https://x.example",
            ),
            (slack.clone(), "***"),
            (format!("got {jwt}!"), "got ***!"),
            (format!("a\n{pem}\nb"), "a\n***\nb"),
            (
                format!("POST {hook} failed"),
                "POST https://hooks.slack.com/*** failed",
            ),
            (
                "git clone https://me:pw@host/x".into(),
                "git clone https://***@host/x",
            ),
            ("https://ghp_x@host/x".into(), "https://***@host/x"),
            (
                "Authorization: Bearer abc.def".into(),
                "Authorization: Bearer ***",
            ),
            (
                "authorization: Basic YTpi".into(),
                "authorization: Basic ***",
            ),
            (
                r#"{"Authorization":"s3cr3t"}"#.into(),
                r#"{"Authorization":"***"}"#,
            ),
            (
                "curl -H 'Authorization: token s3cr3t'".into(),
                "curl -H 'Authorization: token ***'",
            ),
            (
                "sent bearer aGVsbG8gd29ybGQ= on".into(),
                "sent bearer *** on",
            ),
            ("Set-Cookie: sid=1; Path=/".into(), "Set-Cookie: ***"),
            ("DB_PASSWORD=hunter2 make".into(), "DB_PASSWORD=*** make"),
            (
                r#"{"password": "hunter2", "a": 1}"#.into(),
                r#"{"password": "***", "a": 1}"#,
            ),
            (
                "aws_secret_access_key = abc/def+g".into(),
                "aws_secret_access_key = ***",
            ),
            (
                "?X-Amz-Signature=0123&x=1".into(),
                "?X-Amz-Signature=***&x=1",
            ),
            (
                "docker login --password hunter2 -u me".into(),
                "docker login --password *** -u me",
            ),
        ] {
            assert_eq!(redact(&text), clean);
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in [
            "The deployment failed because of a bad token definition",
            "mail to somebody@example.com",
            "https://example.com/a@b",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
            "no access to arn:aws:iam::123456789012:role/token-reader",
            "basic checks passed",
            "8cf40f2e1a",
            "",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    proptest! {
        #[test]
        fn once_is_enough(text in "\\PC*") {
            let once = redact(&text);
            prop_assert_eq!(redact(&once), once);
        }

        #[test]
        fn a_planted_password_never_stays(before in "[ -~]{0,40}", after in "[ -~]{0,40}") {
            let text = format!("{before} password=hunter2x9 {after}");
            prop_assert!(!redact(&text).contains("hunter2x9"));
        }
    }
}
