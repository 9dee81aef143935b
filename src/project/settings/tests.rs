//! Tests of `vesto.ini`.

use std::time::Duration;

use super::*;
use crate::text::{FileSet, render_all};

fn read(text: &str) -> Result<Settings, String> {
    let mut files = FileSet::default();
    let file = files.add("vesto.ini", text);
    Settings::read(file, text).map_err(|errors| render_all(&errors, &files))
}

fn refused(text: &str, expected: &[&str]) {
    let shown = read(text).expect_err("must be refused");
    for part in expected {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(read("").expect("reads"), Settings::default());
}

#[test]
fn a_full_file_is_read() {
    let settings = read(
        "[project]\nname = shop ; the shop\nchanges = q.ini\ntarget = dev\n[target dev]\nkind = redshift\n\
         cluster = night\ndatabase = sales\nuser = admin\npassword = ${secret:dev#password}\nport = 5440\n\
         search_path = shop, public\nstatement_timeout = 5m\nsslmode = verify-full\n\
         [store lake]\nbucket = ${env:BUCKET}\n[store here]\nfolder = data/out\n[vars]\nRegion = eu\n",
    )
    .expect("reads");
    assert_eq!(
        (settings.name.as_deref(), settings.changes.as_str(), settings.tests.as_str()),
        (Some("shop"), "q.ini", "tests")
    );
    assert_eq!(settings.vars[0].0, "Region");
    assert!(settings.stores[0].bucket.is_some() && settings.stores[0].folder.is_none());
    assert!(settings.stores[1].bucket.is_none() && settings.stores[1].folder.is_some());
    assert_eq!(settings.targets.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["dev", "local"]);

    let target = settings.target("dev").expect("is there");
    let spec = target.resolve(&mut |reference| Ok(format!("hidden {reference}"))).expect("resolves");
    assert!(!format!("{spec:?}").contains("hidden"));
    assert_eq!((spec.search_path.len(), spec.statement_timeout), (2, Some(Duration::from_secs(300))));
    let TargetPlace::Redshift(cluster) = spec.place else { panic!("not a cluster") };
    assert_eq!(cluster.login.password.map(|p| p.expose().clone()).as_deref(), Some("hidden ${secret:dev#password}"));
    assert_eq!((cluster.login.port, cluster.login.sslmode), (Some(5440), Some(SslMode::VerifyFull)));
}

#[test]
fn a_way_through_a_jump_host_or_a_proxy_is_read() {
    let route = |lines: &str| {
        let settings = read(&format!("[target d]\nkind = redshift\n{lines}")).expect("reads");
        let spec = settings.targets[0].resolve(&mut |_| Ok("h\u{fc}nter".to_owned())).expect("resolves");
        assert!(!format!("{spec:?}").contains("h\u{fc}nter"));
        let TargetPlace::Redshift(cluster) = spec.place else { panic!("not a cluster") };
        cluster.login.route
    };
    let Some(Route::Jump(jump)) = route("ssh = joe@jump:2222\nssh_config = ci/ssh_config\n") else { panic!("no jump") };
    assert_eq!(jump.to_string(), "joe@jump:2222");
    assert_eq!(jump.config.as_deref(), Some(std::path::Path::new("ci/ssh_config")));
    let Some(Route::Proxy(proxy)) = route("proxy = socks5h://joe:${env:P}@proxy:1080\n") else { panic!("no proxy") };
    assert_eq!((proxy.host.as_str(), proxy.port, proxy.login.is_some()), ("proxy", 1080, true));
    assert_eq!(route(""), None);
}

#[test]
fn a_store_takes_credentials_from_one_place() {
    let settings =
        read("[store s]\nbucket = b\nendpoint = http://s3\nprofile = p\nassume_role = arn:aws:iam::1:role/r\n");
    let store = settings.expect("reads").stores.remove(0);
    let text = |value: Option<Value>| value.and_then(|value| value.literal().map(str::to_owned));
    assert_eq!(
        (text(store.profile).as_deref(), text(store.assume_role).as_deref()),
        (Some("p"), Some("arn:aws:iam::1:role/r"))
    );
    let both = "[store s]\nbucket = b\naccess_key_id = i\nsecret_access_key = k\nassume_role = r\n";
    refused(both, &["store `s` says twice whose credentials it takes", "vesto.ini:5:", "its access key is here"]);
}

#[test]
fn a_local_target_may_speak_postgres() {
    let settings = read("[target local]\nkind = local\ndialect = postgres\n").expect("reads");
    assert_eq!(settings.targets.len(), 1);
    assert_eq!(settings.targets[0].dialect, Dialect::Postgres);
}

#[test]
fn slips_are_refused_with_a_suggestion() {
    refused("[projekt]\n", &["unknown section `[projekt]`", "did you mean `project`?"]);
    refused("[target]\nkind = local\n", &["give it a name: `[target NAME]`"]);
    refused(
        "[project]\nchange = x\n",
        &["unknown key `change` in `[project]`", "did you mean `changes`?", "vesto.ini:2:1"],
    );
    refused("[target d]\nkind = postgers\n", &["unknown kind `postgers`", "did you mean `postgres`?"]);
    refused("[target d]\nuser = x\n", &["target `d` has no `kind`"]);
    refused("[target d]\nkind = local\npasword = x\n", &["unknown key `pasword`"]);
    refused("[target d]\nkind = postgres\nport = many\n", &["the value of `port` does not fit", "a number"]);
    refused("[target d]\nkind = postgres\nurl = postgres://h/d\nhost = h\n", &["has both `url` and `host`"]);
    refused("[target d]\nkind = postgres\nssh = -oProxyCommand=x\n", &["the value of `ssh` does not fit", "USER@"]);
    refused("[target d]\nkind = postgres\nproxy = socks5://hunter2@h:1\n", &["the value of `proxy`", "socks5h://HOST"]);
    refused("[target d]\nkind = postgres\nssh = h\nproxy = socks5h://h:1\n", &["has both `ssh` and `proxy`"]);
    refused("[target d]\nkind = postgres\nssh_config = f\n", &["has `ssh_config` and no `ssh`", "add `ssh = HOST`"]);
    refused(
        "[project]\ntarget = stagin\n[target staging]\nkind = postgres\n",
        &["there is no target `stagin`", "did you mean `staging`?"],
    );
    refused("[project]\nname = ${env:A}\n", &["`name` must be plain text"]);
    refused("[store s]\n", &["store `s` needs `bucket`, `folder` or both"]);
    refused("[vars]\nmy-var = 1\n", &["`my-var` cannot be the name of a variable"]);
    refused("[DEFAULT]\na = 1\n", &["`[DEFAULT]` has no meaning here"]);
    refused("[target a]\nkind=local\n[target  a]\nkind=local\n", &["target `a` stands twice"]);
}

#[test]
fn a_wrong_value_from_elsewhere_is_refused_without_showing_it() {
    let settings = read("[target d]\nkind = postgres\nport = ${env:PORT}\n").expect("reads");
    let error = settings.targets[0].resolve(&mut |_| Ok("hunter2".to_owned())).expect_err("is no port");
    assert!(!format!("{error:?}").contains("hunter2"));
}
