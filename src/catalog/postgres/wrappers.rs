//! Foreign data wrappers, servers and user mappings.

use super::database::ALONE;
use super::query::{Source, comment, no_member, sorted};

pub(super) fn queries() -> Vec<String> {
    let wrappers = Source {
        kind: "'foreign data wrapper'",
        name: "w.fdwname",
        from: "pg_foreign_data_wrapper w",
        condition: &no_member("pg_foreign_data_wrapper", "w.oid"),
        ..ALONE
    };
    let servers = Source {
        kind: "'server'",
        name: "s.srvname",
        from: "pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw",
        condition: &no_member("pg_foreign_server", "s.oid"),
        ..ALONE
    };
    let procedures = "concat_ws(' ', 'handler', nullif(w.fdwhandler, 0)::regprocedure, 'validator', \
        nullif(w.fdwvalidator, 0)::regprocedure)";
    vec![
        wrappers.facts(&[
            ("definition", procedures),
            ("options", &sorted("w.fdwoptions")),
            ("owner", "pg_get_userbyid(w.fdwowner)"),
            ("comment", &comment("pg_foreign_data_wrapper", "w.oid")),
        ]),
        wrappers.grants("w.fdwacl", "'F'", "w.fdwowner"),
        servers.facts(&[
            ("definition", "concat_ws(' ', 'wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion)"),
            ("options", &sorted("s.srvoptions")),
            ("owner", "pg_get_userbyid(s.srvowner)"),
            ("comment", &comment("pg_foreign_server", "s.oid")),
        ]),
        servers.grants("s.srvacl", "'S'", "s.srvowner"),
        user_mappings(),
    ]
}

fn user_mappings() -> String {
    // Their values hold passwords.
    let options =
        "(select string_agg(split_part(o, '=', 1), ', ' order by o collate \"C\") from unnest(m.umoptions) o)";
    Source {
        kind: "'user mapping'",
        name: "'for ' || m.usename || ' on ' || m.srvname",
        from: "pg_user_mappings m",
        condition: &no_member("pg_user_mapping", "m.umid"),
        ..ALONE
    }
    .facts(&[("names of options", options)])
}
