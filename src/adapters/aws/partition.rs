//! The partitions of AWS: where the endpoints of a region are.
//! <https://docs.aws.amazon.com/general/latest/gr/rande.html>

/// A partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partition {
    /// Its name, with which ARNs begin.
    pub(super) id: &'static str,
    /// How its regions begin.
    prefix: &'static str,
    suffix: &'static str,
    /// The region in which services of the entire partition are signed for.
    global_region: &'static str,
    /// Whether hosts of such services name that region.
    global_host_has_region: bool,
    /// What the hosts of a service have after its name where FIPS 140 is asked for.
    fips: &'static str,
}

/// Whether a service has an endpoint in each region, or one for the entire partition.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// One in each.
    Region,
    /// One for all.
    Partition,
}

/// Where a service is.
#[derive(Debug)]
pub(super) struct Place {
    /// The URL.
    pub(super) endpoint: String,
    /// The region that a signature is for.
    pub(super) signing_region: String,
}

/// Those that are not the commercial one.
const PARTITIONS: [Partition; 7] = [
    Partition::new("aws-us-gov", "us-gov-", "amazonaws.com", "us-gov-west-1", ""),
    Partition::new("aws-cn", "cn-", "amazonaws.com.cn", "cn-north-1", "-fips"),
    Partition::new("aws-eusc", "eusc-", "amazonaws.eu", "eusc-de-east-1", "-fips"),
    Partition::new("aws-iso", "us-iso-", "c2s.ic.gov", "us-iso-east-1", "-fips"),
    Partition::new("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "us-isob-east-1", "-fips"),
    Partition::new("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "us-isof-south-1", "-fips"),
    Partition::new("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1", "-fips"),
];

const COMMERCIAL: Partition =
    Partition { global_host_has_region: false, ..Partition::new("aws", "", "amazonaws.com", "us-east-1", "-fips") };

impl Partition {
    const fn new(
        id: &'static str,
        prefix: &'static str,
        suffix: &'static str,
        global_region: &'static str,
        fips: &'static str,
    ) -> Self {
        Self { id, prefix, suffix, global_region, global_host_has_region: true, fips }
    }

    /// The partition of a region.
    pub(super) fn of_region(region: &str) -> Self {
        PARTITIONS.into_iter().find(|partition| region.starts_with(partition.prefix)).unwrap_or(COMMERCIAL)
    }

    /// Where a service is for who works in a region.
    pub(super) fn place(self, service: &str, reach: Reach, region: &str, fips: Option<bool>) -> Place {
        let service = format!("{service}{}", if fips == Some(true) { self.fips } else { "" });
        let suffix = self.suffix;
        let (host, signing_region) = match reach {
            Reach::Region => (format!("{service}.{region}.{suffix}"), region),
            // The government's is older than its second region.
            Reach::Partition if self.prefix == "us-gov-" => (format!("{service}.us-gov.{suffix}"), self.global_region),
            Reach::Partition if self.global_host_has_region && fips != Some(true) => {
                (format!("{service}.{}.{suffix}", self.global_region), self.global_region)
            }
            Reach::Partition => (format!("{service}.{suffix}"), self.global_region),
        };
        Place { endpoint: format!("https://{host}"), signing_region: signing_region.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As botocore's endpoint rules have them.
    #[test]
    fn endpoints_are_those_of_the_partition() {
        let place = |service: &str, reach: Reach, region: &str, fips: bool| {
            let place = Partition::of_region(region).place(service, reach, region, Some(fips));
            format!("{} {}", place.endpoint, place.signing_region)
        };
        let iam = |region: &str, fips: bool| place("iam", Reach::Partition, region, fips);
        assert_eq!(iam("eu-west-1", false), "https://iam.amazonaws.com us-east-1");
        assert_eq!(iam("eu-west-1", true), "https://iam-fips.amazonaws.com us-east-1");
        assert_eq!(iam("us-gov-east-1", false), "https://iam.us-gov.amazonaws.com us-gov-west-1");
        assert_eq!(iam("us-gov-east-1", true), "https://iam.us-gov.amazonaws.com us-gov-west-1");
        assert_eq!(iam("cn-northwest-1", false), "https://iam.cn-north-1.amazonaws.com.cn cn-north-1");
        assert_eq!(iam("cn-northwest-1", true), "https://iam-fips.amazonaws.com.cn cn-north-1");
        assert_eq!(iam("eusc-de-east-1", false), "https://iam.eusc-de-east-1.amazonaws.eu eusc-de-east-1");
        assert_eq!(Partition::of_region("cn-north-1").id, "aws-cn");
        assert_eq!(Partition::of_region("ap-southeast-5").id, "aws");
        let ec2 = |region: &str, fips: bool| place("ec2", Reach::Region, region, fips);
        assert_eq!(ec2("eu-west-1", false), "https://ec2.eu-west-1.amazonaws.com eu-west-1");
        assert_eq!(ec2("eu-west-1", true), "https://ec2-fips.eu-west-1.amazonaws.com eu-west-1");
        assert_eq!(ec2("us-gov-west-1", true), "https://ec2.us-gov-west-1.amazonaws.com us-gov-west-1");
        assert_eq!(ec2("cn-north-1", false), "https://ec2.cn-north-1.amazonaws.com.cn cn-north-1");
        assert_eq!(ec2("us-isob-east-1", false), "https://ec2.us-isob-east-1.sc2s.sgov.gov us-isob-east-1");
    }
}
