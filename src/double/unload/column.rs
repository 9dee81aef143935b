//! The columns of a result as Redshift knows them.

use crate::double::data::ElementType;
use crate::ports::ResultColumn;

/// A column of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnType,
}

/// Its type in Redshift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    Boolean,
    SmallInt,
    Integer,
    BigInt,
    Real,
    Double,
    /// Precision and scale, where PostgreSQL knows them.
    Numeric(Option<(u32, u32)>),
    Char(Option<u32>),
    Varchar(Option<u32>),
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Super,
    Varbyte,
}

impl Column {
    /// `None` for a type of PostgreSQL that Redshift has not.
    pub(super) fn of(column: &ResultColumn) -> Option<Self> {
        Some(Self { name: column.name.clone(), kind: ColumnType::of(column.type_oid, column.modifier)? })
    }

    /// What MANIFEST VERBOSE says of it.
    pub(super) fn element(&self) -> ElementType {
        let mut element = ElementType { base: self.kind.name().to_owned(), ..ElementType::default() };
        match self.kind {
            ColumnType::Numeric(Some((precision, scale))) => {
                element.precision = Some(precision);
                element.scale = Some(scale);
            }
            ColumnType::Char(length) | ColumnType::Varchar(length) => element.max_length = length,
            _ => {}
        }
        element
    }
}

impl ColumnType {
    /// The numbers are those of `pg_type.dat` of PostgreSQL, which never change.
    fn of(oid: u32, modifier: i32) -> Option<Self> {
        // Modifiers count the four bytes in front of a value.
        let length = u32::try_from(modifier - 4).ok().filter(|_| modifier >= 4);
        Some(match oid {
            16 => Self::Boolean,
            21 => Self::SmallInt,
            23 | 26 => Self::Integer,
            20 => Self::BigInt,
            700 => Self::Real,
            701 => Self::Double,
            1700 => Self::Numeric(length.map(|packed| (packed >> 16, packed & 0x7ff))),
            1042 => Self::Char(length),
            1043 => Self::Varchar(length),
            // text, name, "char" and literals without a type
            25 | 19 | 18 | 705 => Self::Varchar(None),
            1082 => Self::Date,
            1083 => Self::Time,
            1266 => Self::TimeTz,
            1114 => Self::Timestamp,
            1184 => Self::TimestampTz,
            114 | 3802 => Self::Super,
            17 => Self::Varbyte,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Real => "real",
            Self::Double => "double precision",
            Self::Numeric(_) => "numeric",
            Self::Char(_) => "character",
            Self::Varchar(_) => "character varying",
            Self::Date => "date",
            Self::Time => "time without time zone",
            Self::TimeTz => "time with time zone",
            Self::Timestamp => "timestamp without time zone",
            Self::TimestampTz => "timestamp with time zone",
            Self::Super => "super",
            Self::Varbyte => "varbyte",
        }
    }

    pub(super) fn is_character(self) -> bool {
        matches!(self, Self::Char(_) | Self::Varchar(_))
    }

    /// Whether JSON has a number for its values.
    pub(super) fn is_number(self) -> bool {
        use ColumnType::{BigInt, Double, Integer, Numeric, Real, SmallInt};
        matches!(self, SmallInt | Integer | BigInt | Real | Double | Numeric(_))
    }

    /// <https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html#unload-partitionby-usage>
    pub(super) fn may_partition(self) -> bool {
        !matches!(self, Self::Double | Self::Time | Self::TimeTz | Self::TimestampTz | Self::Super | Self::Varbyte)
    }
}
