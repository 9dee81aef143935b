//! The very commands of the pipeline files, on the local target and on an emulated cluster.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::definition::{
    Job, Task, codebuild, codebuild_reports, ecs, github, gitlab, jenkins, kubernetes, text, yaml,
};
use super::{Container, expect, open_to_all};
use crate::emulate::{self, Emulator};
use crate::support::Sandbox;

/// What the build system knows and no output may hold: the cluster's password, and a token for AWS.
const SECRET: &str = "Geheim-7391";

/// Where the sample project is in the repository.
const WAREHOUSE: &str = "examples/warehouse";

/// A target for a pipeline, with a checkout of the repository for each of its machines.
struct Warehouse {
    target: &'static str,
    checkouts: [Sandbox; 2],
    emulator: Option<Emulator>,
}

impl Warehouse {
    /// The local target, whose data are in the checkout: both machines have the same one.
    fn local() -> Option<Self> {
        Some(Self { target: "local", checkouts: [checkout()?, Sandbox::new()], emulator: None })
    }

    /// An emulated cluster with TLS and a password. Machines have nothing in common but what the system hands over.
    fn cluster() -> Option<Self> {
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join(WAREHOUSE).join("data");
        let settings = format!("[project]\nname = w\n\n[store raw]\nbucket = acme-raw\nfolder = {}\n", files.display());
        let sandbox = emulate::sandbox()?.env("VESTO_EMULATE_PASSWORD", SECRET).file("vesto.ini", &settings);
        emulate::certify(&sandbox);
        let certificate = sandbox.read("server.crt");
        let emulator = Emulator::start_in(sandbox, &["--tls-cert", "server.crt", "--tls-key", "server.key"]);
        let target = format!(
            "\n[target cluster]\nkind = redshift\nendpoint = localhost\nport = {}\nuser = awsuser\ndatabase = dev\n\
             password = ${{env:REDSHIFT_PASSWORD}}\nsslrootcert = server.crt\n",
            emulator.port()
        );
        let checkouts = [checkout()?, checkout()?];
        for checkout in &checkouts {
            let settings = format!("{WAREHOUSE}/vesto.ini");
            checkout.write(&settings, &(checkout.read(&settings) + &target));
            checkout.write(&format!("{WAREHOUSE}/server.crt"), &certificate);
        }
        Some(Self { target: "cluster", checkouts, emulator: Some(emulator) })
    }

    /// The checkout of the machine before the approval, or of the one after it.
    fn machine(&self, number: usize) -> &Sandbox {
        if self.emulator.is_none() { &self.checkouts[0] } else { &self.checkouts[number] }
    }

    /// Runs a job on a machine. What the build system adds to the environment wins over the file's.
    fn run(&self, machine: usize, job: &Job, added: &[(&str, &str)]) -> Option<Output> {
        let folder = self.machine(machine).path(".");
        let given = [("VESTO_TARGET", self.target), ("VESTO_PROJECT", WAREHOUSE), ("REDSHIFT_PASSWORD", SECRET)];
        let variables = job.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let variables: Vec<_> = variables.chain(given).chain(added.iter().copied()).collect();
        let shell = |commands: &[String]| {
            let container = Container::new(&folder, false)?.with_tmp();
            let container = variables.iter().fold(container, |container, (name, value)| container.env(name, value));
            Some(container.run(&["sh", "-euc", &commands.join("\n")]))
        };
        let output = shell(&job.commands)?;
        if !job.afterwards.is_empty() {
            expect(&shell(&job.afterwards)?, 0);
        }
        keeps(&expect(&output, 0));
        Some(output)
    }

    /// Hands the saved plan from one machine to the other, as artefact stores do.
    fn hand_over(&self, from: &str, to: &str) {
        let plan = self.machine(0).read(from);
        let machine = self.machine(1);
        machine.write(to, &plan);
        open_to_all(machine.path(to).parent().expect("a folder"));
    }

    /// The reports are there, and nothing that was written holds a secret.
    #[track_caller]
    fn ends(self, machine: usize, reports: &[&str]) {
        for report in reports {
            let text = self.machine(machine).read(report);
            assert!(text.contains("<testsuites") && !text.contains("failures=\"1"), "{report}: {text}");
        }
        for sandbox in &self.checkouts {
            let found = Command::new("grep")
                .args(["-rlF", "--exclude-dir=data", SECRET])
                .arg(sandbox.path("."))
                .output()
                .expect("grep runs");
            assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a secret is in a file");
        }
        self.emulator.map(Emulator::end);
    }
}

fn checkout() -> Option<Sandbox> {
    let sandbox = Sandbox::local()?;
    fs::create_dir(sandbox.path("examples")).expect("a folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join(WAREHOUSE);
    let copied = Command::new("cp").arg("-R").args([&project, &sandbox.path(WAREHOUSE)]).status().expect("cp runs");
    assert!(copied.success());
    open_to_all(&sandbox.path("."));
    Some(sandbox)
}

#[track_caller]
fn keeps(output: &str) {
    assert!(!output.contains(SECRET), "a secret is shown:\n{output}");
}

/// Runs what comes before the approval and what comes after it.
fn in_two_jobs(jobs: &[Job; 2], warehouse: Warehouse, added: &[(&str, &str)]) -> Option<()> {
    let planned = expect(&warehouse.run(0, &jobs[0], added)?, 0);
    assert!(planned.contains("6 changes") || planned.contains("changes to apply"), "{planned}");
    if warehouse.emulator.is_some() {
        warehouse.hand_over("build/plan.json", "build/plan.json");
    }
    let done = expect(&warehouse.run(1, &jobs[1], added)?, 0);
    assert!(done.contains("changes applied") && done.contains("tests passed"), "{done}");
    warehouse.ends(1, &["build/apply.xml", "build/test.xml"]);
    Some(())
}

fn on_both(run: impl Fn(Warehouse) -> Option<()>) {
    for warehouse in [Warehouse::local(), Warehouse::cluster()].into_iter().flatten() {
        let _ = run(warehouse);
    }
}

#[test]
fn buildspec() {
    on_both(|warehouse| {
        let job = codebuild("buildspec.yml")?;
        let done = expect(&warehouse.run(0, &job, &[])?, 0);
        assert!(done.contains("changes applied") && done.contains("tests passed"), "{done}");
        assert_eq!(codebuild_reports("buildspec.yml")?, ["build/vesto.xml"]);
        warehouse.ends(0, &["build/vesto.xml"]);
        Some(())
    });
}

#[test]
fn buildspecs_of_the_pipeline() {
    on_both(|warehouse| {
        let planned = expect(&warehouse.run(0, &codebuild("ci/pipelines/plan.buildspec.yml")?, &[])?, 0);
        assert!(planned.contains("changes to apply"), "{planned}");
        warehouse.hand_over("build/plan.json", "plan/plan.json");
        let file = "ci/pipelines/apply.buildspec.yml";
        let added = [("CODEBUILD_SRC_DIR_plan", "/srv/plan")];
        let done = expect(&warehouse.run(1, &codebuild(file)?, &added)?, 0);
        assert!(done.contains("changes applied") && done.contains("tests passed"), "{done}");
        assert_eq!(codebuild_reports(file)?, ["build/*.xml"]);
        warehouse.ends(1, &["build/apply.xml", "build/test.xml"]);
        Some(())
    });
}

#[test]
fn jenkinsfile() {
    on_both(|warehouse| in_two_jobs(&jenkins("Jenkinsfile"), warehouse, &[("VESTO_AUTHOR", "jenkins w #1")]));
}

#[test]
fn scripted_jenkinsfile() {
    let [declarative, scripted] = ["Jenkinsfile", "ci/pipelines/scripted.Jenkinsfile"].map(jenkins);
    for (one, other) in declarative.iter().zip(&scripted) {
        assert!(!one.commands.is_empty());
        assert_eq!(one.commands, other.commands);
    }
}

#[test]
fn github_actions() {
    on_both(|warehouse| in_two_jobs(&github("ci/pipelines/github-actions.yml", ["plan", "apply"])?, warehouse, &[]));
}

#[test]
fn gitlab_ci() {
    on_both(|warehouse| {
        let jobs = gitlab("ci/pipelines/gitlab-ci.yml", ["plan", "apply"])?;
        in_two_jobs(&jobs, warehouse, &[("AWS_IDENTITY", SECRET)])
    });
}

/// Runs a task as its engine would, and reads its log.
fn run_task(task: &Task, warehouse: Warehouse, done: &[&str]) -> Option<()> {
    assert!(task.is_read_only, "{task:?}");
    let project = warehouse.machine(0).path(WAREHOUSE);
    let container = Container::new(&project, true)?.with_tmp().uid(&task.uid);
    let container = task.variables.iter().fold(container, |container, (name, value)| container.env(name, value));
    let container = container.env("REDSHIFT_PASSWORD", SECRET);
    let mut words: Vec<&str> = ["vesto"].into_iter().chain(task.words.iter().map(String::as_str)).collect();
    if let Some(target) = words.iter().position(|word| *word == "--target") {
        words[target + 1] = warehouse.target;
    } else {
        words.extend(["--target", warehouse.target]);
    }
    let log = expect(&container.run(&words), 0);
    keeps(&log);
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    assert!(done.iter().all(|words| log.contains(words)), "{log}");
    warehouse.ends(0, &[]);
    Some(())
}

#[test]
fn ecs_tasks() {
    let task = ecs("ci/pipelines/ecs/task-definition.json");
    on_both(|warehouse| run_task(&task, warehouse, &["change-finished", "test-finished"]));
    let task = ecs("ci/pipelines/ecs/service-task-definition.json");
    if let Some(warehouse) = Warehouse::cluster() {
        run_task(&task, warehouse, &["change-finished"]);
    }
}

#[test]
fn kubernetes_jobs() {
    let [job, hook] = ["kubernetes-job.yml", "argocd-presync.yml"].map(|file| yaml(&format!("ci/pipelines/{file}")));
    let (Some(job), Some(hook)) = (job, hook) else { return };
    assert_eq!(job["spec"], hook["spec"]);
    on_both(|warehouse| run_task(&kubernetes(&job), warehouse, &["change-finished", "test-finished"]));
}

/// Docker and AWS are replaced by what writes down how they are called: neither can be had here.
#[test]
fn image_buildspec() {
    let sandbox = Sandbox::new();
    let aws = format!("#!/bin/sh\necho \"aws $*\" >>calls\necho {SECRET}\n");
    let docker = "#!/bin/sh\necho \"docker $*\" >>calls\n[ \"$1\" != login ] || cat >given\n";
    for (name, script) in [("tools/aws", aws.as_str()), ("tools/docker", docker)] {
        sandbox.write_private(name, script, 0o755);
    }
    open_to_all(&sandbox.path("."));
    let Some(job) = codebuild("ci/pipelines/image.buildspec.yml") else { return };
    let Some(container) = Container::new(&sandbox.path("."), false) else { return };
    let added =
        [("AWS_REGION", "eu-west-1"), ("CODEBUILD_RESOLVED_SOURCE_VERSION", "abc"), ("PATH", "/srv/tools:/bin")];
    let variables = job.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(added);
    let container = variables.fold(container, |container, (name, value)| container.env(name, value));
    keeps(&expect(&container.run(&["sh", "-euc", &job.commands.join("\n")]), 0));
    let registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let calls = sandbox.read("calls");
    let mut calls: Vec<&str> = calls.lines().collect();
    // Both ends of the pipe begin at once.
    calls[..2].sort_unstable();
    assert_eq!(
        calls,
        [
            "aws ecr get-login-password --region eu-west-1",
            &format!("docker login --username AWS --password-stdin {registry}"),
            &format!("docker build --tag {registry}/vesto:abc ."),
            &format!("docker run --rm --read-only {registry}/vesto:abc --version"),
            &format!("docker push {registry}/vesto:abc"),
        ]
    );
    assert_eq!(sandbox.read("given").trim(), SECRET);
}

#[test]
fn the_stack_names_buildspecs_that_are_there() {
    let stack = text("ci/pipelines/cloudformation.yml");
    let named: Vec<&str> = stack.lines().filter_map(|line| line.trim().strip_prefix("BuildSpec: ")).collect();
    assert_eq!(named, ["ci/pipelines/plan.buildspec.yml", "ci/pipelines/apply.buildspec.yml"]);
    named.into_iter().for_each(|file| assert!(!text(file).is_empty()));
}
