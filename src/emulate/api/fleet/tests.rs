//! Clusters and snapshots through time.

use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const DELAYS: Delays =
    Delays { cluster: Duration::from_secs(10), snapshot: Duration::from_secs(3), statement: Duration::ZERO };

fn after(seconds: i64) -> OffsetDateTime {
    NOW + time::Duration::seconds(seconds)
}

fn shape() -> Shape {
    Shape {
        node_type: "ra3.large".into(),
        nodes: 1,
        database: "dev".into(),
        admin: "admin".into(),
        encrypted: true,
        kms_key: None,
        publicly_accessible: false,
        zone: None,
        maintenance_window: "sun:10:30-sun:11:00".into(),
        automated_retention: 1,
    }
}

/// A fleet with a cluster `c` that is made at [`NOW`].
fn fleet() -> Fleet {
    let mut fleet = Fleet::new(DELAYS);
    fleet.add(Cluster::new("c".into(), shape(), NOW), NOW).unwrap();
    fleet.made("c", NOW);
    fleet
}

fn status(fleet: &mut Fleet, seconds: i64) -> &'static str {
    fleet.cluster("C", after(seconds)).map_or("gone", |cluster| cluster.status(after(seconds)).as_str())
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().code
}

#[test]
fn a_cluster_is_available_after_its_time() {
    let mut fleet = fleet();
    assert_eq!(status(&mut fleet, 0), "creating");
    assert_eq!(status(&mut fleet, 9), "creating");
    assert_eq!(status(&mut fleet, 10), "available");
    assert_eq!(code(fleet.available("c", after(9)).map(drop)), "InvalidClusterState");
    assert!(fleet.available("c", after(10)).is_ok());
}

#[test]
fn a_name_is_taken_until_the_cluster_is_gone() {
    let mut fleet = fleet();
    let again = |seconds| Cluster::new("c".into(), shape(), after(seconds));
    assert_eq!(code(fleet.add(again(20), after(20))), "ClusterAlreadyExists");
    let delete = fleet.reserve("c", Change::Delete { snapshot: false }, after(20)).unwrap();
    assert_eq!(status(&mut fleet, 99), "deleting", "nobody knows yet when the work ends");
    fleet.settle(delete, true, after(21));
    assert_eq!(status(&mut fleet, 30), "deleting");
    assert_eq!(code(fleet.add(again(30), after(30))), "ClusterAlreadyExists");
    assert_eq!(status(&mut fleet, 31), "gone");
    assert!(fleet.add(again(31), after(31)).is_ok());
    fleet.not_made("c");
    assert_eq!(code(fleet.cluster("c", after(31)).map(drop)), "ClusterNotFound");
}

#[test]
fn a_cluster_pauses_and_resumes() {
    let mut fleet = fleet();
    assert_eq!(code(fleet.reserve("c", Change::Pause, after(9))), "InvalidClusterState");
    let pause = fleet.reserve("c", Change::Pause, after(10)).unwrap();
    fleet.settle(pause, true, after(10));
    assert_eq!([10, 19, 20].map(|at| status(&mut fleet, at)), ["pausing", "pausing", "paused"]);
    assert_eq!(code(fleet.reserve("c", Change::Pause, after(20))), "InvalidClusterState");
    assert_eq!(code(fleet.reserve("c", Change::Reboot, after(20))), "InvalidClusterState");
    let resume = fleet.reserve("c", Change::Resume, after(20)).unwrap();
    fleet.settle(resume, true, after(20));
    assert_eq!([29, 30].map(|at| status(&mut fleet, at)), ["resuming", "available"]);
    assert_eq!(code(fleet.reserve("c", Change::Resume, after(30))), "InvalidClusterState");
}

#[test]
fn a_change_excludes_others_and_leaves_nothing_when_it_fails() {
    let mut fleet = fleet();
    let reboot = fleet.reserve("c", Change::Reboot, after(10)).unwrap();
    assert_eq!(code(fleet.reserve("c", Change::Pause, after(10))), "InvalidClusterState");
    fleet.settle(reboot, false, after(10));
    assert_eq!(status(&mut fleet, 10), "available");
}

#[test]
fn a_last_snapshot_comes_before_the_deletion() {
    let mut fleet = fleet();
    let delete = fleet.reserve("c", Change::Delete { snapshot: true }, after(10)).unwrap();
    let snapshot = fleet.add_snapshot("Last", "c", -1, after(10)).unwrap();
    assert_eq!(snapshot.key(), "c/last");
    fleet.settle_snapshot("last", true, after(10));
    fleet.settle(delete, true, after(10));
    assert_eq!([12, 13, 22, 23].map(|at| status(&mut fleet, at)), ["final-snapshot", "deleting", "deleting", "gone"]);
    assert_eq!(fleet.complete_snapshot("last", Some("c"), after(99)).unwrap().shape, shape());
}

#[test]
fn a_snapshot_is_complete_after_its_time() {
    let mut fleet = fleet();
    fleet.add_snapshot("s", "c", 1, after(10)).unwrap();
    assert_eq!(code(fleet.add_snapshot("S", "c", 1, after(10)).map(drop)), "ClusterSnapshotAlreadyExists");
    fleet.settle_snapshot("s", true, after(10));
    assert_eq!(code(fleet.complete_snapshot("s", None, after(12)).map(drop)), "InvalidClusterSnapshotState");
    assert!(fleet.complete_snapshot("s", None, after(13)).is_ok());
    assert_eq!(code(fleet.complete_snapshot("s", Some("other"), after(13)).map(drop)), "ClusterSnapshotNotFound");
    fleet.remove_snapshot("s");
    assert_eq!(fleet.snapshots().count(), 0);
}
