//! CBOR (RFC 8949) as far as Smithy's RPC v2 protocol needs it, which newer
//! clients speak with CodeDeploy: a JSON value to CBOR, and back.

use serde_json::{Map, Number, Value};

/// Deeper values are refused.
const DEPTH: usize = 64;

/// The tag of a time in seconds since the Unix epoch.
const EPOCH: u64 = 1;

/// Writes a value. A number whose member's name ends in `Time`, `At` or `Date`
/// is a time: so it is with all members of CodeDeploy's answers.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, value, false);
    out
}

fn put(out: &mut Vec<u8>, value: &Value, time: bool) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => {
            if time {
                head(out, 6, EPOCH);
            }
            match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => head(out, 0, number),
                (None, Some(number)) => head(out, 1, number.unsigned_abs() - 1),
                (None, None) => {
                    out.push(0xfb);
                    out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
                }
            }
        }
        Value::String(text) => {
            head(out, 3, text.len() as u64);
            out.extend(text.bytes());
        }
        Value::Array(items) => {
            head(out, 4, items.len() as u64);
            items.iter().for_each(|item| put(out, item, false));
        }
        Value::Object(members) => {
            head(out, 5, members.len() as u64);
            for (name, value) in members {
                head(out, 3, name.len() as u64);
                out.extend(name.bytes());
                put(
                    out,
                    value,
                    ["Time", "At", "Date"].iter().any(|end| name.ends_with(end)),
                );
            }
        }
    }
}

/// The type of an item, and its number.
fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => out.push(kind | bytes[7]),
        24..0x100 => out.extend([kind | 24, bytes[7]]),
        0x100..0x1_0000 => {
            out.push(kind | 25);
            out.extend(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(kind | 26);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(kind | 27);
            out.extend(&bytes);
        }
    }
}

/// Reads a value; nothing at all is an empty object. Tags are dropped.
pub(super) fn decode(bytes: &[u8]) -> Result<Value, &'static str> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut reader = Reader { bytes };
    let value = reader
        .item(0)?
        .ok_or("The request body has a break out of place")?;
    if reader.bytes.is_empty() {
        Ok(value)
    } else {
        Err("The request body goes on after its end")
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

const CUT: &str = "The request body ends too early";

impl<'a> Reader<'a> {
    /// `None` is the break that ends items of indefinite length.
    fn item(&mut self, depth: usize) -> Result<Option<Value>, &'static str> {
        if depth > DEPTH {
            return Err("The request body is nested too deep");
        }
        let first = self.take(1)?[0];
        let (kind, info) = (first >> 5, first & 31);
        if kind == 7 {
            return self.simple(info);
        }
        let number = self.number(info)?;
        let value = match (kind, number) {
            (0, Some(number)) => number.into(),
            (1, Some(number)) => match i64::try_from(number) {
                Ok(number) => (-1 - number).into(),
                Err(_) => return Err("The request body has a number out of range"),
            },
            (2 | 3, number) => Value::String(self.text(number, depth)?),
            (4, number) => {
                let mut items = Vec::new();
                while number.is_none_or(|n| (items.len() as u64) < n) {
                    match self.item(depth + 1)? {
                        Some(item) => items.push(item),
                        None if number.is_none() => break,
                        None => return Err(CUT),
                    }
                }
                Value::Array(items)
            }
            (5, number) => {
                let mut members = Map::new();
                let mut count = 0;
                while number.is_none_or(|n| count < n) {
                    count += 1;
                    match self.item(depth + 1)? {
                        Some(Value::String(name)) => {
                            let value = self.item(depth + 1)?.ok_or(CUT)?;
                            members.insert(name, value);
                        }
                        None if number.is_none() => break,
                        _ => return Err("The request body has a member without a name"),
                    }
                }
                Value::Object(members)
            }
            (6, Some(_)) => return self.item(depth + 1),
            _ => return Err("The request body is not CBOR"),
        };
        Ok(Some(value))
    }

    fn simple(&mut self, info: u8) -> Result<Option<Value>, &'static str> {
        let float = |float: f64| Number::from_f64(float).map_or(Value::Null, Value::Number);
        Ok(Some(match info {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            22 | 23 => Value::Null,
            25 => float(half(u16::from_be_bytes(self.array()?))),
            26 => float(f64::from(f32::from_be_bytes(self.array()?))),
            27 => float(f64::from_be_bytes(self.array()?)),
            31 => return Ok(None),
            _ => return Err("The request body is not CBOR"),
        }))
    }

    fn text(&mut self, length: Option<u64>, depth: usize) -> Result<String, &'static str> {
        match length {
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| CUT)?;
                Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
            }
            None => {
                let mut text = String::new();
                loop {
                    match self.item(depth + 1)? {
                        Some(Value::String(part)) => text.push_str(&part),
                        None => return Ok(text),
                        Some(_) => return Err("The request body is not CBOR"),
                    }
                }
            }
        }
    }

    /// `None`: of indefinite length.
    fn number(&mut self, info: u8) -> Result<Option<u64>, &'static str> {
        Ok(Some(match info {
            0..24 => u64::from(info),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            31 => return Ok(None),
            _ => return Err("The request body is not CBOR"),
        }))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        self.take(N)?.try_into().map_err(|_| CUT)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(CUT)?;
        self.bytes = rest;
        Ok(taken)
    }
}

/// A floating-point number of 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_go_there_and_back() {
        for value in [
            json!({}),
            json!({"a": [1, 23, 24, 255, 256, 65535, 65536, 4_294_967_296_u64], "b": [-1, -24, -25, -500]}),
            json!({"deep": {"er": [[[]], {}]}, "text": "ä".repeat(300), "yes": true, "no": false, "nil": null}),
            json!([1.5, -0.25, 1e300]),
        ] {
            assert_eq!(decode(&encode(&value)), Ok(value));
        }
    }

    #[test]
    fn times_are_tagged() {
        assert_eq!(
            encode(&json!({"createTime": 1})),
            b"\xa1\x6acreateTime\xc1\x01"
        );
        assert_eq!(encode(&json!({"timeout": 1})), b"\xa1\x67timeout\x01");
    }

    #[test]
    fn other_forms_are_understood() {
        for (bytes, expected) in [
            (&b"\xbf\x61a\x9f\x01\x02\xff\xff"[..], json!({"a": [1, 2]})),
            (b"\x7f\x61a\x61b\xff", json!("ab")),
            (
                b"\xc1\xfb\x41\xd4\x52\xd9\xe0\x00\x00\x00",
                json!(1_363_896_192.0),
            ),
            (b"\xf9\x3c\x00", json!(1.0)),
            (b"\xfa\x3f\xc0\x00\x00", json!(1.5)),
            (b"", json!({})),
        ] {
            assert_eq!(decode(bytes), Ok(expected));
        }
    }

    #[test]
    fn nothing_makes_it_panic() {
        for bytes in [
            &b"\xff"[..],
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xa1\x01",
            b"\x1c",
            b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01\x01",
            &[0x81; 1000],
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
