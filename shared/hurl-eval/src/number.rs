//! Numbers: their text and their order. The source of both is the `hurl`
//! command, version 8.

use std::cmp::Ordering;

use hurl::ast::Number;

/// The text of a number, as it is sent and compared.
pub(crate) fn text(number: &Number) -> String {
    match number {
        Number::Integer(n) => n.to_string(),
        Number::Big(digits) => digits.clone(),
        Number::Float(f) => float_text(*f),
    }
}

/// `1.0`, `1.5`. `hurl` writes `.0` behind a negative fraction too (`-1.5.0`),
/// and a server that gets the text must get the same from us.
fn float_text(f: f64) -> String {
    if f.fract() < f64::EPSILON {
        format!("{f}.0")
    } else {
        f.to_string()
    }
}

/// The order of two numbers by value. There is none for what is not a number:
/// `hurl` takes NaN for equal to everything, which lets a check pass on a
/// number that is not there; here it equals nothing.
pub(crate) fn order(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Integer(a), Number::Integer(b)) => Some(a.cmp(b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
        (Number::Integer(a), Number::Float(b)) => whole(*a).partial_cmp(b),
        (Number::Float(a), Number::Integer(b)) => a.partial_cmp(&whole(*b)),
        _ => {
            let (a, b) = (text(a), text(b));
            match (Decimal::read(&a), Decimal::read(&b)) {
                (Some(a), Some(b)) => Some(a.order(&b)),
                _ => (a == b).then_some(Ordering::Equal),
            }
        }
    }
}

/// An integer among floats.
#[expect(clippy::cast_precision_loss, reason = "floats are compared as floats")]
pub(crate) fn whole(n: i64) -> f64 {
    n as f64
}

/// A decimal number of any length: 0.DIGITS times ten to the power of `point`,
/// with no zero at either end of the digits.
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let significant = all.trim_start_matches('0');
        let leading = all.len() - significant.len();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        let digits = significant.trim_end_matches('0').to_owned();
        Some(Self {
            negative: negative && !digits.is_empty(),
            point: if digits.is_empty() {
                0
            } else {
                point.checked_add(exponent)?
            },
            digits,
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        let sign = |d: &Self| match (d.digits.is_empty(), d.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        let by_size = (self.point, &self.digits).cmp(&(other.point, &other.digits));
        by_sign.then(if self.negative {
            by_size.reverse()
        } else {
            by_size
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let cases = [
            (Number::Integer(-3), "-3"),
            (Number::Float(1.0), "1.0"),
            (Number::Float(1.5), "1.5"),
            (Number::Float(-1.5), "-1.5.0"),
            (Number::Float(-2.0), "-2.0"),
            (Number::Float(f64::NAN), "NaN"),
            (
                Number::Big("99999999999999999999".into()),
                "99999999999999999999",
            ),
        ];
        for (number, expected) in cases {
            assert_eq!(text(&number), expected);
        }
    }

    #[test]
    fn orders() {
        let big = |s: &str| Number::Big(s.to_owned());
        let cases = [
            (
                Number::Integer(1),
                Number::Float(1.0),
                Some(Ordering::Equal),
            ),
            (Number::Integer(1), Number::Float(1.5), Some(Ordering::Less)),
            (Number::Float(f64::NAN), Number::Integer(5), None),
            (Number::Float(f64::NAN), Number::Float(f64::NAN), None),
            (
                big("100000000000000000000"),
                Number::Integer(9),
                Some(Ordering::Greater),
            ),
            (
                big("-100000000000000000000"),
                Number::Integer(-9),
                Some(Ordering::Less),
            ),
            (
                big("-100000000000000000000"),
                big("100000000000000000000"),
                Some(Ordering::Less),
            ),
            (
                big("100000000000000000000"),
                Number::Float(1e20),
                Some(Ordering::Equal),
            ),
            (
                big("100000000000000000001"),
                Number::Float(1e20),
                Some(Ordering::Greater),
            ),
            (big("1e400"), big("10e399"), Some(Ordering::Equal)),
            (
                big("1e400"),
                Number::Integer(i64::MAX),
                Some(Ordering::Greater),
            ),
            (big(""), Number::Integer(0), Some(Ordering::Equal)),
            (big("½"), Number::Integer(0), None),
            (big("½"), big("½"), Some(Ordering::Equal)),
            (big("1e99999999999999999999"), Number::Integer(0), None),
        ];
        for (a, b, expected) in cases {
            assert_eq!(order(&a, &b), expected, "{a:?} {b:?}");
        }
    }
}
