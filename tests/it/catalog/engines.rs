//! The same questions through the double, behind other queries, and as Redshift gets them.

use std::sync::Arc;

use vesto::adapters::folder_store::FolderStore;
use vesto::catalog::{Catalog, CatalogObject, Contents};
use vesto::double::Double;
use vesto::ports::Batch;
use vesto::project::settings::DoubleMode;
use vesto::sql::Dialect;

use super::{Warehouse, lines};

#[test]
fn the_double_answers_as_the_server_that_it_is() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let direct = warehouse.catalog();
    let store = Arc::new(FolderStore::default());
    let Warehouse { runtime, session, _sandbox } = warehouse;
    let mut warehouse =
        Warehouse { runtime, session: Box::new(Double::new(session, store, DoubleMode::Strict)), _sandbox };
    assert_eq!(lines(&direct, &warehouse.catalog()), "");
}

#[test]
fn other_queries_stand_before_it_behind_a_commit() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let mut batch = Batch::default();
    batch.own("select 1").own("commit");
    Catalog::ask(&mut batch, Dialect::Postgres);
    let answers = warehouse.send(&batch);
    let catalog = Catalog::answer(&answers, Dialect::Postgres).map_err(|error| error.to_string());
    assert_eq!(catalog, Ok(warehouse.catalog()));
    let mut batch = Batch::default();
    batch.own("select 1");
    Catalog::ask(&mut batch, Dialect::Postgres);
    assert!(warehouse.runtime.block_on(warehouse.session.run(&batch)).is_err());
}

/// What Redshift's catalogues have and PostgreSQL's have not, in front of them.
const LIKE_REDSHIFT: &str = "
create schema pretended;
create view pretended.pg_class as select oid, relname, relnamespace, relowner, relkind, relacl, 1::smallint as reldiststyle
    from pg_catalog.pg_class;
create view pretended.pg_attribute as select attrelid, attname, attnum, atttypid, atttypmod, attnotnull, attisdropped,
    0::smallint as attencodingtype, attnum = 1 as attisdistkey, case attnum when 2 then -1 else 0 end as attsortkeyord
    from pg_catalog.pg_attribute;
create view pretended.pg_attrdef as select adrelid, adnum, case adnum when 3 then '\"identity\"(1001, 0, ''1,1''::text)'
    else pg_get_expr(adbin, adrelid) end as adsrc from pg_catalog.pg_attrdef;
create view pretended.pg_proc_info as select oid as prooid, proname, pronamespace, proowner, prolang, prosecdef, provolatile,
    prokind, proargtypes, proargnames, prosrc, proacl, prorettype from pg_catalog.pg_proc;
create view pretended.pg_default_acl as select oid, defaclrole as defacluser, defaclnamespace, defaclobjtype, defaclacl
    from pg_catalog.pg_default_acl;
create function pretended.format_encoding(integer) returns text language sql as 'select ''lzo''::text';
create function pretended.pg_get_viewdef(oid) returns text language sql as 'select ''select day from sales.orders''::text';
set search_path to pretended, pg_catalog";

#[test]
fn the_queries_for_redshift_hold_on_what_is_made_to_look_like_it() {
    let Some(mut warehouse) = Warehouse::empty() else { return };
    warehouse.run(LIKE_REDSHIFT);
    warehouse.run(
        "do 'begin create role catalog_reader; exception when duplicate_object or unique_violation then end';\n\
         create schema sales;\n\
         create table sales.orders (id integer not null, day date default '2024-03-01', no integer default 0);\n\
         alter table sales.orders add constraint one primary key (id);\n\
         comment on table sales.orders is 'all of them';\n\
         grant select, update on sales.orders to catalog_reader;\n\
         create view sales.daily as select day from sales.orders;\n\
         create function sales.twice(n integer) returns integer stable language sql as 'select n * 2';\n\
         create procedure sales.load(n integer) language sql as 'select n';\n\
         alter default privileges in schema sales grant select on tables to catalog_reader",
    );
    let mut batch = Batch::default();
    Catalog::ask(&mut batch, Dialect::Redshift);
    let answers = warehouse.send(&batch);
    let catalog = Catalog::answer(&answers, Dialect::Redshift).unwrap_or_else(|error| panic!("{error}"));
    let of_sales = |object: &CatalogObject| object.to_string().contains("sales");
    let told = catalog.objects().filter(|(object, _)| of_sales(object)).map(|(object, facts)| {
        let facts = facts.iter().map(|(attribute, text)| format!("\n  {attribute}: {text}")).collect::<String>();
        format!("{object}{facts}\n")
    });
    assert_eq!(told.collect::<String>(), REDSHIFT_TOLD);
    let tables = catalog.tables();
    let mut batch = Batch::default();
    Contents::ask(&mut batch, &tables, Dialect::Redshift);
    let answers = warehouse.send(&batch);
    let held = Contents::answer(&answers, &tables, Dialect::Redshift).map(|contents| contents.tables.len());
    assert_eq!(held.map_err(|error| error.to_string()), Ok(1));
}

const REDSHIFT_TOLD: &str = "\
default privileges of boss on tables in schema sales
  grants to catalog_reader: r
  owner: boss
schema sales
  owner: boss
function sales.twice(integer)
  definition: select n * 2
  grants to public: X
  language: sql
  names of arguments: n
  owner: boss
  returns: integer
  volatility: s
procedure sales.load(integer)
  definition: select n
  language: sql
  names of arguments: n
  owner: boss
  returns: void
  volatility: v
table sales.orders
  column day: date default '2024-03-01'::date encode lzo interleaved sortkey 1
  column id: integer not null encode lzo distkey
  column no: integer identity 1,1 encode lzo
  column order: id, day, no
  comment: all of them
  constraint one: PRIMARY KEY (id)
  diststyle: key
  grants to catalog_reader: rw
  owner: boss
view sales.daily
  column day: date distkey
  column order: day
  definition: select day from sales.orders
  owner: boss
";
