use super::{Parsed, Parser};
use crate::Problem;

impl Parser<'_> {
    /// `hex,…;`, if it comes next.
    pub(super) fn hex(&mut self) -> Parsed<Option<Vec<u8>>> {
        if !self.eat("hex,") {
            return Ok(None);
        }
        self.spaces();
        let start = self.at;
        let digits = self.eat_while(|b| b.is_ascii_hexdigit()).as_bytes();
        let ends = matches!(
            self.peek(),
            None | Some(b';' | b' ' | b'\t' | b'\r' | b'\n')
        );
        if digits.len() % 2 == 1 && ends {
            let message = "expected an even number of hexadecimal digits";
            return Err(Problem::new(self.span_from(start), message));
        }
        // An odd digit before anything else: that is the mistake, below.
        let bytes = digits.chunks_exact(2).map(|pair| {
            pair.iter()
                .fold(0, |byte, digit| byte << 4 | hex_value(*digit))
        });
        let bytes = bytes.collect();
        self.spaces();
        self.semicolon("expected hexadecimal digits and a semicolon")?;
        Ok(Some(bytes))
    }

    /// `base64,…;`, if it comes next. Space and ends of lines may stand in it,
    /// as long as they are single line feeds.
    pub(super) fn base64(&mut self) -> Parsed<Option<Vec<u8>>> {
        if !self.eat("base64,") {
            return Ok(None);
        }
        let digits =
            self.eat_while(|b| base64_value(b).is_some() || matches!(b, b' ' | b'\t' | b'\n'));
        // At most two are needed; more do no harm.
        self.eat_while(|b| b == b'=');
        self.spaces();
        let message = match self.peek() {
            Some(b'\r') => "expected lines that end without a carriage return",
            _ => "expected letters and digits of Base64 and a semicolon",
        };
        self.semicolon(message)?;
        Ok(Some(decoded(digits)))
    }
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// The digits of Base64 (RFC 4648, section 4).
fn base64_value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// What digits of Base64 say. Bits that fill no byte are dropped, as the `hurl`
/// command does.
fn decoded(digits: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut count = 0;
    for value in digits.bytes().filter_map(base64_value) {
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}
