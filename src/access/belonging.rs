//! Tags of what a run makes in AWS for a time: whose it is, and until when it is wanted. What a killed run leaves is found by
//! them.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The tag with the run that made it.
const RUN: &str = "vesto:run";

/// The tag with the time, as in RFC 3339, after which anybody may delete it.
pub const EXPIRES_AT: &str = "vesto:expires-at";

/// How long it is wanted unless somebody says otherwise.
const LIFETIME: Duration = Duration::from_secs(4 * 3600);

/// Whose something is, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The run that made it.
    pub run: String,
    /// Until when it is wanted, as the tag says it.
    pub expires_at: String,
}

impl Belonging {
    /// Of a run, for as long as is wished, from now on.
    pub fn new(run: &str, lifetime: Option<Duration>) -> Self {
        let expires_at = OffsetDateTime::now_utc() + lifetime.unwrap_or(LIFETIME);
        let expires_at = expires_at.replace_nanosecond(0).unwrap_or(expires_at).format(&Rfc3339).unwrap_or_default();
        Self { run: run.to_owned(), expires_at }
    }

    /// The tags that say so.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let tags = [(RUN, &self.run), (EXPIRES_AT, &self.expires_at)];
        tags.map(|(name, value)| (name.to_owned(), value.clone())).into()
    }

    /// What tags say; nothing unless both are there and the time can be read.
    pub fn of(tags: &BTreeMap<String, String>) -> Option<Self> {
        let belonging = Self { run: tags.get(RUN)?.clone(), expires_at: tags.get(EXPIRES_AT)?.clone() };
        belonging.end().map(|_| belonging)
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: OffsetDateTime) -> bool {
        self.end().is_some_and(|end| end < now)
    }

    fn end(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.expires_at, &Rfc3339).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_say_whose_it_is_and_until_when() {
        let made = Belonging::new("1", Some(Duration::from_secs(3600)));
        assert_eq!(Belonging::of(&made.tags()).as_ref(), Some(&made));
        let now = OffsetDateTime::now_utc();
        assert!(!made.is_over(now) && made.is_over(now + Duration::from_secs(3601)));
        for (name, value) in [(RUN, None), (EXPIRES_AT, None), (EXPIRES_AT, Some("soon"))] {
            let mut tags = made.tags();
            tags.remove(name);
            tags.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            assert_eq!(Belonging::of(&tags), None);
        }
    }
}
