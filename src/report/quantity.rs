//! Numbers with their unit, in words.

use std::time::Duration;

/// A count with its noun in the right number: `1 change`, `2 changes`, `3 queries`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {}", plural(noun)) }
}

fn plural(noun: &str) -> String {
    let vowel_before_y = ["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end));
    match noun.strip_suffix('y') {
        Some(stem) if !vowel_before_y => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// A duration as people say it: `12 ms`, `1.2 s`, `2 min 3 s`, `1 h 2 min`.
pub fn duration(duration: Duration) -> String {
    // Every limit is checked on the rounded number, so that 59.96 s is `1 min 0 s` and not `60.0 s`.
    let millis = (duration.as_micros() + 500) / 1000;
    let tenths = (millis + 50) / 100;
    let seconds = (millis + 500) / 1000;
    let minutes = (seconds + 30) / 60;
    if millis == 0 {
        "<1 ms".to_owned()
    } else if millis < 1000 {
        format!("{millis} ms")
    } else if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else if seconds < 3600 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_noun() {
        let check = |count: usize, noun: &str, shown: &str| assert_eq!(counted(count, noun), shown);
        check(0, "change", "0 changes");
        check(1, "change", "1 change");
        check(2, "change", "2 changes");
        check(2, "query", "2 queries");
        check(2, "key", "2 keys");
        check(2, "index", "2 indexes");
    }

    #[test]
    fn durations_are_rounded_once() {
        let check = |micros: u64, shown: &str| assert_eq!(duration(Duration::from_micros(micros)), shown);
        check(0, "<1 ms");
        check(499, "<1 ms");
        check(12_400, "12 ms");
        check(999_499, "999 ms");
        check(999_600, "1.0 s");
        check(1_240_000, "1.2 s");
        check(59_960_000, "1 min 0 s");
        check(123_000_000, "2 min 3 s");
        check(3_599_700_000, "1 h 0 min");
        check(3_720_000_000, "1 h 2 min");
    }
}
