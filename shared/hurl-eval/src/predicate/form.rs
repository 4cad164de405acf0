//! Forms that a string may have.

use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;

pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// A date and time as RFC 3339 has them, with an offset.
pub(super) fn is_iso_date(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok()
}

/// A UUID (RFC 9562), also in braces, as a URN, or without hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let braced = |text: &str| text.strip_prefix('{')?.strip_suffix('}').map(str::to_owned);
    let text = match (text.len(), text.strip_prefix("urn:uuid:")) {
        (32, _) => return text.bytes().all(|b| b.is_ascii_hexdigit()),
        (45, Some(rest)) => rest.to_owned(),
        (38, _) => match braced(text) {
            Some(inside) => inside,
            None => return false,
        },
        _ => text.to_owned(),
    };
    let hyphen = |at| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match hyphen(at) {
            true => b == b'-',
            false => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        type Form = fn(&str) -> bool;
        let cases: [(Form, &str, bool); 27] = [
            (is_ipv4, "127.0.0.1", true),
            (is_ipv4, "127.0.0", false),
            (is_ipv4, "127.0.0.256", false),
            (is_ipv4, "01.0.0.1", false),
            (is_ipv4, "::1", false),
            (is_ipv6, "::1", true),
            (is_ipv6, "::ffff:1.2.3.4", true),
            (is_ipv6, "[::1]", false),
            (is_ipv6, "1.2.3.4", false),
            (is_iso_date, "2024-01-31T12:00:00Z", true),
            (is_iso_date, "2024-01-31T12:00:00.123+02:00", true),
            (is_iso_date, "2024-01-31 12:00:00Z", true),
            (is_iso_date, "2024-01-31T12:00:00", false),
            (is_iso_date, "2024-02-31T12:00:00Z", false),
            (is_iso_date, "2024-01-31", false),
            (is_uuid, "67e55044-10b1-426f-9247-bb680e5fe0c8", true),
            (is_uuid, "67E55044-10B1-426F-9247-BB680E5FE0C8", true),
            (is_uuid, "67e5504410b1426f9247bb680e5fe0c8", true),
            (is_uuid, "{67e55044-10b1-426f-9247-bb680e5fe0c8}", true),
            (
                is_uuid,
                "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
                true,
            ),
            (is_uuid, "urn:uuid:67e5504410b1426f9247bb680e5fe0c8", false),
            (is_uuid, "{67e5504410b1426f9247bb680e5fe0c8}", false),
            (is_uuid, "67e55044-10b1-426f-9247-bb680e5fe0cg", false),
            (is_uuid, "67e55044-10b1-426f-9247bb680e5fe0c8-", false),
            (is_uuid, "", false),
            (is_uuid, "{7e55044-10b1-426f-9247-bb680e5fe0c8é", false),
            (is_uuid, "00000000-0000-0000-0000-000000000000", true),
        ];
        for (n, (is, text, expected)) in cases.into_iter().enumerate() {
            assert_eq!(is(text), expected, "{n}: {text}");
        }
    }
}
