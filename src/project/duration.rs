//! Lengths of time as people write them: `500ms`, `30s`, `5m`, `1h`.

use std::time::Duration;

/// Reads a length of time. A number without a unit counts seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        let check =
            |text: &str, millis: Option<u64>| assert_eq!(parse_duration(text), millis.map(Duration::from_millis));
        check("500ms", Some(500));
        check(" 30s ", Some(30_000));
        check("5 m", Some(300_000));
        check("1h", Some(3_600_000));
        check("7", Some(7_000));
        check("", None);
        check("s", None);
        check("-1s", None);
        check("5 days", None);
        check("99999999999999999999h", None);
    }
}
