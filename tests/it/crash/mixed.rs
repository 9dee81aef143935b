//! A project that mixes transactions with statements that run in none, and what its database looks like after it.

use super::emulator;
use crate::lock::fenced;
use crate::rig::{Rig, Sql};

pub(crate) const DATABASE: &str = "mixed";

/// What answers, and how vesto takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A PostgreSQL.
    Postgres,
    /// A PostgreSQL on which a database is made, which takes longer than all the rest.
    Creation,
    /// The double: Redshift's SQL on a PostgreSQL.
    Double,
    /// A PostgreSQL that is taken for a Redshift cluster: its lock with a fence, and each step a message of its own.
    Cluster,
    /// `vesto emulate`, which a client takes for a Redshift cluster: over the network, with Redshift's lock and probes.
    Emulated,
    /// The same over the Data API.
    DataApi,
}

/// Every statement leaves a row that no key holds back, adds to a total, or fails if it runs twice.
const POSTGRES: [(&str, &str); 10] = [
    (
        "V01__tables",
        "create table mark (place text);\ncreate table heap (n integer, m integer);\n\
         create table total (value integer);\ncreate type colour as enum ('red');\n\
         insert into heap select i, i from generate_series(1, 500) i;\n\
         insert into total values (0);\ninsert into mark values ('01');\n",
    ),
    ("V02__rows", "insert into mark values ('02');\nupdate total set value = value + 1;\n"),
    (
        "V03__alone",
        "-- vesto: transaction=none\ninsert into mark values ('03.1');\nvacuum heap;\n\
         insert into mark values ('03.3');\n",
    ),
    (
        "V04__index",
        "insert into mark values ('04');\ncreate index concurrently heap_n on public.heap (n);\n\
         update total set value = value + 1;\n",
    ),
    ("V05__enum", "-- vesto: transaction=none\nalter type public.colour add value 'blue';\n"),
    (
        "V07__two",
        "begin;\ninsert into mark values ('07.1');\ncommit;\nbegin;\ninsert into mark values ('07.2');\n\
         update total set value = value + 1;\ncommit;\n",
    ),
    (
        "V08__indexes",
        "drop index concurrently public.heap_n;\ncreate unique index concurrently heap_m on public.heap (m);\n",
    ),
    (
        "V09__column",
        "-- vesto: transaction=none\nalter table public.heap add column extra integer;\n\
         update total set value = value + 1;\n",
    ),
    ("V10__rows", "insert into mark values ('10');\nupdate total set value = value + 1;\n"),
    ("R__marks", "create or replace view marks as select place from mark;\n"),
];

const CREATION: [(&str, &str); 3] = [
    ("V01__tables", "create table mark (place text);\ninsert into mark values ('01');\n"),
    ("V02__database", "create database other;\n"),
    ("V03__row", "insert into mark values ('03');\n"),
];

const REDSHIFT: [(&str, &str); 9] = [
    (
        "V01__tables",
        "create table mark (place varchar(10));\ncreate table heap (n integer, word varchar(10));\n\
         create table total (value integer);\ninsert into heap values (1, 'a'), (2, 'b');\n\
         insert into total values (0);\ninsert into mark values ('01');\n",
    ),
    ("V02__rows", "insert into mark values ('02');\nupdate total set value = value + 1;\n"),
    (
        "V03__truncate",
        "insert into mark values ('03.1');\ntruncate public.heap;\ninsert into heap values (7, 'c');\n\
         insert into mark values ('03.4');\n",
    ),
    ("V04__vacuum", "vacuum heap;\n"),
    (
        "V05__wider",
        "insert into mark values ('05');\nalter table public.heap alter column word type varchar(40);\n\
         update total set value = value + 1;\n",
    ),
    (
        "V06__two",
        "begin;\ninsert into mark values ('06.1');\ncommit;\nbegin;\ninsert into mark values ('06.2');\n\
         update total set value = value + 1;\ncommit;\n",
    ),
    ("V07__alone", "-- vesto: transaction=none\ninsert into mark values ('07');\n"),
    ("V08__rows", "insert into mark values ('08');\nupdate total set value = value + 1;\n"),
    ("R__marks", "create or replace view marks as select place from mark;\n"),
];

/// What a person looks at who is asked about a statement (change, number from 1), and whether the catalogue of a
/// PostgreSQL cannot tell.
const LOOKED_AT_ON_POSTGRES: [(&str, u32, &str); 3] = [
    ("V03", 1, "select exists (select from mark where place = '03.1')"),
    ("V03", 3, "select exists (select from mark where place = '03.3')"),
    ("V09", 2, "select value = 4 from total"),
];
const LOOKED_AT_ON_THE_DOUBLE: [(&str, u32, &str); 1] =
    [("V07", 1, "select exists (select from mark where place = '07')")];
/// On Redshift nothing is taken for not carried out that might still be. VACUUM shows nowhere and may run twice.
const LOOKED_AT_ON_A_CLUSTER: [(&str, u32, &str); 4] = [
    ("V03", 2, "select count(*) = 0 from heap"),
    ("V04", 1, "select false"),
    (
        "V05",
        2,
        "select character_maximum_length = 40 from information_schema.columns where table_name = 'heap' and \
         column_name = 'word'",
    ),
    ("V07", 1, "select exists (select from mark where place = '07')"),
];

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Creation => "PostgreSQL, CREATE DATABASE",
            Self::Double => "double",
            Self::Cluster => "as a cluster",
            Self::Emulated => "emulated cluster",
            Self::DataApi => "Data API",
        }
    }

    fn changes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Postgres => &POSTGRES,
            Self::Creation => &CREATION,
            Self::Double | Self::Cluster | Self::Emulated | Self::DataApi => &REDSHIFT,
        }
    }

    /// Writes the project and makes its database. Over a port if there is one, else over the server's own socket.
    pub(crate) fn prepare(self, rig: &Rig, port: Option<u16>) {
        for (name, text) in self.changes() {
            rig.change(name, text);
        }
        match self {
            Self::Cluster => fenced(rig, DATABASE, "repeatable read", "60s"),
            // What Redshift's default, SNAPSHOT, comes closest to.
            Self::Emulated | Self::DataApi => drop(rig.ask(
                "postgres",
                &format!("alter database {DATABASE} set default_transaction_isolation = 'repeatable read'"),
            )),
            _ => drop(rig.ask("postgres", &format!("create database {DATABASE}"))),
        }
        if self == Self::DataApi {
            // A killed run leaves its session behind, so its lock is free when its term is over.
            let user = emulator::USER;
            let settings =
                format!("cluster = local\nuser = {user}\ndatabase = {DATABASE}\ntransport = data-api\nlock_term = 2s");
            return rig.target(&format!("kind = redshift\n{settings}"));
        }
        let (host, port) = match port {
            Some(port) => ("127.0.0.1".to_owned(), port),
            None => (rig.address.socket_directory.display().to_string(), rig.address.port),
        };
        let kind = match self {
            Self::Postgres | Self::Creation => "kind = postgres",
            Self::Double => "kind = postgres\ndialect = redshift",
            Self::Cluster | Self::Emulated | Self::DataApi => "kind = redshift",
        };
        let user = if self == Self::Emulated { emulator::USER } else { &rig.address.superuser };
        rig.target(&format!(
            "{kind}\nhost = {host}\nport = {port}\nuser = {user}\ndatabase = {DATABASE}\nsslmode = disable"
        ));
    }

    /// Takes away what the project and vesto made.
    pub(crate) fn clear(self, session: &mut Sql) {
        session.ask(
            "drop schema if exists vesto cascade; drop table if exists mark, heap, total cascade; \
             drop type if exists colour",
        );
        if self == Self::Creation {
            session.ask("drop database if exists other");
        }
    }

    /// How a person finds out whether a statement was carried out; none where nobody should have to.
    pub(crate) fn looked_at(self, change: &str, statement: u32) -> Option<&'static str> {
        let all: &[(&str, u32, &'static str)] = match self {
            Self::Postgres => &LOOKED_AT_ON_POSTGRES,
            Self::Creation => &[],
            Self::Double => &LOOKED_AT_ON_THE_DOUBLE,
            Self::Cluster | Self::Emulated | Self::DataApi => &LOOKED_AT_ON_A_CLUSTER,
        };
        all.iter().find(|(id, number, _)| *id == change && *number == statement).map(|(.., sql)| *sql)
    }

    /// One row: what the database holds, then what the ledger says.
    pub(crate) fn end(self) -> String {
        let own = match self {
            Self::Postgres => {
                "(select string_agg(c.relname || ' ' || i.indisvalid, ',' order by 1) from pg_index i \
                 join pg_class c on c.oid = i.indexrelid where i.indrelid = 'heap'::regclass), \
                 (select array_agg(enumlabel::text order by enumsortorder)::text from pg_enum), \
                 (select count(extra) from heap), (select value from total), "
            }
            Self::Creation => "(select count(*) from pg_database where datname = 'other'), ",
            Self::Double | Self::Cluster | Self::Emulated | Self::DataApi => {
                "(select string_agg(n::text || word, ',' order by n) from heap), \
                 (select character_maximum_length from information_schema.columns where table_name = 'heap' and \
                 column_name = 'word'), (select value from total), "
            }
        };
        format!("select (select string_agg(place, ' ' order by place collate \"C\") from mark), {own}{LEDGER}")
    }

    pub(crate) fn expected_end(self) -> &'static str {
        match self {
            Self::Postgres => "01 02 03.1 03.3 04 07.1 07.2 10|heap_m true|{red,blue}|0|5|10|10|0|0",
            Self::Creation => "01 03|1|3|3|0|0",
            Self::Double | Self::Cluster | Self::Emulated | Self::DataApi => {
                "01 02 03.1 03.4 05 06.1 06.2 07 08|7c|40|4|9|9|0|0"
            }
        }
    }

    /// Counts contradictions between ledger and tables at any moment: a transactional step without its row or the other
    /// way round, and anything that happened more often than once or without an intent.
    pub(crate) fn contradictions(self) -> String {
        let mut terms =
            vec!["(select count(*) from (select place from mark group by 1 having count(*) > 1) t)".to_owned()];
        for (place, change, evidence) in self.evidence() {
            let (comparison, rows) = match evidence {
                Evidence::Entry => ("<>", "vesto.entry where action = 'applied'".to_owned()),
                Evidence::Done(first) => {
                    ("<>", format!("vesto.journal where step_state = 'done' and first_statement = {first}"))
                }
                Evidence::Intent(first) => {
                    (">", format!("vesto.journal where step_state = 'intent' and first_statement = {first}"))
                }
            };
            terms.push(format!(
                "((select count(*) from mark where place = '{place}') {comparison} \
                 (select count(*) from {rows} and change_id = '{change}'))::integer"
            ));
        }
        format!("select {}", terms.join(" + "))
    }

    /// What the ledger must hold for a mark to be there, and whether it may hold it without the mark.
    fn evidence(self) -> &'static [(&'static str, &'static str, Evidence)] {
        use Evidence::{Done, Entry, Intent};
        match self {
            Self::Postgres => &[
                ("01", "V01", Entry),
                ("02", "V02", Entry),
                ("03.1", "V03", Intent(0)),
                ("03.3", "V03", Intent(2)),
                ("04", "V04", Done(0)),
                // BEGIN is a statement of the file.
                ("07.1", "V07", Done(1)),
                ("07.2", "V07", Entry),
                ("10", "V10", Entry),
            ],
            Self::Creation => &[("01", "V01", Entry), ("03", "V03", Entry)],
            Self::Double | Self::Cluster | Self::Emulated | Self::DataApi => &[
                ("01", "V01", Entry),
                ("02", "V02", Entry),
                ("03.1", "V03", Done(0)),
                ("03.4", "V03", Entry),
                ("05", "V05", Done(0)),
                ("06.1", "V06", Done(1)),
                ("06.2", "V06", Entry),
                ("07", "V07", Intent(0)),
                ("08", "V08", Entry),
            ],
        }
    }
}

/// Rows of the ledger.
#[derive(Clone, Copy)]
enum Evidence {
    /// The change's entry, in the same transaction.
    Entry,
    /// The `done` of the step that begins at this statement, in the same transaction.
    Done(u32),
    /// At least the intent of this statement, before.
    Intent(u32),
}

/// Applied changes, different ones, rows with a number that another has, and statements still in doubt.
const LEDGER: &str = "(select count(*) from vesto.entry where action = 'applied'), \
    (select count(distinct change_id) from vesto.entry where action = 'applied'), \
    (select count(*) - count(distinct sequence_no) from (select sequence_no from vesto.entry union all \
     select sequence_no from vesto.journal) s), \
    (select count(*) from vesto.journal i where step_state = 'intent' \
     and not exists (select from vesto.entry e where e.change_id = i.change_id and e.sequence_no > i.sequence_no) \
     and not exists (select from vesto.journal d where d.change_id = i.change_id \
       and d.first_statement = i.first_statement and d.step_state <> 'intent' and d.sequence_no > i.sequence_no))";
