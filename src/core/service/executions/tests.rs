//! Things that are away, against things that never are.

use proptest::prelude::*;

use super::*;

/// What can happen; numbers choose a thing, a job and an attempt.
#[derive(Debug, Clone)]
enum Event {
    Queue(usize, usize),
    Enter(usize, usize, JobExecutionStatus),
    Remove(usize, usize),
    Withhold(usize, Option<Withheld>),
    Away(usize, bool),
}

fn thing(number: usize) -> ThingName {
    format!("t{number}").parse().expect("a name")
}

fn job(number: usize) -> JobId {
    format!("j{number}").parse().expect("an id")
}

fn apply(executions: &mut Executions, now: u64, event: &Event) {
    let key = |at: &usize, of: &usize| ExecutionKey::new(thing(*at), job(*of));
    let newest = |executions: &Executions, key| executions.get(key, None).map(|it| it.number);
    let now_ms = EpochMillis(now);
    match event {
        Event::Queue(at, of) => {
            let key = key(at, of);
            let number = newest(executions, &key).unwrap_or(0) + 1;
            executions.insert(&key, Execution::queued(number, now, now_ms));
        }
        Event::Enter(at, of, status) => {
            let key = key(at, of);
            let number = newest(executions, &key).unwrap_or(1);
            executions.change(&key, number, |execution| {
                execution.enter(*status, now_ms);
                let is_running = *status == JobExecutionStatus::InProgress;
                execution.step_deadline = is_running.then(|| now_ms.plus_minutes(now));
            });
        }
        Event::Remove(at, of) => {
            let key = key(at, of);
            let number = newest(executions, &key).unwrap_or(1);
            executions.remove(&key, number);
        }
        Event::Withhold(of, withheld) => executions.withhold(&job(*of), *withheld),
        Event::Away(at, is_away) => executions.set_away(&thing(*at), *is_away),
    }
}

/// All that operations see.
fn seen(executions: &Executions) -> String {
    let things = (0..2).map(thing);
    let things = things.map(|thing| {
        let pending: Vec<_> = executions.pending(&thing).collect();
        let all: Vec<_> = executions.newest_of_thing(&thing, None, None).collect();
        format!("{pending:?} {all:?}")
    });
    let jobs = (0..2).map(job);
    let jobs = jobs.map(|job| {
        let queued = Some(JobExecutionStatus::Queued);
        let queued: Vec<_> = executions.newest_of_job(&job, queued, None).collect();
        let all: Vec<_> = executions.newest_of_job(&job, None, None).collect();
        format!("{queued:?} {all:?}")
    });
    let timer = executions.next_timer();
    format!(
        "{:?} {:?} {timer:?}",
        things.collect::<Vec<_>>(),
        jobs.collect::<Vec<_>>()
    )
}

fn event() -> impl Strategy<Value = Event> {
    let status = proptest::sample::select(&JobExecutionStatus::ALL[1..5]);
    let withheld = [None, Some(Withheld::Queued), Some(Withheld::All)];
    let withheld = proptest::sample::select(withheld.to_vec());
    prop_oneof![
        3 => (0..2_usize, 0..2_usize).prop_map(|(at, of)| Event::Queue(at, of)),
        3 => (0..2_usize, 0..2_usize, status).prop_map(|(at, of, to)| Event::Enter(at, of, to)),
        1 => (0..2_usize, 0..2_usize).prop_map(|(at, of)| Event::Remove(at, of)),
        3 => (0..2_usize, withheld).prop_map(|(of, withheld)| Event::Withhold(of, withheld)),
        3 => (0..2_usize, any::<bool>()).prop_map(|(at, is_away)| Event::Away(at, is_away)),
    ]
}

proptest! {
    #[test]
    fn a_thing_that_is_back_has_missed_nothing(events in proptest::collection::vec(event(), 0..40)) {
        let (mut present, mut absent) = (Executions::default(), Executions::default());
        for (now, event) in (1..).zip(&events) {
            if !matches!(event, Event::Away(..)) {
                apply(&mut present, now, event);
            }
            apply(&mut absent, now, event);
        }
        for at in 0..2 {
            absent.set_away(&thing(at), false);
        }
        prop_assert_eq!(seen(&present), seen(&absent));
    }
}

#[test]
fn only_a_thing_that_is_not_away_gets_messages() {
    for is_away in [false, true] {
        let mut executions = Executions::default();
        let touched = |executions: &mut Executions| !executions.take_touched().is_empty();
        executions.set_away(&thing(0), is_away);
        apply(&mut executions, 1, &Event::Queue(0, 0));
        assert_eq!(touched(&mut executions), !is_away);
        for withheld in [Some(Withheld::Queued), None] {
            executions.withhold(&job(0), withheld);
            assert_eq!(touched(&mut executions), !is_away, "{withheld:?}");
        }
        executions.set_away(&thing(0), false);
        assert!(!touched(&mut executions));
        assert_eq!(
            executions.head(&thing(0)).map(|(job, _)| job.as_str()),
            Some("j0")
        );
    }
}
