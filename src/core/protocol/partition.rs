//! The partitions of AWS: groups of regions whose ARNs and host names differ.

/// What the ARNs and the host names of a region have in common with those of its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The second part of an ARN, such as `aws-cn`.
    pub name: &'static str,
    /// What the names of services end with, such as `amazonaws.com.cn`.
    pub dns_suffix: &'static str,
}

/// What regions begin with outside of `aws`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
/// <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/endpoints.html>
const OTHERS: [(&str, Partition); 7] = [
    ("cn-", partition("aws-cn", "amazonaws.com.cn")),
    ("us-gov-", partition("aws-us-gov", "amazonaws.com")),
    ("eusc-", partition("aws-eusc", "amazonaws.eu")),
    ("us-iso-", partition("aws-iso", "c2s.ic.gov")),
    ("us-isob-", partition("aws-iso-b", "sc2s.sgov.gov")),
    ("eu-isoe-", partition("aws-iso-e", "cloud.adc-e.uk")),
    ("us-isof-", partition("aws-iso-f", "csp.hci.ic.gov")),
];

const fn partition(name: &'static str, dns_suffix: &'static str) -> Partition {
    Partition { name, dns_suffix }
}

impl Partition {
    /// The partition of a region.
    pub fn of(region: &str) -> Self {
        let found = OTHERS.iter().find(|(start, _)| region.starts_with(start));
        found.map_or(partition("aws", "amazonaws.com"), |(_, found)| *found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_begins_as_its_partition_has_it() {
        for (region, expected) in [
            ("us-east-1", "aws amazonaws.com"),
            ("eu-central-1", "aws amazonaws.com"),
            ("cn-north-1", "aws-cn amazonaws.com.cn"),
            ("cn-northwest-1", "aws-cn amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov amazonaws.com"),
            ("us-iso-east-1", "aws-iso c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b sc2s.sgov.gov"),
            ("eusc-de-east-1", "aws-eusc amazonaws.eu"),
            ("REGION", "aws amazonaws.com"),
        ] {
            let Partition { name, dns_suffix } = Partition::of(region);
            assert_eq!(format!("{name} {dns_suffix}"), expected, "{region}");
        }
    }
}
