//! Events that come twice or not at all.

use std::time::Instant;

use crate::exam::room::{Room, Work};
use crate::exam::stop::Stop;
use crate::local::Treatment;
use crate::protocol::{EventName, Topic};

pub(crate) fn twice(room: &mut Room<'_>) -> Result<(), Stop> {
    room.wire
        .rule(|topic, _| is_event(topic).then_some(Treatment::Twice));
    room.start_idle()?;
    let created = Instant::now();
    let job = room.create(Work::SHORT)?;
    room.success(&job, room.first(), (created, "its creation"))?;
    room.ran(&job, 1..=1)
}

pub(crate) fn one_lost(room: &mut Room<'_>) -> Result<(), Stop> {
    room.start_idle()?;
    for lost in [
        EventName::NextJobExecutionChanged,
        EventName::JobExecutionsChanged,
    ] {
        let lost_topic = lost.topic();
        room.note(&format!("loses every event {lost}"));
        room.wire
            .rule(move |topic, _| (*topic == lost_topic).then_some(Treatment::Lose));
        let created = Instant::now();
        let job = room.create(Work::SHORT)?;
        let otherwise = format!("{job} was never begun, whose event {lost} was lost");
        room.until(room.first(), &otherwise, |room| {
            !room.claims(&job).is_empty() || !room.effects.of(&job).is_empty()
        })?;
        let since = format!("its creation, without the event {lost}");
        room.success(&job, room.first(), (created, &since))?;
        room.ran(&job, 1..=1)?;
        room.wire.clear_rules();
    }
    Ok(())
}

pub(crate) fn lost_in_an_outage(room: &mut Room<'_>) -> Result<(), Stop> {
    room.start_idle()?;
    // A session that lasts longer than the outage would keep them.
    room.wire
        .rule(|topic, _| is_event(topic).then_some(Treatment::Lose));
    room.cut()?;
    let job = room.create(Work::SHORT)?;
    let restored = room.restore();
    room.wire.clear_rules();
    room.reconnected(restored)?;
    room.success(&job, room.later(), (restored, "the link was restored"))?;
    room.ran(&job, 1..=1)
}

fn is_event(topic: &Topic) -> bool {
    matches!(topic, Topic::Notify | Topic::NotifyNext)
}
