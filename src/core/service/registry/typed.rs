//! Thing types, and the things that have them.

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::registry::{PropagatingAttribute, RegisteredThing, Registry};

impl Registry {
    /// The things of a type behind a name.
    pub(crate) fn things_of_type<'a>(
        &'a self,
        thing_type: &str,
        name: Option<&str>,
    ) -> impl Iterator<Item = &'a ThingName> + use<'a> {
        let things = self.by_type.get(thing_type);
        let things = things.map(|things| things.range::<str, _>(behind(name)));
        things.into_iter().flatten()
    }

    /// The attributes by which things like this one are found, unless they are found by all.
    ///
    /// GUESS: ListThings finds a thing with a type by the searchable attributes of its type alone, which would otherwise mean
    /// nothing, and a thing without a type, which has few attributes, by each; the pages do not say so.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html>
    pub(crate) fn searchable_attributes(&self, thing: &RegisteredThing) -> Option<&[String]> {
        let thing_type = self.types.get(thing.thing_type()?)?;
        Some(&thing_type.properties.searchable_attributes)
    }

    /// What the type of a thing adds to its messages.
    pub(crate) fn propagating_attributes(
        &self,
        thing: &RegisteredThing,
    ) -> &[PropagatingAttribute] {
        let thing_type = thing.thing_type().and_then(|name| self.types.get(name));
        let propagating = thing_type.and_then(|it| it.properties.propagating_attributes.as_deref());
        propagating.unwrap_or_default()
    }

    /// Changes the type of a thing.
    pub(in crate::service::registry) fn set_type(
        &mut self,
        name: &ThingName,
        thing_type: Option<Box<str>>,
    ) {
        let Some(thing) = self.things.get_mut(name) else {
            return;
        };
        if thing.thing_type == thing_type {
            return;
        }
        let before = std::mem::replace(&mut thing.thing_type, thing_type.clone());
        if let Some(before) = before
            && let Some(things) = self.by_type.get_mut(&before)
        {
            things.remove(name);
            if things.is_empty() {
                self.by_type.remove(&before);
            }
        }
        if let Some(thing_type) = thing_type {
            let things = self.by_type.entry(thing_type).or_default();
            things.insert(name.clone());
        }
    }
}
