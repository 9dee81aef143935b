//! Splits, classifies and translates a script of 10 MB, against sqlparser's tokenizer over the same text.
//!
//! `cargo bench --bench translate`

use std::error::Error;
use std::time::{Duration, Instant};

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::tokenizer::Tokenizer;
use vesto::sql::{Dialect, QuotedNames, Surroundings, parse_script, read_script, translate_read};

const SIZE: usize = 10_000_000;
const ROUNDS: usize = 5;

/// What changes of a warehouse look like: tables, rows, queries, rights, a procedure.
fn script() -> String {
    let mut text = String::with_capacity(SIZE + 4096);
    let mut number = 0;
    while text.len() < SIZE {
        number += 1;
        text.push_str(&format!(
            "-- facts of source {number}\n\
             create table if not exists sales.fact_{number} (\n    \
                 id bigint identity(1, 1) not null encode az64,\n    \
                 customer_id integer distkey references sales.customer (id),\n    \
                 status varchar(20) default 'new' encode bytedict,\n    \
                 note varchar(max) encode zstd,\n    \
                 placed_at timestamp default sysdate,\n    \
                 primary key (id)\n)\ndiststyle key compound sortkey (placed_at, id);\n\
             comment on column sales.fact_{number}.status is 'It''s one of: new, paid, shipped';\n\
             grant select, insert on sales.fact_{number} to group analysts;\n"
        ));
        for row in 0..20 {
            text.push_str(&format!(
                "insert into sales.fact_{number} (customer_id, status, note) values ({row}, 'paid', 'a note of row {row}, as people write them');\n"
            ));
        }
        text.push_str(&format!(
            "create or replace view sales.recent_{number} as\n\
             select c.name, nvl(f.status, 'none') as status, count(*) as orders, max(f.placed_at) as last_order,\n       \
                 datediff(day, min(f.placed_at), getdate()) as days\n\
             from sales.fact_{number} f join sales.customer c on c.id = f.customer_id\n\
             where f.placed_at >= dateadd(month, -3, getdate()) and f.note not like '%test%'\n\
             group by c.name, f.status with no schema binding;\n\
             create or replace procedure sales.load_{number}(day date) as $$\nbegin\n    \
                 delete from sales.fact_{number} where placed_at::date = day;\n    \
                 insert into sales.fact_{number} (customer_id, status) select id, 'new' from stage where loaded = day;\n\
             end;\n$$ language plpgsql;\n"
        ));
    }
    text
}

fn best(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut found = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let count = work();
        found = found.min((start.elapsed(), count));
    }
    found
}

fn translated(text: &str) -> usize {
    let known = Surroundings::default();
    let translated =
        read_script(text, Dialect::Redshift, |read| translate_read(read, QuotedNames::Folded, &known).is_ok());
    translated.unwrap_or_default().into_iter().filter(|kept| *kept).count()
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let text = script();
    let megabytes = text.len() as f64 / 1e6;
    let dialect = RedshiftSqlDialect {};
    let (theirs, tokens) = best(|| Tokenizer::new(&dialect, &text).tokenize().map_or(0, |tokens| tokens.len()));
    let (lexed, own_tokens) = best(|| vesto::sql::tokens(&text, Dialect::Redshift).len());
    let (split, statements) = best(|| parse_script(&text, Dialect::Redshift).map_or(0, |found| found.len()));
    let (ours, kept) = best(|| translated(&text));
    if tokens == 0 || kept != statements {
        return Err(format!("{kept} of {statements} statements were translated, {tokens} tokens read").into());
    }
    let line = |name: &str, time: Duration, count: usize| {
        let seconds = time.as_secs_f64();
        println!("{name:<34} {:>8.1} ms {:>8.1} MB/s {count:>9}", seconds * 1e3, megabytes / seconds);
    };
    println!("{megabytes:.1} MB, best of {ROUNDS}");
    line("sqlparser: tokenize", theirs, tokens);
    line("vesto: tokenize", lexed, own_tokens);
    line("vesto: split and classify", split, statements);
    line("vesto: split, classify, translate", ours, kept);
    println!("ratio: {:.2}", theirs.as_secs_f64() / ours.as_secs_f64());
    Ok(())
}
