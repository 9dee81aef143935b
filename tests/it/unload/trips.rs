//! The ways through files that the laws take: options of an UNLOAD and of the COPY that reads what it wrote.

/// The text that stands for NULL in the files.
pub(super) const NULL: &str = "@@";

/// One way there and back.
pub(super) struct Trip {
    pub(super) unload: &'static str,
    pub(super) copy: &'static str,
    /// Columns that UNLOAD does not write in this format.
    pub(super) lacks: &'static [&'static str],
    pub(super) texts: Texts,
}

/// What the format can keep of texts: AWS documents no way to keep more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// All.
    Exact,
    /// All but one that looks like NULL.
    Marked,
    /// No line end, no text that looks like the default of NULL AS; NULL is empty.
    Plain,
    /// No line end, no blanks at the end, no text that looks like NULL.
    Fixed,
}

use Texts::{Exact, Fixed, Marked, Plain};

const fn trip(unload: &'static str, copy: &'static str, lacks: &'static [&'static str], texts: Texts) -> Trip {
    Trip { unload, copy, lacks, texts }
}

macro_rules! widths {
    ($more:literal) => {
        concat!(
            "fixedwidth 't:400,i:20,n:11,s:6,b:1,c:5,m:40,f:40,r:16,d:25,day:16,ts:40,tz:45,clock:15,zone:24,doc:200,id:9' ",
            "null as '@@' ",
            $more
        )
    };
}

const NO_BYTES: &[&str] = &["bytes"];
const COLUMNAR: &[&str] = &["bytes", "zone"];
const NARROW: &[&str] = &["bytes", "wide"];

/// Every format and compression, and what changes the files otherwise.
pub(super) const TRIPS: &[Trip] = &[
    trip("escape null as '@@'", "escape null as '@@' explicit_ids", &[], Marked),
    trip("escape null as '\\N' header parallel off", "escape null as '\\N' ignoreheader 1 explicit_ids", &[], Marked),
    trip(
        "escape addquotes delimiter ',' null as '@@' gzip manifest",
        "escape removequotes delimiter ',' null as '@@' gzip manifest explicit_ids",
        &[],
        Marked,
    ),
    trip(
        "escape delimiter '\\t' null as '@@' zstd",
        "escape delimiter '\\t' null as '@@' zstd explicit_ids",
        &[],
        Marked,
    ),
    trip("delimiter '\\002' bzip2", "delimiter '\\002' bzip2 explicit_ids", &[], Plain),
    trip(widths!(""), widths!("explicit_ids"), NARROW, Fixed),
    trip("csv null as '@@'", "csv null as '@@' explicit_ids", &[], Exact),
    trip("csv delimiter ';' null as '@@' bzip2", "csv delimiter ';' null as '@@' bzip2 explicit_ids", &[], Exact),
    trip("csv gzip header null as '@@'", "csv gzip ignoreheader 1 null as '@@' explicit_ids", &[], Exact),
    trip("csv null as '\\N' zstd partition by (b, c, day) include", "csv null as '\\N' zstd explicit_ids", &[], Exact),
    trip(
        "csv null as '@@' gzip manifest verbose encrypted \
         master_symmetric_key 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='",
        "csv null as '@@' gzip manifest encrypted \
         master_symmetric_key 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' explicit_ids",
        &[],
        Exact,
    ),
    trip("json", "json 'auto' explicit_ids", NO_BYTES, Exact),
    trip("json zstd parallel off", "json 'auto' zstd explicit_ids", NO_BYTES, Exact),
    trip("format as parquet", "format as parquet explicit_ids", COLUMNAR, Exact),
    trip("parquet parallel off manifest maxfilesize 32 mb", "parquet manifest explicit_ids", COLUMNAR, Exact),
    trip("parquet partition by (s, b) include", "parquet explicit_ids", COLUMNAR, Exact),
];

/// Those of a text alone.
pub(super) const BARE: &[Trip] = &[
    trip("escape null as '@@'", "escape null as '@@'", &[], Marked),
    trip("addquotes escape null as '@@'", "removequotes escape null as '@@'", &[], Marked),
    trip("fixedwidth 't:400' null as '@@'", "fixedwidth 't:400' null as '@@'", &[], Fixed),
    trip("delimiter '\\002'", "delimiter '\\002'", &[], Plain),
    trip("csv null as '@@'", "csv null as '@@'", &[], Exact),
    trip("csv header null as '\\N'", "csv ignoreheader 1", &[], Exact),
    trip("json", "json 'auto'", &[], Exact),
    trip("parquet", "parquet", &[], Exact),
];

impl Trip {
    /// The place for COPY, of what UNLOAD wrote to this one.
    pub(super) fn place(&self, place: &str) -> String {
        if self.copy.contains("manifest") { format!("{place}manifest") } else { place.to_owned() }
    }

    /// What UNLOAD selects.
    pub(super) fn query(&self, columns: &[(&str, &str)]) -> String {
        self.list(columns, |name, kind| match (self.texts, kind.starts_with("varchar")) {
            (Plain | Fixed, true) => format!("translate({name}, chr(10) || chr(13) || chr(2), '') as {name}"),
            _ => name.to_owned(),
        })
    }

    /// What has to come back.
    pub(super) fn expected(&self, columns: &[(&str, &str)]) -> String {
        let marker = if self.copy.contains("\\N") || self.texts == Plain { "\\N" } else { NULL };
        self.list(columns, |name, kind| {
            let is_text = kind.starts_with("varchar") || kind.starts_with("char");
            match self.texts {
                // The blanks that fill a CHAR up make another text of it.
                Marked if kind.starts_with("varchar") => format!("nullif({name}::text, '{marker}')"),
                Plain if kind.starts_with("char") => format!("coalesce({name}::text, '')"),
                Plain if is_text => {
                    format!(
                        "nullif(coalesce(translate({name}::text, chr(10) || chr(13) || chr(2), ''), ''), '{marker}')"
                    )
                }
                Fixed if is_text => {
                    format!("nullif(rtrim(translate({name}::text, chr(10) || chr(13) || chr(2), '')), '{marker}')")
                }
                _ => shown(name, kind),
            }
        })
    }

    /// What came back.
    pub(super) fn found(&self, columns: &[(&str, &str)]) -> String {
        self.list(columns, |name, kind| match self.texts {
            Fixed if kind.starts_with("varchar") => format!("rtrim({name})"),
            _ => shown(name, kind),
        })
    }

    fn list(&self, columns: &[(&str, &str)], column: impl Fn(&str, &str) -> String) -> String {
        let kept = columns.iter().filter(|(name, _)| !self.lacks.contains(name));
        kept.map(|(name, kind)| column(name, kind)).collect::<Vec<_>>().join(", ")
    }
}

/// As a text where PostgreSQL calls values equal that are not the same.
fn shown(name: &str, kind: &str) -> String {
    match kind {
        "integer" | "bigint" | "smallint" | "boolean" | "date" => name.to_owned(),
        _ => format!("{name}::text"),
    }
}
