//! A thing type.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html>

use serde::{Deserialize, Serialize};

use crate::protocol::EpochMillis;
use crate::service::tags::Tags;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ThingType {
    pub(crate) id: String,
    pub(crate) properties: TypeProperties,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// When it was deprecated, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated_at: Option<EpochMillis>,
    /// Keys and values that the user chose.
    pub(crate) tags: Tags,
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TypeProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// The attributes by which ListThings finds things of this type.
    pub(crate) searchable_attributes: Vec<String>,
    /// `None` if it was not configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) propagating_attributes: Option<Vec<PropagatingAttribute>>,
}

/// What is added to the messages of a thing.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PropagatingAttribute.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PropagatingAttribute {
    /// The key of the user property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_property_key: Option<String>,
    /// Its value is that of this attribute of the thing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thing_attribute: Option<String>,
    /// or this variable of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_attribute: Option<String>,
}

impl ThingType {
    pub(crate) fn new(id: String, properties: TypeProperties, now: EpochMillis) -> Self {
        Self {
            id,
            properties,
            created_at: now,
            deprecated_at: None,
            tags: Tags::default(),
        }
    }
}
