//! Draws: literal ones, their shares, and what they do not depend on.

use proptest::prelude::*;

use crate::executor::plan::course::{Course, Occasion, Outage};
use crate::executor::plan::rules::Plan;
use crate::executor::step::{SimulatedEnd, SimulatedStep};
use crate::protocol::{JobId, ThingName};

const EVERYTHING: &str = "succeed after 2s..10s in 4 steps; fail 30%; reject 20%; hang 20%; \
    offline 50% for 1s..5s; reboot 50% for 2s";

fn plan(text: &str) -> Plan {
    text.parse().expect(text)
}

fn thing(name: &str) -> ThingName {
    ThingName::new(name).expect(name)
}

/// The course of the first execution of a job.
fn first(plan: &Plan, job: &str) -> Course {
    plan.course(Occasion {
        seed: 7,
        thing: &thing("dev1"),
        job: &JobId::new(job).expect(job),
        execution_number: 1,
    })
}

/// The steps up to the one that fails or never ends.
fn reached(course: &Course) -> &[SimulatedStep] {
    let is_last = |step: &SimulatedStep| step.end != SimulatedEnd::Success;
    let last = course.steps.iter().position(is_last);
    &course.steps[..last.map_or(course.steps.len(), |at| at + 1)]
}

/// A course on one line, as far as it is reached, with its times in milliseconds.
fn line(course: &Course) -> String {
    let steps = reached(course).iter().map(|step| {
        let end = match step.end {
            SimulatedEnd::Success => "",
            SimulatedEnd::Failure => " fails",
            SimulatedEnd::Never => " hangs",
        };
        format!("{}{end}", step.lasts.as_millis())
    });
    let outage = |what: &str, outage: Option<Outage>| {
        let Outage { begins, lasts } = outage?;
        Some(format!(
            "{what} {}+{}",
            begins.as_millis(),
            lasts.as_millis()
        ))
    };
    let outages = [
        outage("offline", course.offline),
        outage("reboot", course.reboot),
    ];
    steps
        .chain(outages.into_iter().flatten())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The numbers are computed by another program, from the description of the draws.
#[test]
fn an_occasion_always_draws_the_same() {
    let plan = plan(EVERYTHING);
    for (seed, device, job, execution_number, expected) in [
        (
            7,
            "dev1",
            "Job1",
            1,
            "2065, 2066, 894 fails, reboot 4943+2000",
        ),
        (7, "dev1", "Job1", 2, "offline 0+2036"),
        (7, "dev1", "Job2", 1, "1346, 1347, 1347 hangs"),
        (7, "dev2", "Job1", 1, ""),
        (8, "dev1", "Job1", 1, "offline 0+3139"),
        (
            7,
            "dev1",
            "Job3",
            1,
            "420 fails, offline 3+2350, reboot 203+2000",
        ),
        (
            7,
            "dev1",
            "Job7",
            1,
            "2240, 2241, 2240, 2241, offline 2846+1743, reboot 3003+2000",
        ),
        (
            7,
            "dev1",
            "Job12",
            1,
            "2099, 2100, 2099, 2100, reboot 5766+2000",
        ),
    ] {
        let course = plan.course(Occasion {
            seed,
            thing: &thing(device),
            job: &JobId::new(job).expect(job),
            execution_number,
        });
        assert_eq!(line(&course), expected, "{seed} {device} {job}");
    }
}

#[test]
fn the_usual_course_can_be_watched() {
    assert_eq!(line(&first(&Plan::default(), "Job1")), "1000, 1000, 1000");
}

#[test]
fn a_device_that_is_away_stays_away_as_long_as_it_draws() {
    let plan = plan("away 20% for 1h..2h");
    for (seed, device, expected) in [
        (7, "dev1", Some(4_183_544)),
        (7, "dev2", None),
        (7, "dev3", None),
        (7, "dev4", Some(3_876_954)),
        (8, "dev1", Some(3_957_584)),
        (u64::MAX, "dev1", None),
    ] {
        let absence = plan.absence(seed, &thing(device));
        let absence_ms = absence.map(|absence| absence.as_millis());
        assert_eq!(absence_ms, expected, "{seed} {device}");
        assert_eq!(Plan::default().absence(seed, &thing(device)), None);
    }
}

#[test]
fn the_first_pattern_that_fits_is_used() {
    let plan = plan(
        "succeed after 1ms; offline for 9s\nBoot-1: succeed after 2ms\nBoot-*: succeed after 3ms; fail 0%\n\
         *-1: reject",
    );
    for (job, expected) in [
        ("Job1", "1, offline 0+9000"),
        ("Boot-1", "2"),
        ("Boot-2", "3"),
        ("Boot-1-1", "3"),
        ("Job-1", ""),
    ] {
        assert_eq!(line(&first(&plan, job)), expected, "{job}");
    }
}

/// The courses of many jobs.
fn courses(text: &str) -> impl Iterator<Item = Course> {
    let plan = plan(text);
    (0..10_000).map(move |number| first(&plan, &format!("Job{number}")))
}

/// Checks that a count of 10,000 draws is near its expectation: within 3.5 standard deviations of a fair half.
fn near(count: usize, expected: usize) {
    assert!(count.abs_diff(expected) < 175, "{count} {expected}");
}

#[test]
fn the_shares_are_those_of_the_plan() {
    let (mut fails, mut rejects, mut hangs, mut offline, mut reboots) = (0, 0, 0, 0, 0);
    for course in courses(EVERYTHING) {
        match reached(&course).last().map(|step| step.end) {
            None => rejects += 1,
            Some(SimulatedEnd::Failure) => fails += 1,
            Some(SimulatedEnd::Never) => hangs += 1,
            Some(SimulatedEnd::Success) => {}
        }
        offline += usize::from(course.offline.is_some());
        reboots += usize::from(course.reboot.is_some());
    }
    near(fails, 3000);
    near(rejects, 2000);
    near(hangs, 2000);
    near(offline, 5000);
    // Not those that reject.
    near(reboots, 4000);
}

#[test]
fn instants_are_uniform() {
    let all = "succeed after 10s in 4 steps; fail 50%; offline for 0s..9s; reboot for 0s..9s";
    let (mut in_step, mut in_tenth, mut early) = ([0; 4], [0; 10], [0; 4]);
    let mut failed = 0;
    for course in courses(all) {
        let steps = reached(&course);
        let work: u128 = steps.iter().map(|step| step.lasts.as_millis()).sum();
        if steps.last().map(|step| step.end) == Some(SimulatedEnd::Failure) {
            failed += 1;
            in_step[steps.len() - 1] += 1;
            in_tenth[usize::try_from(work / 1000).expect("a tenth")] += 1;
        }
        let outages = [course.offline, course.reboot].map(|outage| outage.expect("always"));
        for (at, outage) in outages.iter().enumerate() {
            early[2 * at] += usize::from(outage.begins.as_millis() * 2 < work);
            early[2 * at + 1] += usize::from(outage.lasts.as_millis() < 4500);
        }
    }
    near(failed, 5000);
    for count in in_step {
        near(count, failed / 4);
    }
    for count in in_tenth {
        near(count, failed / 10);
    }
    for count in early {
        near(count, 5000);
    }
}

#[test]
fn a_job_hangs_in_any_step() {
    let mut in_step = [0; 4];
    for course in courses("succeed after 10s in 4 steps; hang") {
        let last = reached(&course).last().expect("a step");
        assert_eq!(last.end, SimulatedEnd::Never);
        in_step[reached(&course).len() - 1] += 1;
    }
    for count in in_step {
        near(count, 2500);
    }
}

#[test]
fn the_draws_of_a_job_are_independent() {
    let is_early = |outage: Option<Outage>| outage.map(|outage| outage.begins.as_millis() < 5000);
    let (mut both, mut early, mut long) = (0, 0, 0);
    for course in courses("succeed after 10s; offline 50% for 0s..9s; reboot 50% for 0s..9s") {
        both += usize::from(course.offline.is_some() && course.reboot.is_some());
        let are_early = [course.offline, course.reboot].map(is_early);
        early += usize::from(are_early == [Some(true); 2]);
        let is_long = course.offline.map(|it| it.lasts.as_millis() >= 4500);
        long += usize::from(is_early(course.offline) == Some(true) && is_long == Some(true));
    }
    near(both, 2500);
    near(early, 625);
    near(long, 1250);
}

#[test]
fn a_clause_that_is_added_changes_no_other_draw() {
    let little = courses("succeed after 2s..10s in 4 steps; fail 30%; reboot 50%");
    for (less, more) in little.zip(courses(EVERYTHING)) {
        let end = |course: &Course| reached(course).last().map(|step| step.end);
        let fails = [&less, &more].map(|course| end(course) == Some(SimulatedEnd::Failure));
        assert_eq!(fails[0], fails[1]);
        // What rejects or hangs in addition would succeed otherwise.
        if fails[0] || end(&more) == Some(SimulatedEnd::Success) {
            assert_eq!(less.steps, more.steps);
            assert_eq!(less.reboot, more.reboot);
        }
    }
}

/// Any occasion.
fn drawn(text: &str, seed: u64, job: &str, execution_number: i64) -> Course {
    plan(text).course(Occasion {
        seed,
        thing: &thing("dev1"),
        job: &JobId::new(job).expect(job),
        execution_number,
    })
}

proptest! {
    #[test]
    fn a_course_keeps_to_its_plan(
        lasts_ms in prop_oneof![0..200_u64, 0..31_536_000_000_u64],
        steps in 1..100_usize,
        seed in any::<u64>(),
        job in "[a-z]{1,9}",
        number in any::<i64>(),
    ) {
        let success = format!("succeed after {lasts_ms}ms in {steps} steps; offline for 0s; reboot");
        let draw = |rest: &str| drawn(&format!("{success};{rest}"), seed, &job, number);
        let total = |steps: &[SimulatedStep]| -> u128 {
            steps.iter().map(|step| step.lasts.as_millis()).sum()
        };
        let course = draw("");
        prop_assert_eq!(course.steps.len(), steps);
        prop_assert_eq!(total(&course.steps), u128::from(lasts_ms));
        let shortest = course.steps.iter().map(|step| step.lasts.as_millis()).min();
        let longest = course.steps.iter().map(|step| step.lasts.as_millis()).max();
        prop_assert!(longest <= shortest.map(|shortest| shortest + 1));

        for (rest, end) in [("fail", SimulatedEnd::Failure), ("hang", SimulatedEnd::Never)] {
            let broken = draw(rest);
            prop_assert_eq!(broken.steps.len(), steps);
            let (last, whole) = reached(&broken).split_last().expect("a step");
            prop_assert_eq!(last.end, end);
            prop_assert_eq!(whole, &course.steps[..whole.len()]);
            prop_assert!(last.lasts <= course.steps[whole.len()].lasts);
            let work = if rest == "fail" { total(reached(&broken)) } else { u128::from(lasts_ms) };
            for outage in [broken.offline, broken.reboot] {
                let begins = outage.expect("always").begins.as_millis();
                prop_assert!(begins < work || begins == 0);
            }
        }
        let rejected = draw("reject");
        prop_assert_eq!(line(&rejected), "offline 0+0");
    }
}
