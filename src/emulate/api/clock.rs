//! Times as AWS writes them.

use time::OffsetDateTime;
use time::macros::format_description;

/// `2026-11-21T05:11:00.123Z`, as XML and redshift-serverless have it.
pub(super) fn iso(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    // The form names only what a time has, so formatting cannot fail.
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}

/// Seconds since 1970 with milliseconds, as JSON has it.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
pub(super) fn epoch(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_have_milliseconds() {
        let at = datetime!(2026-11-21 07:11:00.123456 +2);
        assert_eq!(iso(at), "2026-11-21T05:11:00.123Z");
        assert_eq!(epoch(at), 1_795_237_860.123);
    }
}
