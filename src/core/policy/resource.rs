//! The ARNs of a device's resources.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-action-resources.html>

/// Makes the resource ARNs of one account in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceArns {
    prefix: String,
}

impl ResourceArns {
    /// The resources of an account (twelve digits) in a region of the partition `aws` (`us-east-1`).
    pub fn new(region: &str, account: &str) -> Self {
        Self::in_partition("aws", region, account)
    }

    /// The same in any partition, such as `aws-cn`.
    pub fn in_partition(partition: &str, region: &str, account: &str) -> Self {
        Self {
            prefix: format!("arn:{partition}:iot:{region}:{account}:"),
        }
    }

    /// The resource of `iot:Connect`: a client id.
    pub fn client(&self, client_id: &str) -> String {
        self.arn("client/", client_id)
    }

    /// The resource of `iot:Publish`, `iot:RetainPublish` and `iot:Receive`: a topic.
    pub fn topic(&self, topic: &str) -> String {
        self.arn("topic/", topic)
    }

    /// The resource of `iot:Subscribe`: a topic filter, compared character by character, including `+` and `#`.
    pub fn topic_filter(&self, filter: &str) -> String {
        self.arn("topicfilter/", filter)
    }

    /// The resource of `iotjobsdata:DescribeJobExecution` and the like: a thing.
    pub fn thing(&self, name: &str) -> String {
        self.arn("thing/", name)
    }

    fn arn(&self, kind: &str, name: &str) -> String {
        [&self.prefix, kind, name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_its_kind_before_its_name() {
        let arns = ResourceArns::new("eu-central-1", "123456789012");
        let cn = ResourceArns::in_partition("aws-cn", "cn-north-1", "123456789012");
        assert_eq!(
            cn.thing("t"),
            "arn:aws-cn:iot:cn-north-1:123456789012:thing/t"
        );
        for (arn, expected) in [
            (arns.client("test-1"), "client/test-1"),
            (
                arns.topic("$aws/things/T/jobs/get"),
                "topic/$aws/things/T/jobs/get",
            ),
            (arns.topic_filter("a/+/#"), "topicfilter/a/+/#"),
            (arns.topic(""), "topic/"),
            (arns.thing("lamp"), "thing/lamp"),
        ] {
            assert_eq!(
                arn,
                format!("arn:aws:iot:eu-central-1:123456789012:{expected}")
            );
        }
    }
}
