//! Refusals for clients of services that use XML: their SDKs cannot read another form.

use hyper::{HeaderMap, header};

/// A refusal in the form of the service; `None` if the service uses JSON.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization>
pub(crate) fn in_xml(
    headers: &HeaderMap,
    service: &str,
    code: &str,
    message: &str,
    id: &str,
) -> Option<Vec<u8>> {
    let error = format!("<Code>{code}</Code><Message>{}</Message>", escape(message));
    // Only EC2 writes it with a capital D.
    let id = match service {
        "ec2" => format!("<RequestID>{id}</RequestID>"),
        _ => format!("<RequestId>{id}</RequestId>"),
    };
    let xml = if service.starts_with("s3") {
        format!("<Error>{error}{id}</Error>")
    } else if service == "ec2" {
        format!("<Response><Errors><Error>{error}</Error></Errors>{id}</Response>")
    } else if is_form(headers) || ["cloudfront", "route53"].contains(&service) {
        format!("<ErrorResponse><Error><Type>Receiver</Type>{error}</Error>{id}</ErrorResponse>")
    } else {
        return None;
    };
    Some(xml.into_bytes())
}

/// Whether the request is a form. It is one if the service answers in XML, except for services whose requests are also XML.
fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_service_that_speaks_xml_refuses_in_xml() {
        let id = "<RequestId>1</RequestId>";
        let error = "<Code>C</Code><Message>a &lt;b&gt; &amp; c</Message>";
        let form = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
        )]);
        let none = HeaderMap::new();
        for (headers, service, expected) in [
            (&none, "s3", Some(format!("<Error>{error}{id}</Error>"))),
            (
                &none,
                "s3express",
                Some(format!("<Error>{error}{id}</Error>")),
            ),
            (
                &form,
                "ec2",
                Some(format!(
                    "<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
                )),
            ),
            (
                &form,
                "sts",
                Some(format!(
                    "<ErrorResponse><Error><Type>Receiver</Type>{error}</Error>{id}</ErrorResponse>"
                )),
            ),
            (
                &none,
                "route53",
                Some(format!(
                    "<ErrorResponse><Error><Type>Receiver</Type>{error}</Error>{id}</ErrorResponse>"
                )),
            ),
            (&none, "iotdata", None),
            (&none, "dynamodb", None),
        ] {
            let xml = in_xml(headers, service, "C", "a <b> & c", "1");
            let xml = xml.map(|xml| String::from_utf8(xml).expect("UTF-8"));
            assert_eq!(xml, expected, "{service}");
        }
    }
}
