//! Clusters behind a jump host.

use rustix::process::{Signal, kill_process};

use super::Site;
use crate::reach::{Jump, Running, await_that};

const LOGIN: &str = "hostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";

/// Sessions whose statement waits.
const BUSY: &str =
    "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";

/// The project with this target, behind a jump host.
fn site(target: &str) -> Option<(Site, Jump)> {
    let site = Site::start("[target dev]\nkind = local\n")?;
    let jump = Jump::beside(&site.project)?;
    aim(&site, &jump, target);
    Some((site, jump))
}

fn aim(site: &Site, jump: &Jump, target: &str) {
    let lines = jump.lines();
    let settings = format!("[project]\nname = sample\ntarget = dev\n\n[target dev]\n{target}\n{LOGIN}{lines}");
    site.project.write("vesto.ini", &settings);
}

#[test]
fn all_kinds_go_through_it() {
    let Some((site, jump)) = site("kind = serverless\nworkgroup = local") else { return };
    site.project.typed("plan").ends(0).out("V1__t");
    let port = site.emulator.port();
    assert_eq!(jump.passages("127.0.0.1", port), 1);
    aim(&site, &jump, "kind = redshift\ncluster = local\nuser = awsuser");
    site.project.typed("run").ends(0).out("1 change applied");
    assert!(jump.passages("127.0.0.1", port) > 1);
    aim(&site, &jump, "kind = ephemeral\nnode_type = ra3.large\nfinal_snapshot = no");
    let before = (jump.passages("127.0.0.1", port), jump.all_passages());
    site.project.typed("run").ends(0).out("1 change applied");
    assert_eq!(jump.passages("127.0.0.1", port), before.0, "it has a port of its own");
    assert!(jump.all_passages() > before.1);
    site.emulator.end();
}

/// There a statement outlives its session, so nothing is tried again.
#[test]
fn when_it_goes_away_the_connection_is_lost() {
    let Some((site, jump)) = site("kind = redshift\ncluster = local\nuser = awsuser\nlock_term = 2s") else { return };
    site.project.write("changes/V2__alone.sql", "-- vesto: transaction=none\nselect pg_sleep(600);\n");
    let apply = || {
        let before = jump.all_passages();
        let running = Running::start(&site.project, &["apply"]);
        await_that("its statement runs", || site.sql(BUSY) == "1\n");
        await_that("its heartbeat is through too", || jump.all_passages() >= before + 2);
        running
    };
    let running = apply();
    let before = jump.all_passages();
    running.interrupt();
    running.end().ends(130);
    assert!(jump.all_passages() > before, "the request went another way");
    let running = apply();
    for child in running.children() {
        kill_process(child, Signal::KILL).expect("ssh runs");
    }
    running.end().ends(7).out("1 change in doubt on dev").out("; ssh: it ended with signal: 9");
    site.project.typed("apply").ends(10).err("is in doubt");
    site.emulator.end();
}
