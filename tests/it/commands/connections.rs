//! Targets of kind `postgres`: where they are, who logs in, and how much TLS there is.

use crate::support::{ADMIN, PASSWORD, Sandbox};

/// A project whose target says only what kind it is, beyond these lines.
fn project(lines: &str) -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("postgres")?;
    let settings = format!("[project]\ntarget = dev\n\n[target dev]\nkind = postgres\n{lines}");
    Some(sandbox.file("vesto.ini", &settings).file("changes/V1__t.sql", "create table t (n integer);\n"))
}

#[test]
fn a_url_says_all() {
    let Some(sandbox) = project("url = ${env:TEST_URL}\n") else { return };
    sandbox.vesto(["apply"]).ends(0).out("1 change applied on dev");
    assert_eq!(sandbox.ask("select count(*) from t"), "0");
}

#[test]
fn variables_of_libpq_fill_in() {
    let Some(mut sandbox) = project("") else { return };
    let (port, name) = (sandbox.database().server.port.to_string(), sandbox.database().name.clone());
    sandbox.vesto(["plan"]).refuses(3, "no `user`", "PGUSER");
    for (variable, value) in [("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGDATABASE", &name), ("PGUSER", ADMIN)] {
        sandbox.set(variable, value);
    }
    sandbox.vesto(["plan"]).refuses(7, "password", "hint: ");
    sandbox.set("PGPASSWORD", "wrong");
    sandbox.vesto(["plan"]).refuses(7, "password authentication failed", "");
    sandbox.set("PGPASSWORD", PASSWORD);
    sandbox.vesto(["apply"]).ends(0).out("1 change applied on dev");
    sandbox.set("PGPORT", "many");
    sandbox.vesto(["plan"]).refuses(3, "PGPORT is not a number", "");
    sandbox.set("PGPORT", "1");
    sandbox.vesto(["plan"]).refuses(7, "127.0.0.1", "");
}

#[test]
fn the_password_file_is_read_if_nobody_else_can_read_it() {
    let Some(mut sandbox) = project("host = 127.0.0.1\n") else { return };
    let (port, name) = (sandbox.database().server.port.to_string(), sandbox.database().name.clone());
    let line = format!("# passwords\n127.0.0.1:1:*:{ADMIN}:other\n127.0.0.1:{port}:*:{ADMIN}:{PASSWORD}\n");
    for (variable, value) in [("PGPORT", &port), ("PGDATABASE", &name), ("PGUSER", &ADMIN.to_owned())] {
        sandbox.set(variable, value);
    }
    sandbox.write_private(".pgpass", &line, 0o644);
    sandbox.vesto(["plan"]).refuses(7, "password", "");
    sandbox.write_private(".pgpass", &line, 0o600);
    sandbox.vesto(["plan"]).ends(0);
    sandbox.write_private(".pgpass", "*:*:*:*:wrong\n", 0o600);
    sandbox.vesto(["plan"]).refuses(7, "password authentication failed", "");
    sandbox.write_private("elsewhere", &line, 0o600);
    let path = sandbox.path("elsewhere").display().to_string();
    sandbox.set("PGPASSFILE", &path);
    sandbox.vesto(["plan"]).ends(0);
}

#[test]
fn tls_is_as_strict_as_sslmode_says() {
    let Some(sandbox) = project("") else { return };
    sandbox.write("server.crt", &sandbox.database().server.certificate);
    sandbox
        .write("changes/V1__t.sql", "create table used as select ssl from pg_stat_ssl where pid = pg_backend_pid();\n");
    let url = sandbox.database().url();
    let check = |host: &str, lines: &str| {
        let head = "[project]\ntarget = dev\n\n[target dev]\nkind = postgres\nurl = ";
        sandbox.write("vesto.ini", &format!("{head}{}\n{lines}", url.replace("127.0.0.1", host)));
        sandbox.vesto(["apply"])
    };
    let encrypted = || {
        let ssl = sandbox.ask("select ssl from used");
        sandbox.vesto(["rollback"]).ends(0);
        ssl
    };
    check("127.0.0.1", "sslmode = disable\n").ends(0);
    assert_eq!(encrypted(), "f");
    for lines in ["", "sslmode = prefer\n", "sslmode = require\n", "sslmode = require\nsslrootcert = server.crt\n"] {
        check("127.0.0.1", lines).ends(0);
        assert_eq!(encrypted(), "t", "{lines}");
    }
    check("localhost", "sslmode = verify-full\n").refuses(7, "certificate", "sslrootcert");
    check("localhost", "sslmode = verify-ca\n").refuses(7, "certificate", "sslrootcert");
    check("localhost", "sslmode = verify-full\nsslrootcert = server.crt\n").ends(0);
    assert_eq!(encrypted(), "t");
    check("127.0.0.1", "sslmode = verify-ca\nsslrootcert = server.crt\n").ends(0);
    assert_eq!(encrypted(), "t");
    check("127.0.0.1", "sslmode = verify-full\nsslrootcert = server.crt\n").refuses(7, "certificate", "name");
    check("localhost", "sslmode = verify-full\nsslrootcert = absent.crt\n").refuses(7, "absent.crt", "");
}
