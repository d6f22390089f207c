//! The profile that `serve` writes: a session with it needs no other option.

use std::path::Path;

use crate::config::Setting;
use crate::serve::offer::Offer;

/// The name of the file.
pub(crate) const FILE: &str = "profile.toml";

/// The text of the file, for the first thing; `None` without a thing.
///
/// The name of the thing is the client id, because policy variables such as `${iot:Connection.Thing.ThingName}` have a value only
/// then. <https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html>
pub(crate) fn text(offer: &Offer) -> Option<String> {
    let thing = offer.things.first()?;
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    // The strings of JSON are also strings of TOML.
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let members = [
        (Setting::Endpoint, text(&offer.endpoint)),
        (Setting::Port, offer.mqtt_port.to_string()),
        (Setting::CaFile, text(&name(&offer.ca_file))),
        (Setting::Cert, text(&name(&offer.cert_file))),
        (Setting::Key, text(&name(&offer.key_file))),
        (Setting::Thing, text(thing)),
        (Setting::ClientId, text(thing)),
        (Setting::Region, text(&offer.region)),
        (Setting::ControlUrl, text(&offer.control_url)),
    ];
    let members = members.map(|(setting, value)| format!("{setting} = {value}\n"));
    let head =
        "# Written by `jobs-sandbox serve` at each start, for sessions with it.\n[profile.serve]\n";
    Some(head.to_owned() + &members.concat())
}
