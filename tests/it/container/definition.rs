//! Reads the commands out of pipeline files, as the systems that they are for would run them.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::announce;

/// What one machine of a build system runs: a job.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) variables: Vec<(String, String)>,
    /// Lines for a shell.
    pub(super) commands: Vec<String>,
    /// Lines for a shell afterwards, whatever came of the commands.
    pub(super) afterwards: Vec<String>,
}

/// A container that ends with its command: no shell is in between.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) variables: Vec<(String, String)>,
    pub(super) words: Vec<String>,
    pub(super) uid: String,
    pub(super) is_read_only: bool,
}

pub(super) fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A YAML file. Nothing, after a loud word, where Python has no reader for it.
pub(super) fn yaml(file: &str) -> Option<Value> {
    const READ: &str = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let output = Command::new("python3").args(["-c", READ]).arg(path).stdin(Stdio::null()).output();
    let output = output.expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named") {
        announce("LEFT OUT: commands of pipelines, because `python3` has no yaml: see ci/test");
        return None;
    }
    assert!(output.status.success(), "{file}: {said}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn texts(list: &Value) -> Vec<String> {
    let text = |item: &Value| item.as_str().expect("a text").to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}

fn pairs(map: &Value) -> Vec<(String, String)> {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned())).collect()
}

/// A buildspec: all phases in their order, in one shell.
pub(super) fn codebuild(file: &str) -> Option<Job> {
    let document = yaml(file)?;
    let phases =
        ["install", "pre_build", "build", "post_build"].map(|name| texts(&document["phases"][name]["commands"]));
    Some(Job { variables: pairs(&document["env"]["variables"]), commands: phases.concat(), ..Job::default() })
}

/// The files that a buildspec publishes, as patterns.
pub(super) fn codebuild_reports(file: &str) -> Option<Vec<String>> {
    let reports = &yaml(file)?["reports"]["vesto"];
    assert_eq!(reports["file-format"], "JUNITXML", "{file}");
    let base = reports["base-directory"].as_str().expect("a folder");
    Some(texts(&reports["files"]).iter().map(|pattern| format!("{base}/{pattern}")).collect())
}

/// A Jenkinsfile: the commands before the question, and those after it.
pub(super) fn jenkins(file: &str) -> [Job; 2] {
    let text = text(file);
    let (before, after) = text.split_once("input message:").expect("a question");
    [before, after].map(|part| {
        let commands = part.lines().filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\''));
        Job { commands: commands.map(str::to_owned).collect(), ..Job::default() }
    })
}

/// A workflow of GitHub: its jobs in order.
pub(super) fn github(file: &str, jobs: [&str; 2]) -> Option<[Job; 2]> {
    let document = yaml(file)?;
    Some(jobs.map(|name| {
        let steps = document["jobs"][name]["steps"].as_array().expect("steps");
        let commands = steps.iter().filter_map(|step| step["run"].as_str().map(str::to_owned));
        Job { variables: pairs(&document["env"]), commands: commands.collect(), ..Job::default() }
    }))
}

/// Jobs of GitLab, with what they take from the hidden job.
pub(super) fn gitlab(file: &str, jobs: [&str; 2]) -> Option<[Job; 2]> {
    let document = yaml(file)?;
    Some(jobs.map(|name| {
        let job = &document[name];
        let base = &document[job["extends"].as_str().expect("a base")];
        Job {
            variables: [pairs(&document["variables"]), pairs(&base["variables"])].concat(),
            commands: [texts(&base["before_script"]), texts(&job["script"])].concat(),
            afterwards: texts(&base["after_script"]),
        }
    }))
}

/// The first container of a task definition of ECS.
pub(super) fn ecs(file: &str) -> Task {
    let document: Value = serde_json::from_str(&text(file)).expect("JSON");
    let container = &document["containerDefinitions"][0];
    Task {
        variables: named(&container["environment"]),
        words: texts(&container["command"]),
        uid: container["user"].as_str().and_then(|user| user.split(':').next()).expect("a user").to_owned(),
        is_read_only: container["readonlyRootFilesystem"] == true,
    }
}

/// The container of a Job of Kubernetes.
pub(super) fn kubernetes(document: &Value) -> Task {
    let pod = &document["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let variables = named(&container["env"]);
    let replace =
        |word: String| variables.iter().fold(word, |word, (name, value)| word.replace(&format!("$({name})"), value));
    Task {
        words: texts(&container["args"]).into_iter().map(replace).collect(),
        variables,
        uid: pod["securityContext"]["runAsUser"].to_string(),
        is_read_only: container["securityContext"]["readOnlyRootFilesystem"] == true,
    }
}

fn named(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.as_array().into_iter().flatten().map(|one| (text(&one["name"]), text(&one["value"]))).collect()
}
