//! `dw_config.ini` of devops-redshift: one section a cluster, keys `DWH_*`. And `dl.cfg`, whose section `Redshift` has the
//! same under other names, and its role in the section `IAM`.
//!
//! The old program ignored `DWH_DB` and `DWH_PORT`; here they count. Access keys in such files do not.

use std::fmt;

use super::target::{Cluster, DoubleMode, Login, TargetPlace, TargetSpec};
use crate::project::ini::{self, Ini, Style};
use crate::sql::Dialect;
use crate::text::{Diagnostic, FileId, Secret, Span};

/// The keys of devops-redshift, and those of `dl.cfg` for the same.
const KEYS: [(&str, &str); 9] = [
    ("dwh_cluster_type", "cluster_type"),
    ("dwh_num_nodes", "number_of_nodes"),
    ("dwh_node_type", "node_type"),
    ("dwh_iam_role_name", "role_name"),
    ("dwh_db", "database_name"),
    ("dwh_cluster_identifier", "cluster_identifier"),
    ("dwh_db_user", "username"),
    ("dwh_db_password", "password"),
    ("dwh_port", "port"),
];

/// A section of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfig {
    /// The section, such as `DEV`.
    pub name: String,
    /// `DWH_CLUSTER_IDENTIFIER`.
    pub identifier: String,
    /// `DWH_CLUSTER_TYPE`: `single-node` or `multi-node`.
    pub cluster_type: Option<String>,
    /// `DWH_NUM_NODES`.
    pub nodes: Option<u16>,
    /// `DWH_NODE_TYPE`.
    pub node_type: Option<String>,
    /// `DWH_IAM_ROLE_NAME`.
    pub iam_role: Option<String>,
    /// `DWH_DB`.
    pub database: String,
    /// `DWH_DB_USER`.
    pub user: Option<String>,
    /// `DWH_DB_PASSWORD`.
    pub password: Option<Secret<String>>,
    /// `DWH_PORT`.
    pub port: u16,
}

impl fmt::Display for ClusterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{}/{})", self.name, self.identifier, self.port, self.database)
    }
}

impl ClusterConfig {
    /// The cluster as a target that is there already.
    pub fn target(&self) -> TargetSpec {
        TargetSpec {
            name: self.name.clone(),
            dialect: Dialect::Redshift,
            place: TargetPlace::Redshift(self.cluster()),
            search_path: Vec::new(),
            connect_timeout: None,
            statement_timeout: None,
            lock_term: None,
            double: DoubleMode::default(),
        }
    }

    fn cluster(&self) -> Cluster {
        Cluster {
            identifier: Some(self.identifier.clone()),
            cluster_type: self.cluster_type.clone(),
            node_type: self.node_type.clone(),
            nodes: self.nodes,
            iam_role: self.iam_role.clone(),
            login: Login {
                port: Some(self.port),
                database: Some(self.database.clone()),
                user: self.user.clone(),
                password: self.password.clone(),
                ..Login::default()
            },
            ..Cluster::default()
        }
    }
}

/// Reads one section of such a file.
///
/// # Errors
///
/// What configparser would raise, an unknown section, a missing key or a number that is none.
pub fn read_dw_config(file: FileId, text: &str, section: &str) -> Result<ClusterConfig, Box<Diagnostic>> {
    let ini = ini::read(file, text, Style::default())?;
    let Some(found) = ini.section(section) else {
        let start = Span { file, start: 0, end: 0 };
        let error = Diagnostic::error("unknown-section", start, format!("there is no section `[{section}]`"));
        let known = ini.sections.iter().map(|section| section.name.as_str());
        return Err(super::unknown(error, section, known).into());
    };
    let items = Items { ini: &ini, section: found };
    Ok(ClusterConfig {
        name: section.to_owned(),
        identifier: items.required("dwh_cluster_identifier")?,
        cluster_type: items.text("dwh_cluster_type"),
        nodes: items.number("dwh_num_nodes")?,
        node_type: items.text("dwh_node_type"),
        iam_role: items.text("dwh_iam_role_name"),
        database: items.text("dwh_db").unwrap_or_else(|| "dev".to_owned()),
        user: items.text("dwh_db_user"),
        password: items.text("dwh_db_password").map(Secret::new),
        port: items.number("dwh_port")?.unwrap_or(5439),
    })
}

struct Items<'a> {
    ini: &'a Ini,
    section: &'a ini::Section,
}

impl Items<'_> {
    fn entry(&self, key: &str) -> Option<&ini::Entry> {
        let other = KEYS.iter().find(|(name, _)| *name == key).map_or(key, |(_, other)| other);
        let role = |key| (key == "role_name").then(|| self.ini.section("IAM")?.entry(key)).flatten();
        let default = |key| self.ini.defaults.iter().find(|entry| entry.key == key);
        let named = |key| self.section.entry(key).or_else(|| default(key));
        named(key).or_else(|| named(other)).or_else(|| role(other))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.entry(key).map(|entry| entry.value.text().to_owned()).filter(|text| !text.is_empty())
    }

    fn required(&self, key: &str) -> Result<String, Box<Diagnostic>> {
        self.text(key).ok_or_else(|| {
            let message = format!("section `[{}]` has no `{}`", self.section.name, key.to_uppercase());
            let error = Diagnostic::error("missing-key", self.section.span, message);
            let slip = self
                .section
                .entries
                .iter()
                .find(|e| !KEYS.iter().any(|(name, other)| [*name, *other].contains(&e.key.as_str())));
            Box::new(match slip {
                Some(entry) => error.hint(format!("is `{}` meant for it?", entry.raw_key)),
                None => error.hint("add the key"),
            })
        })
    }

    fn number(&self, key: &str) -> Result<Option<u16>, Box<Diagnostic>> {
        let Some(entry) = self.entry(key).filter(|entry| !entry.value.text().is_empty()) else { return Ok(None) };
        entry.value.text().parse().map(Some).map_err(|_| {
            let span = entry.value.span(0..entry.value.text().len());
            Diagnostic::error("bad-value", span, format!("the value of `{}` is not a number", entry.raw_key))
                .hint("write a number from 0 to 65535")
                .into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    const TEXT: &str = "[AWS]\nKEY=1\n\n[DWH]\nDWH_CLUSTER_TYPE=multi-node\nDWH_NUM_NODES=2\nDWH_NODE_TYPE=ra3.large\n\
        DWH_IAM_ROLE_NAME=loader\nDWH_DB=sales\nDWH_CLUSTER_IDENTIFIER=night\nDWH_DB_USER=admin\n\
        DWH_DB_PASSWORD=pa;ss\nDWH_PORT=5440\n[BAD]\nDWH_CLUSTER_IDENTIFIER=b\nDWH_PORT=x\n";

    fn read(section: &str) -> Result<ClusterConfig, Box<Diagnostic>> {
        let mut files = FileSet::default();
        let file = files.add("dw_config.ini", TEXT);
        read_dw_config(file, TEXT, section)
    }

    #[test]
    fn every_key_counts_and_the_password_is_not_shown() {
        let config = read("DWH").expect("reads");
        assert_eq!(config.to_string(), "DWH (night:5440/sales)");
        let TargetPlace::Redshift(cluster) = config.target().place else { panic!("not a cluster") };
        assert_eq!((cluster.nodes, cluster.node_type.as_deref()), (Some(2), Some("ra3.large")));
        assert_eq!((cluster.login.port, cluster.login.database.as_deref()), (Some(5440), Some("sales")));
        assert_eq!(cluster.login.password.as_ref().map(|p| p.expose().as_str()), Some("pa;ss"));
        assert!(!format!("{config:?}{:?}", config.target()).contains("pa;ss"));
    }

    #[test]
    fn the_other_form_says_the_same() {
        let text = "[AWS]\naccess_key_id=AKIA\n[IAM]\nrole_name=loader\n[Redshift]\ncluster_identifier=flowers\n\
            cluster_type=multi-node\nnode_type=dc2.large\nusername=admin\npassword=pass\ndatabase_name=iris\nport=5440\n";
        let file = FileSet::default().add("dl.cfg", text);
        let config = read_dw_config(file, text, "Redshift").expect("reads");
        assert_eq!(config.to_string(), "Redshift (flowers:5440/iris)");
        assert_eq!((config.user.as_deref(), config.iam_role.as_deref()), (Some("admin"), Some("loader")));
        assert_eq!(config.node_type.as_deref(), Some("dc2.large"));
    }

    #[test]
    fn mistakes_have_a_cure() {
        let check = |section: &str, message: &str, hint: &str| {
            let error = read(section).expect_err("must be refused");
            assert_eq!((error.message.as_str(), error.hint.as_deref()), (message, Some(hint)));
        };
        check("DWX", "there is no section `[DWX]`", "did you mean `DWH`?");
        check("AWS", "section `[AWS]` has no `DWH_CLUSTER_IDENTIFIER`", "is `KEY` meant for it?");
        check("BAD", "the value of `DWH_PORT` is not a number", "write a number from 0 to 65535");
    }
}
