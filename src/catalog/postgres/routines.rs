//! Functions, procedures, aggregates and event triggers.

use super::query::{IN_USE, NONE, Source, comment, no_member, of_its_own, sorted};

pub(super) fn queries() -> Vec<String> {
    let condition = format!("{IN_USE} and {}", of_its_own("pg_proc", "p.oid"));
    let routines = Source {
        // `prokind` came with 11; a server without it has no procedures.
        kind: "case when ag.aggfnoid is not null then 'aggregate' when to_jsonb(p) ->> 'prokind' = 'p' then \
            'procedure' else 'function' end",
        schema: "n.nspname",
        name: "p.proname",
        arguments: "oidvectortypes(p.proargtypes)",
        table: NONE,
        from: "pg_proc p join pg_namespace n on n.oid = p.pronamespace left join pg_aggregate ag on ag.aggfnoid = p.oid",
        condition: &condition,
    };
    let aggregate = "concat_ws(' ', 'kind', ag.aggkind, 'returns', pg_get_function_result(p.oid), 'sfunc', \
        ag.aggtransfn, 'stype', format_type(ag.aggtranstype, null), 'finalfunc', ag.aggfinalfn, 'combinefunc', \
        ag.aggcombinefn, 'serialfunc', ag.aggserialfn, 'deserialfunc', ag.aggdeserialfn, 'msfunc', ag.aggmtransfn, \
        'minvfunc', ag.aggminvtransfn, 'mstype', format_type(nullif(ag.aggmtranstype, 0), null), 'mfinalfunc', \
        ag.aggmfinalfn, 'sortop', ag.aggsortop::regoperator, 'initcond ' || quote_literal(ag.agginitval), \
        'minitcond ' || quote_literal(ag.aggminitval), 'parallel', p.proparallel)";
    vec![
        routines.facts(&[
            (
                "definition",
                &format!("case when ag.aggfnoid is null then pg_get_functiondef(p.oid) else {aggregate} end"),
            ),
            ("owner", "pg_get_userbyid(p.proowner)"),
            ("comment", &comment("pg_proc", "p.oid")),
        ]),
        routines.grants("p.proacl", "'f'", "p.proowner"),
        event_triggers(),
    ]
}

fn event_triggers() -> String {
    let tags = sorted("v.evttags");
    Source {
        kind: "'event trigger'",
        schema: NONE,
        name: "v.evtname",
        arguments: NONE,
        table: NONE,
        from: "pg_event_trigger v",
        condition: &no_member("pg_event_trigger", "v.oid"),
    }
    .facts(&[
        (
            "definition",
            &format!("concat_ws(' ', 'on', v.evtevent, 'tags', {tags}, 'execute', v.evtfoid::regprocedure)"),
        ),
        ("owner", "pg_get_userbyid(v.evtowner)"),
        ("comment", &comment("pg_event_trigger", "v.oid")),
        ("fires", "case v.evtenabled when 'D' then 'disabled' when 'R' then 'on replicas' when 'A' then 'always' end"),
    ])
}
