//! Values of results in the text that Redshift itself gives for them.

use aws_sdk_redshiftdata::types::Field;

/// A value as Redshift writes it; `None` is NULL. `type_name` is that of the column's description.
///
/// # Errors
///
/// Gives nothing for a sort of value that this version does not know.
pub(super) fn text(field: &Field, type_name: &str) -> Result<Option<String>, ()> {
    Ok(Some(match field {
        Field::IsNull(_) => return Ok(None),
        Field::StringValue(text) => text.clone(),
        Field::LongValue(number) => number.to_string(),
        Field::BooleanValue(is_true) => if *is_true { "t" } else { "f" }.to_owned(),
        // The digits that the server shows with its `extra_float_digits` of 0.
        Field::DoubleValue(number) => general(*number, if type_name == "float4" { 6 } else { 15 }),
        Field::BlobValue(bytes) => bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => return Err(()),
    }))
}

/// A number with so many significant digits, as `%g` of C writes it.
fn general(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match usize::try_from(digits as i32 - 1 - exponent) {
        Ok(places) if exponent >= -4 => trimmed(&format!("{number:.places$}")),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_redshiftdata::primitives::Blob;

    use super::*;

    fn shown(field: Field) -> String {
        text(&field, "").unwrap().unwrap()
    }

    #[test]
    fn values_are_what_the_server_says() {
        assert_eq!(shown(Field::BooleanValue(true)), "t");
        assert_eq!(shown(Field::BooleanValue(false)), "f");
        assert_eq!(shown(Field::LongValue(i64::MIN)), "-9223372036854775808");
        assert_eq!(shown(Field::StringValue(String::new())), "");
        assert_eq!(shown(Field::BlobValue(Blob::new([0, 255]))), "00ff");
        assert_eq!(text(&Field::IsNull(true), "int4"), Ok(None));
        assert_eq!(text(&Field::DoubleValue(f64::from(0.1_f32)), "float4"), Ok(Some("0.1".to_owned())));
    }

    #[test]
    fn fractions_are_written_as_c_writes_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (100_000.0, "100000"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (-2.5, "-2.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e15, "1e+15"),
            (1.25e300, "1.25e+300"),
            (999_999_999_999_999.9, "1e+15"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, expected) in cases {
            assert_eq!(general(number, 15), expected, "{number:e}");
        }
    }
}
