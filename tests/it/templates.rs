//! The managed job templates: filled in, their documents are those that AWS hands out, as the guide prints them.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>

use std::path::Path;

use jobs_sandbox::protocol::{EpochMillis, ThingName};
use jobs_sandbox::service::{Extras, HttpRequest, Service};
use serde_json::{Value, json};

use crate::service::identity;

fn control(service: &mut Service, method: &str, path: &str, body: &Value) -> Value {
    let request = HttpRequest::new(method, path, body);
    let reply = service
        .handle_control_plane(EpochMillis(0), &request, &Extras::default())
        .reply;
    let body = String::from_utf8(reply.body).expect("UTF-8");
    assert_eq!(reply.status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect(path)
}

#[test]
fn the_documents_are_those_of_aws() {
    let mut service = Service::new(identity());
    service.register_thing(EpochMillis(0), &ThingName::new("T").expect("a thing name"));
    let listed = control(&mut service, "GET", "/managed-job-templates", &Value::Null);
    let listed = listed["managedJobTemplates"].as_array().expect("a list");
    let url = "https://files.example.com/firmware.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256\
               &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request\
               &X-Amz-Signature=0123456789abcdef";
    let packages =
        json!({ "packages": "curl jq", "pathToHandler": "default", "runAsUser": "root" });
    let service_of = |services: &str| json!({ "services": services, "runAsUser": "root" });
    for (name, parameters) in [
        (
            "AWS-Download-File",
            json!({ "downloadUrl": url, "filePath": "/var/tmp/firmware.bin" }),
        ),
        ("AWS-Install-Application", packages.clone()),
        ("AWS-Reboot", json!({})),
        ("AWS-Remove-Application", packages),
        ("AWS-Restart-Application", service_of("nginx redis")),
        (
            "AWS-Run-Command",
            json!({ "command": "echo,hello\\, device,$HOME; reboot" }),
        ),
        ("AWS-Start-Application", service_of("nginx")),
        ("AWS-Stop-Application", service_of("nginx")),
    ] {
        let template = listed.iter().find(|it| it["templateName"] == name);
        let job = json!({
            "targets": [identity().arn("thing/T")],
            "jobTemplateArn": template.expect(name)["templateArn"],
            "documentParameters": parameters,
        });
        control(&mut service, "PUT", &format!("/jobs/{name}"), &job);
        let path = format!("/jobs/{name}/job-document");
        let document = control(&mut service, "GET", &path, &Value::Null);
        let document = document["document"].as_str().expect("a text");
        let path = format!("tests/it/managed_templates/{name}.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let expected = std::fs::read_to_string(path).expect(name);
        let read = |text: &str| serde_json::from_str::<Value>(text).expect(name);
        assert_eq!(read(document), read(&expected), "{name}");
    }
    assert_eq!(listed.len(), 8);
}
