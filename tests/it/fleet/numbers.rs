//! The numbers of a report are those of DescribeJob and ListJobExecutionsForJob, for any rollout.

use std::collections::BTreeMap;

use jobs_sandbox::fleet::{JobCall, Names, Setup, World};
use jobs_sandbox::service::HttpRequest;
use proptest::prelude::*;
use serde_json::{Value, json};

const STATUSES: [(&str, &str); 8] = [
    ("QUEUED", "queued"),
    ("IN_PROGRESS", "inProgress"),
    ("SUCCEEDED", "succeeded"),
    ("FAILED", "failed"),
    ("TIMED_OUT", "timedOut"),
    ("REJECTED", "rejected"),
    ("CANCELED", "canceled"),
    ("REMOVED", "removed"),
];

/// The list of all executions, page by page: the thing, the number and the status of each.
fn listed(world: &mut World) -> Vec<(String, u64, String)> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let target = format!("/jobs/rehearsal/things?maxResults=250{token}");
        let response = world.operate(&HttpRequest::new("GET", &target, &Value::Null));
        let page: Value = serde_json::from_slice(&response.body).expect("JSON");
        for summary in page["executionSummaries"].as_array().expect("a list") {
            let thing = summary["thingArn"].as_str().expect("an ARN");
            let execution = &summary["jobExecutionSummary"];
            all.push((
                thing.rsplit('/').next().expect("a name").to_owned(),
                execution["executionNumber"].as_u64().expect("a number"),
                execution["status"].as_str().expect("a status").to_owned(),
            ));
        }
        match page["nextToken"].as_str() {
            Some(next) => token = format!("&nextToken={next}"),
            None => return all,
        }
    }
}

/// Checks the report at one instant.
fn check(world: &mut World) -> Result<(), TestCaseError> {
    let report = json!(world.report());
    let listed = listed(world);
    let mut newest = BTreeMap::new();
    for (thing, number, status) in &listed {
        let known = newest.entry(thing).or_insert((*number, status));
        *known = (*known).max((*number, status));
    }
    prop_assert_eq!(
        report["executionsTotal"].as_u64(),
        Some(listed.len() as u64)
    );
    prop_assert_eq!(
        report["retries"].as_u64(),
        Some((listed.len() - newest.len()) as u64)
    );
    for (status, name) in STATUSES {
        let executions = listed.iter().filter(|it| it.2 == status).count();
        let things = newest.values().filter(|it| *it.1 == status).count();
        prop_assert_eq!(&report[name], executions, "{} {}", name, report);
        prop_assert_eq!(&report["things"][name], things, "{} {}", name, report);
        // The last minute is counted by itself.
        if let Some(minute) = report["minutes"].as_array().and_then(|it| it.last()) {
            prop_assert_eq!(&minute[name], executions, "{} {}", name, report);
        }
    }
    let described = world.describe_job();
    prop_assert_eq!(&report["status"], &described["status"]);
    let is_aborted = described["reasonCode"] == "ABORT_CANCEL";
    prop_assert_eq!(&report["aborted"], is_aborted);
    if is_aborted {
        let abort = &report["abort"];
        let counts = format!(
            "Total completed executions: {}, total {} executions: {}",
            abort["completed"],
            abort["failureType"].as_str().unwrap_or_default(),
            abort["failures"]
        );
        let comment = described["comment"].as_str().unwrap_or_default();
        prop_assert!(comment.ends_with(&counts), "{} {}", comment, counts);
    }
    Ok(())
}

prop_compose! {
    fn configs()(
        rate in 2..40_u64,
        base in prop::option::of(1..10_u64),
        each in 1..20_u64,
        by_success in any::<bool>(),
        timeout in prop::option::of(1..20_u64),
        retries in prop::option::of(0..3_u64),
        threshold in prop::option::of(5..60_u64),
        is_continuous in any::<bool>(),
    ) -> Value {
        let mut config = json!({ "jobExecutionsRolloutConfig": { "maximumPerMinute": rate } });
        if let Some(base) = base {
            let criterion = if by_success { "numberOfSucceededThings" } else { "numberOfNotifiedThings" };
            config["jobExecutionsRolloutConfig"]["exponentialRate"] = json!({
                "baseRatePerMinute": base.min(rate - 1), "incrementFactor": 1.5,
                "rateIncreaseCriteria": { criterion: each },
            });
        }
        if let Some(timeout) = timeout {
            config["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": timeout });
        }
        if let Some(retries) = retries {
            config["jobExecutionsRetryConfig"] = json!({ "criteriaList": [
                { "failureType": "ALL", "numberOfRetries": retries },
            ] });
        }
        if let Some(threshold) = threshold {
            config["abortConfig"] = json!({ "criteriaList": [{
                "failureType": "ALL", "action": "CANCEL",
                "thresholdPercentage": threshold, "minNumberOfExecutedThings": each,
            }] });
        }
        if is_continuous {
            config["targetSelection"] = json!("CONTINUOUS");
        }
        config
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_numbers_are_those_of_the_service(
        config in configs(),
        seed in any::<u64>(),
        plan in prop::sample::select(vec![
            "succeed after 20s..3m; fail 20%; hang 5%; reject 5%; away 20% for 20m",
            "succeed after 1m; offline 30% for 2m; reboot 30%",
            "hang 50%",
            "succeed after 10s; fail 60%",
        ]),
        join in any::<bool>(),
        steps in 0..400_u32,
    ) {
        let job = JobCall::new(config, None).expect("a call");
        let mut setup = Setup::new(40, Names::default(), job);
        setup.seed = seed;
        setup.plan = plan.parse().expect(plan);
        setup.joins = join.then(|| "away 30% for 1m..1h".parse().expect("a plan"));
        let mut world = World::new(setup.clone()).expect("a world");
        // In the middle, and at the end.
        for _ in 0..steps {
            if !world.is_over() {
                world.step();
            }
        }
        check(&mut world)?;
        while !world.is_over() {
            world.step();
        }
        check(&mut world)?;
        // Looking at it changes nothing.
        let report = jobs_sandbox::fleet::rehearse(setup).expect("a report");
        prop_assert_eq!(report, world.report());
    }
}
