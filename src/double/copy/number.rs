//! Fields of numeric columns, as text that PostgreSQL takes.

use super::fault::Fault;

/// The longest exponent that can matter: Redshift's numbers have 38 digits, PostgreSQL's more, and doubles end at 308.
const LARGEST_EXPONENT: i32 = 1000;

/// Writes a whole number between the limits.
pub(super) fn write_integer(field: &[u8], range: (i64, i64), kind: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    let text = field.trim_ascii_start();
    let skipped = field.len() - text.len();
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() {
        let value = text.first().copied().unwrap_or(b' ');
        return Err(Fault::digit(value, skipped, kind));
    }
    // Negative numbers reach one further.
    let mut value: i64 = 0;
    let mut overflow = false;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(Fault::digit(*byte, field.len() - digits.len() + at, kind));
        }
        match value.checked_mul(10).and_then(|value| value.checked_sub(i64::from(digit))) {
            Some(next) => value = next,
            None => overflow = true,
        }
    }
    let fits = if negative { value >= range.0 } else { value.checked_neg().is_some_and(|value| value <= range.1) };
    if overflow || !fits {
        let (low, high) = range;
        return Err(Fault::new(1207, format!("Overflow ({kind} valid range {low} to {high})")));
    }
    if negative {
        out.push(b'-');
    }
    out.extend_from_slice(digits);
    Ok(())
}

/// Writes a decimal number, with as many decimals as the column has; the others are cut, or rounded.
pub(super) fn write_decimal(
    field: &[u8],
    size: Option<(u16, u16)>,
    round: bool,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    if size.is_some_and(|size| fits_as_it_is(field, size)) {
        out.extend_from_slice(field);
        return Ok(());
    }
    let decimal = Decimal::parse(field)?;
    let Some((precision, scale)) = size else {
        decimal.write(out);
        return Ok(());
    };
    let decimal = decimal.with_scale(usize::from(scale), round);
    if decimal.whole.len() > usize::from(precision - scale.min(precision)) {
        return Err(Fault::new(1209, "Numeric data overflow (result precision)"));
    }
    decimal.write(out);
    Ok(())
}

/// The usual case: digits with a point, not more of them than the column has.
fn fits_as_it_is(field: &[u8], (precision, scale): (u16, u16)) -> bool {
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    let count = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = count(digits);
    let fraction = match digits.get(whole..) {
        Some([]) => 0,
        Some([b'.', rest @ ..]) if count(rest) == rest.len() => rest.len(),
        _ => return false,
    };
    (1..=usize::from(precision.saturating_sub(scale))).contains(&whole) && fraction <= usize::from(scale)
}

/// A number as digits before and after the point, without zeros in front.
struct Decimal {
    negative: bool,
    whole: Vec<u8>,
    fraction: Vec<u8>,
}

impl Decimal {
    fn parse(field: &[u8]) -> Result<Self, Fault> {
        let bad = |at: usize| Fault::digit(field.get(at).copied().unwrap_or(b' '), at, "Decimal");
        let mut at = field.len() - field.trim_ascii_start().len();
        let negative = field.get(at) == Some(&b'-');
        at += usize::from(matches!(field.get(at), Some(b'-' | b'+')));
        let digits = |from: usize| -> &[u8] {
            let rest = field.get(from..).unwrap_or_default();
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest.get(..count).unwrap_or_default()
        };
        let mut whole = digits(at).to_vec();
        at += whole.len();
        let mut fraction = Vec::new();
        if field.get(at) == Some(&b'.') {
            fraction = digits(at + 1).to_vec();
            at += 1 + fraction.len();
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(bad(at));
        }
        if matches!(field.get(at), Some(b'e' | b'E')) {
            let text = field.get(at + 1..).and_then(|text| std::str::from_utf8(text).ok());
            let exponent = text.and_then(|text| text.parse::<i32>().ok());
            let Some(exponent) = exponent.filter(|exponent| exponent.abs() <= LARGEST_EXPONENT) else {
                return Err(bad(at));
            };
            shift(&mut whole, &mut fraction, exponent);
            at = field.len();
        }
        if at < field.len() {
            return Err(bad(at));
        }
        let zeros = whole.iter().take_while(|digit| **digit == b'0').count();
        whole.drain(..zeros);
        Ok(Self { negative, whole, fraction })
    }

    fn with_scale(mut self, scale: usize, round: bool) -> Self {
        let up = round && self.fraction.get(scale).is_some_and(|digit| *digit >= b'5');
        self.fraction.truncate(scale);
        if up {
            let carried = self.fraction.iter_mut().rev().chain(self.whole.iter_mut().rev()).all(|digit| {
                let carries = *digit == b'9';
                *digit = if carries { b'0' } else { *digit + 1 };
                carries
            });
            if carried {
                self.whole.insert(0, b'1');
            }
        }
        self
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        if self.whole.is_empty() {
            out.push(b'0');
        }
        out.extend_from_slice(&self.whole);
        if !self.fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(&self.fraction);
        }
    }
}

/// Moves the point.
fn shift(whole: &mut Vec<u8>, fraction: &mut Vec<u8>, exponent: i32) {
    let places = exponent.unsigned_abs() as usize;
    if exponent >= 0 {
        fraction.resize(fraction.len().max(places), b'0');
        whole.extend(fraction.drain(..places));
    } else {
        let mut padded = vec![b'0'; places.saturating_sub(whole.len())];
        padded.append(whole);
        let moved = padded.split_off(padded.len() - places);
        *whole = padded;
        fraction.splice(0..0, moved);
    }
}

/// Writes a floating point number that fits: into `real`, or into `double precision`.
pub(super) fn write_float(field: &[u8], is_real: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
    let malformed = || Fault::new(1208, "Invalid float format");
    let text = std::str::from_utf8(field.trim_ascii()).map_err(|_| malformed())?;
    let value: f64 = text.parse().map_err(|_| malformed())?;
    #[expect(clippy::cast_possible_truncation, reason = "whether it still is a number is what is asked")]
    let kept = if is_real { f64::from(value as f32) } else { value };
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let is_number = digits.bytes().any(|byte| byte.is_ascii_digit());
    let is_zero = !digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if is_number && (kept.is_infinite() || kept == 0.0 && !is_zero) {
        return Err(Fault::new(1208, "Float value out of range"));
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Writes `t` or `f`: <https://docs.aws.amazon.com/redshift/latest/dg/r_Boolean_type.html>.
pub(super) fn write_boolean(field: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let text = field.trim_ascii();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    out.push(match text {
        _ if is(&["t", "true", "y", "yes", "1"]) => b't',
        _ if is(&["f", "false", "n", "no", "0"]) => b'f',
        _ => return Err(Fault::new(1210, "Unknown boolean format")),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>) -> Result<String, String> {
        let mut out = Vec::new();
        write(&mut out).map_err(|fault| fault.reason.into_owned())?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn whole_numbers_are_read_to_their_limits() {
        let range = (i64::from(i16::MIN), i64::from(i16::MAX));
        let read = |text: &str| written(|out| write_integer(text.as_bytes(), range, "Short", out));
        assert_eq!(read("-32768").as_deref(), Ok("-32768"));
        assert_eq!(read("+32767").as_deref(), Ok("32767"));
        assert_eq!(read("  007").as_deref(), Ok("007"));
        for (text, expected) in [
            ("32768", "Overflow (Short valid range -32768 to 32767)"),
            ("-32769", "Overflow (Short valid range -32768 to 32767)"),
            ("99999999999999999999", "Overflow (Short valid range -32768 to 32767)"),
            ("1.5", "Invalid digit, Value '.', Pos 1, Type: Short"),
            ("7 ", "Invalid digit, Value ' ', Pos 1, Type: Short"),
            ("a", "Invalid digit, Value 'a', Pos 0, Type: Short"),
            ("-", "Invalid digit, Value '-', Pos 0, Type: Short"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(expected), "{text}");
        }
        let range = (i64::MIN, i64::MAX);
        assert!(write_integer(b"-9223372036854775808", range, "Long", &mut Vec::new()).is_ok());
        assert!(write_integer(b"9223372036854775808", range, "Long", &mut Vec::new()).is_err());
    }

    #[test]
    fn decimals_are_cut_or_rounded() {
        let read = |text: &str, round| written(|out| write_decimal(text.as_bytes(), Some((5, 2)), round, out));
        let cases = [
            ("20.259", "20.25", "20.26"),
            ("-20.255", "-20.25", "-20.26"),
            ("99.999", "99.99", "100.00"),
            ("1.25e2", "125", "125"),
            ("12345e-3", "12.34", "12.35"),
            ("1e-4", "0.00", "0.00"),
            (".5", "0.5", "0.5"),
            ("-0", "-0", "-0"),
            ("00012.", "12", "12"),
        ];
        for (text, cut, rounded) in cases {
            assert_eq!(read(text, false).as_deref(), Ok(cut), "{text}");
            assert_eq!(read(text, true).as_deref(), Ok(rounded), "{text}");
        }
        assert_eq!(read("1000", false).err().as_deref(), Some("Numeric data overflow (result precision)"));
        assert!(read("999.995", true).is_err());
        for text in ["1,5", "", ".", "e5", "1e", "1e99999", "NaN", "1 2"] {
            assert!(read(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_must_fit() {
        let read = |text: &str, is_real| written(|out| write_float(text.as_bytes(), is_real, out));
        for text in ["-0", "1e308", "inf", "-Infinity", "NaN", "0e0", "5e-324"] {
            assert_eq!(read(text, false).as_deref(), Ok(text));
        }
        for (text, is_real) in [("1e309", false), ("1e-400", false), ("1e39", true), ("1e-50", true), ("1.2.3", true)] {
            assert!(read(text, is_real).is_err(), "{text}");
        }
    }
}
