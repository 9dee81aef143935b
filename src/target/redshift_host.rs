//! What the host name of a Redshift says: which cluster or workgroup, in which region.
//!
//! Clusters: `NAME.ID.REGION.redshift.amazonaws.com`, in China with `.cn` behind it
//! (<https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-from-psql.html>). Workgroups:
//! `NAME.ACCOUNT.REGION.redshift-serverless.amazonaws.com`
//! (<https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-connecting.html>). The first part of the name of a VPC
//! endpoint, `ENDPOINT-endpoint-ID`, names the endpoint and not the cluster.

use std::net::IpAddr;

/// An endpoint as people copy it: `HOST[:PORT][/DATABASE]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WrittenEndpoint {
    /// Host name or IP address, without brackets.
    pub(super) host: String,
    /// Port, if one is written.
    pub(super) port: Option<u16>,
    /// Database, if one is written.
    pub(super) database: Option<String>,
}

/// What a host name says of Redshift.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RedshiftHost {
    /// The cluster's identifier.
    pub(super) cluster: Option<String>,
    /// The workgroup's name.
    pub(super) workgroup: Option<String>,
    /// The region.
    pub(super) region: Option<String>,
}

impl WrittenEndpoint {
    /// Takes an endpoint apart; nothing if its port is no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            // The folder of a Unix socket.
            return Some(Self { host: text.to_owned(), ..Self::default() });
        }
        let (place, database) = match text.split_once('/') {
            Some((place, database)) => (place, Some(database.to_owned()).filter(|name| !name.is_empty())),
            None => (text, None),
        };
        let (host, port) = if let Some((address, rest)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        {
            (address, rest.strip_prefix(':'))
        } else if place.parse::<IpAddr>().is_ok() {
            (place, None)
        } else {
            place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port)))
        };
        let port = port.map(str::parse).transpose().ok()?;
        Some(Self { host: host.to_owned(), port, database })
    }
}

impl RedshiftHost {
    /// What the name says; nothing for a name that is not one of AWS's.
    pub(super) fn parse(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        let labels: Vec<&str> = host.trim_end_matches('.').trim_end_matches(".cn").split('.').collect();
        let [name, _, region, service @ ("redshift" | "redshift-serverless"), "amazonaws", "com"] = labels.as_slice()
        else {
            return Self::default();
        };
        let name = (!name.contains("-endpoint-")).then(|| (*name).to_owned());
        let is_cluster = *service == "redshift";
        Self {
            cluster: name.clone().filter(|_| is_cluster),
            workgroup: name.filter(|_| !is_cluster),
            region: Some((*region).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> (Option<String>, Option<String>, Option<String>) {
        let RedshiftHost { cluster, workgroup, region } = RedshiftHost::parse(text);
        (cluster, workgroup, region)
    }

    #[test]
    fn names_of_aws_say_what_they_are_for() {
        let some = |text: &str| Some(text.to_owned());
        let commercial = "ra3dev.abc123xyz789.us-west-2.redshift.amazonaws.com";
        assert_eq!(host(commercial), (some("ra3dev"), None, some("us-west-2")));
        let government = "Ra3Dev.abc123xyz789.us-gov-west-1.redshift.amazonaws.com.";
        assert_eq!(host(government), (some("ra3dev"), None, some("us-gov-west-1")));
        let china = "ra3dev.abc123xyz789.cn-north-1.redshift.amazonaws.com.cn";
        assert_eq!(host(china), (some("ra3dev"), None, some("cn-north-1")));
        let serverless = "etl.123456789012.eu-west-1.redshift-serverless.amazonaws.com";
        assert_eq!(host(serverless), (None, some("etl"), some("eu-west-1")));
        let endpoint = "shared-endpoint-abcdefghijk.xyz.eu-west-1.redshift.amazonaws.com";
        assert_eq!(host(endpoint), (None, None, some("eu-west-1")));
        for other in
            ["warehouse.example.com", "127.0.0.1", "::1", "localhost", "", "a.b.c.redshift.amazonaws.com.evil.net"]
        {
            assert_eq!(host(other), (None, None, None), "{other}");
        }
    }

    #[test]
    fn endpoints_are_read_as_people_copy_them() {
        let parts = |text: &str| WrittenEndpoint::parse(text).map(|it| (it.host, it.port, it.database));
        let expected =
            |host: &str, port, database: Option<&str>| Some((host.to_owned(), port, database.map(str::to_owned)));
        assert_eq!(parts("h.example.com"), expected("h.example.com", None, None));
        assert_eq!(parts("h.example.com:5439/dev"), expected("h.example.com", Some(5439), Some("dev")));
        assert_eq!(parts("h:1/"), expected("h", Some(1), None));
        assert_eq!(parts("[2001:db8::1]:5439/dev"), expected("2001:db8::1", Some(5439), Some("dev")));
        assert_eq!(parts("2001:db8::1"), expected("2001:db8::1", None, None));
        assert_eq!(parts("/run/postgresql"), expected("/run/postgresql", None, None));
        assert_eq!(parts("h:port"), None);
    }
}
