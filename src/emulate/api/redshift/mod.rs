//! The actions of Amazon Redshift: <https://docs.aws.amazon.com/redshift/latest/APIReference/API_Operations.html>.

mod clusters;
mod credentials;
mod description;
mod names;
mod new_cluster;
mod snapshots;
mod tags;

use serde_json::Value;

pub(super) use credentials::{identity, issue_to_identity};
pub(super) use new_cluster::adopted;

use super::page;
use super::query::Parameters;
use super::refusal::Refusal;
use super::service::Context;

/// The namespace of all answers.
pub(super) const NAMESPACE: &str = "http://redshift.amazonaws.com/doc/2012-12-01/";

/// Carries an action out; returns what stands in its result.
pub(super) async fn carry_out(context: &Context<'_>, action: &str, parameters: &Parameters) -> Result<Value, Refusal> {
    match action {
        "CreateCluster" => clusters::create(context, parameters).await,
        "DescribeClusters" => clusters::describe(context, parameters),
        "PauseCluster" => clusters::pause(context, parameters).await,
        "ResumeCluster" => clusters::resume(context, parameters).await,
        "RebootCluster" => clusters::reboot(context, parameters).await,
        "DeleteCluster" => clusters::delete(context, parameters).await,
        "ModifyClusterIamRoles" => clusters::modify_roles(context, parameters),
        "CreateClusterSnapshot" => snapshots::create(context, parameters).await,
        "DescribeClusterSnapshots" => snapshots::describe(context, parameters),
        "DeleteClusterSnapshot" => snapshots::delete(context, parameters).await,
        "RestoreFromClusterSnapshot" => snapshots::restore(context, parameters).await,
        "CreateTags" => tags::create(context, parameters),
        "DeleteTags" => tags::delete(context, parameters),
        "DescribeTags" => tags::describe(context, parameters),
        "GetClusterCredentials" => credentials::of_user(context, parameters).await,
        "GetClusterCredentialsWithIAM" => credentials::of_identity(context, parameters).await,
        other => {
            Err(Refusal::not_emulated(format!("`{other}` of redshift is not emulated; docs/double.md lists what is")))
        }
    }
}

/// A page of an answer, with the sizes that AWS allows, and its marker.
fn page_of<T>(
    parameters: &Parameters,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = parameters.number("MaxRecords")?.unwrap_or(100);
    if !(20..=100).contains(&size) {
        return Err(Refusal::invalid(format!("MaxRecords is {size}, expected 20 to 100")));
    }
    let unknown = || Refusal::invalid("The marker is not one that an earlier answer gave");
    page::page(items, key, parameters.text("Marker"), size).ok_or_else(unknown)
}
