//! The columns that a COPY loads, and what their types are called.

/// A column that a field goes into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) not_null: bool,
}

/// What a field of the column must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SmallInt,
    Integer,
    BigInt,
    /// With precision and scale; without them any number fits.
    Numeric(Option<(u16, u16)>),
    Real,
    Double,
    Boolean,
    /// With its length in bytes.
    Char(usize),
    /// With its length in bytes; without it any text fits.
    Varchar(Option<usize>),
    Date,
    Timestamp,
    TimestampTz,
    Time,
    TimeTz,
    Super,
    /// With its length in bytes.
    Varbyte(Option<usize>),
    /// A type of which the double knows nothing: PostgreSQL reads it.
    Other,
}

impl Kind {
    /// From PostgreSQL's name of the type, that of a domain over it, and `atttypmod`.
    pub(super) fn of(type_name: &str, domain: &str, modifier: i32) -> Self {
        let length = usize::try_from(modifier - 4).ok();
        match (type_name, domain) {
            (_, "varbyte") | ("bytea", _) => Self::Varbyte(None),
            (_, "super") | ("json" | "jsonb", _) => Self::Super,
            ("int2", _) => Self::SmallInt,
            ("int4", _) => Self::Integer,
            ("int8", _) => Self::BigInt,
            ("numeric", _) => Self::Numeric(numeric(modifier)),
            ("float4", _) => Self::Real,
            ("float8", _) => Self::Double,
            ("bool", _) => Self::Boolean,
            ("bpchar", _) => length.map_or(Self::Varchar(None), Self::Char),
            ("varchar", _) => Self::Varchar(length),
            ("text" | "name", _) => Self::Varchar(None),
            ("date", _) => Self::Date,
            ("timestamp", _) => Self::Timestamp,
            ("timestamptz", _) => Self::TimestampTz,
            ("time", _) => Self::Time,
            ("timetz", _) => Self::TimeTz,
            _ => Self::Other,
        }
    }

    /// Whether an empty field is a value and not NULL.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Char(_) | Self::Varchar(_))
    }

    /// What `stl_load_errors` calls the type.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SmallInt => "int2",
            Self::Integer => "int4",
            Self::BigInt => "int8",
            Self::Numeric(_) => "numeric",
            Self::Real => "float4",
            Self::Double => "float8",
            Self::Boolean => "bool",
            Self::Char(_) => "char",
            Self::Varchar(_) => "varchar",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Time => "time",
            Self::TimeTz => "timetz",
            Self::Super => "super",
            Self::Varbyte(_) => "varbyte",
            Self::Other => "",
        }
    }

    /// What `stl_load_errors` shows as length.
    pub(super) fn length(self) -> String {
        match self {
            Self::Char(length) | Self::Varchar(Some(length)) | Self::Varbyte(Some(length)) => length.to_string(),
            Self::Numeric(Some((precision, scale))) => format!("{precision},{scale}"),
            _ => String::new(),
        }
    }
}

/// Precision and scale as PostgreSQL packs them: <https://www.postgresql.org/docs/current/datatype-numeric.html>.
fn numeric(modifier: i32) -> Option<(u16, u16)> {
    let packed = u32::try_from(modifier - 4).ok()?;
    // A scale has 11 bits, of which Redshift uses 6.
    Some((u16::try_from(packed >> 16).ok()?, u16::try_from(packed & 0x7ff).ok()?))
}
