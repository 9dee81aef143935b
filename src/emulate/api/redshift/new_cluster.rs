//! What a request says of a cluster to make, checked as AWS checks it.

use std::time::Duration;

use time::OffsetDateTime;

use super::names;
use crate::emulate::api::behind::NewCluster;
use crate::emulate::api::fleet::{Cluster, Shape};
use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::text::Secret;

/// Nodes that a cluster may have.
const MOST_NODES: u32 = 128;

/// A cluster to make, and how it is described.
pub(super) fn read(parameters: &Parameters, now: OffsetDateTime) -> Result<(NewCluster, Cluster), Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let shape = Shape {
        node_type: parameters.required("NodeType")?.to_owned(),
        nodes: nodes(parameters)?,
        database: names::database_name(parameters.text("DBName").unwrap_or("dev"), "DBName")?,
        admin: names::database_name(parameters.required("MasterUsername")?, "MasterUsername")?,
        encrypted: true,
        kms_key: None,
        publicly_accessible: false,
        zone: None,
        maintenance_window: "sun:10:30-sun:11:00".to_owned(),
        automated_retention: 1,
    };
    let shape = changed(shape, parameters)?;
    if parameters.flag("ManageMasterPassword")?.unwrap_or_default() {
        let message = "ManageMasterPassword needs Secrets Manager, which the emulator has not; give MasterUserPassword";
        return Err(Refusal::bad("UnsupportedOperation", message));
    }
    let password = Some(password(parameters)?);
    let new = NewCluster {
        identifier: identifier.clone(),
        port: port(parameters)?,
        database: shape.database.clone(),
        admin: shape.admin.clone(),
        password,
    };
    let cluster = dress(Cluster::new(identifier, shape, now), parameters, now)?;
    Ok((new, cluster))
}

/// A cluster that is there without a request.
pub(in crate::emulate::api) fn adopted(cluster: &NewCluster, now: OffsetDateTime) -> Cluster {
    let shape = Shape {
        node_type: "ra3.large".to_owned(),
        nodes: 1,
        database: cluster.database.clone(),
        admin: cluster.admin.clone(),
        encrypted: true,
        kms_key: None,
        publicly_accessible: false,
        zone: None,
        maintenance_window: "sun:10:30-sun:11:00".to_owned(),
        automated_retention: 1,
    };
    Cluster::new(cluster.identifier.clone(), shape, now)
}

/// The shape with what the request says otherwise; a cluster that is restored has that of its snapshot.
pub(super) fn changed(shape: Shape, parameters: &Parameters) -> Result<Shape, Refusal> {
    let text = |name: &str| parameters.text(name).map(str::to_owned);
    Ok(Shape {
        node_type: text("NodeType").unwrap_or(shape.node_type),
        encrypted: parameters.flag("Encrypted")?.unwrap_or(shape.encrypted),
        kms_key: text("KmsKeyId").or(shape.kms_key),
        publicly_accessible: parameters.flag("PubliclyAccessible")?.unwrap_or(shape.publicly_accessible),
        zone: text("AvailabilityZone").or(shape.zone),
        maintenance_window: text("PreferredMaintenanceWindow").unwrap_or(shape.maintenance_window),
        automated_retention: parameters
            .number("AutomatedSnapshotRetentionPeriod")?
            .unwrap_or(shape.automated_retention),
        ..shape
    })
}

/// The cluster with the tags, roles and security groups of the request.
pub(super) fn dress(cluster: Cluster, parameters: &Parameters, now: OffsetDateTime) -> Result<Cluster, Refusal> {
    let mut cluster = cluster;
    names::add_tags(&mut cluster.tags, names::tags(parameters)?)?;
    add_roles(&mut cluster, parameters.list("IamRoles"), now, Duration::ZERO)?;
    cluster.default_role = parameters.text("DefaultIamRoleArn").map(str::to_owned);
    cluster.security_groups = parameters.list("VpcSecurityGroupIds");
    Ok(cluster)
}

/// Adds roles, which can be used after a time.
pub(super) fn add_roles(
    cluster: &mut Cluster,
    roles: Vec<String>,
    now: OffsetDateTime,
    delay: Duration,
) -> Result<(), Refusal> {
    for role in roles {
        if !role.starts_with("arn:") || !role.contains(":iam::") || !role.contains(":role/") {
            return Err(Refusal::invalid(format!("Invalid IAM role ARN: {role}")));
        }
        cluster.roles.entry(role).or_insert(now + delay);
    }
    Ok(())
}

/// The port to listen on, if one is asked for.
pub(super) fn port(parameters: &Parameters) -> Result<Option<u16>, Refusal> {
    match parameters.number::<u16>("Port")? {
        Some(port) if port < 1024 => Err(Refusal::invalid(format!("Port must be 1024 to 65535: {port}"))),
        port => Ok(port),
    }
}

fn nodes(parameters: &Parameters) -> Result<u32, Refusal> {
    let nodes = parameters.number("NumberOfNodes")?;
    match (parameters.text("ClusterType"), nodes) {
        (Some("single-node"), None | Some(1)) => Ok(1),
        (Some("single-node"), Some(_)) => {
            Err(Refusal::combination("NumberOfNodes must be 1 or left out for the cluster type single-node"))
        }
        (None | Some("multi-node"), Some(nodes)) if (2..=MOST_NODES).contains(&nodes) => Ok(nodes),
        (None | Some("multi-node"), _) => {
            let message = format!("Number of nodes for cluster type multi-node must be 2 to {MOST_NODES}");
            Err(Refusal::combination(message))
        }
        (Some(other), _) => Err(Refusal::invalid(format!("Invalid cluster type: {other}"))),
    }
}

/// The administrator's password, as
/// <https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html> wants it. No message holds it.
fn password(parameters: &Parameters) -> Result<Secret<String>, Refusal> {
    let Some(password) = parameters.text("MasterUserPassword") else {
        return Err(Refusal::combination("You must give MasterUserPassword or ask for ManageMasterPassword"));
    };
    let has = |fits: fn(&u8) -> bool| password.as_bytes().iter().any(fits);
    let fits = (8..=64).contains(&password.len())
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && password.bytes().all(|byte| (33..=126).contains(&byte) && !b"'\"\\/@".contains(&byte));
    if fits {
        return Ok(Secret::new(password.to_owned()));
    }
    Err(Refusal::invalid(
        "The parameter MasterUserPassword is not a valid password: it must be 8 to 64 printable ASCII characters \
         except ' \" \\ / @ and space, with at least one uppercase letter, one lowercase letter and one number",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const SOUND: &str = "ClusterIdentifier=C&NodeType=ra3.large&MasterUsername=Admin&MasterUserPassword=Secret123";

    fn read_form(more: &str) -> Result<(NewCluster, Cluster), Refusal> {
        read(&Parameters::read(format!("{SOUND}{more}").as_bytes()), NOW)
    }

    #[test]
    fn a_sound_request_is_read() {
        let (new, cluster) =
            read_form("&ClusterType=single-node&DBName=Sales&Tags.Tag.1.Key=a&Tags.Tag.1.Value=b").unwrap();
        assert_eq!([&new.identifier, &new.database, &new.admin], ["c", "sales", "admin"]);
        assert_eq!(new.password.unwrap().expose(), "Secret123");
        assert_eq!((cluster.shape.nodes, &cluster.tags["a"]), (1, &"b".to_owned()));
        assert_eq!(read_form("&NumberOfNodes=3").unwrap().1.shape.nodes, 3);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (more, code) in [
            ("", "InvalidParameterCombination"),
            ("&NumberOfNodes=1", "InvalidParameterCombination"),
            ("&ClusterType=single-node&NumberOfNodes=2", "InvalidParameterCombination"),
            ("&ClusterType=huge", "InvalidParameterValue"),
            ("&NumberOfNodes=2&DBName=a%20b", "InvalidParameterValue"),
            ("&NumberOfNodes=2&IamRoles.IamRoleArn.1=admin", "InvalidParameterValue"),
            ("&NumberOfNodes=2&Port=80", "InvalidParameterValue"),
            ("&NumberOfNodes=2&ManageMasterPassword=true", "UnsupportedOperation"),
        ] {
            assert_eq!(read_form(more).map(drop).unwrap_err().code, code, "{more}");
        }
    }

    #[test]
    fn a_weak_password_is_refused_and_not_repeated() {
        for weak in ["Short1", "nocapitals1", "NOSMALL123", "NoDigits", "Has%20Blank1", "Has%401234a"] {
            let form =
                format!("ClusterIdentifier=c&NodeType=n&MasterUsername=a&NumberOfNodes=2&MasterUserPassword={weak}");
            let refusal = read(&Parameters::read(form.as_bytes()), NOW).map(drop).unwrap_err();
            assert_eq!(refusal.code, "InvalidParameterValue", "{weak}");
            assert!(!refusal.message.contains(weak));
        }
    }
}
