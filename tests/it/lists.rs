//! The lists of the control plane: after any inputs, the pages together match the state, and the cost of a page depends only
//! on what it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jobs_sandbox::protocol::EpochMillis;
use jobs_sandbox::service::{Extras, HttpRequest, NewCertificate, Service, ServiceIdentity};
use serde_json::{Value, json};

use crate::random::{Random, number};

const ARN: &str = "arn:aws:iot:us-east-1:123456789012:";

struct World {
    service: Service,
    now: u64,
    /// How many entries of each list have been seen.
    seen: BTreeMap<String, usize>,
}

impl World {
    fn new() -> Self {
        let service = Service::new(ServiceIdentity {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            endpoint: "localhost".to_owned(),
            object_url: "http://localhost:8880".to_owned(),
            seed: 7,
        });
        Self {
            service,
            now: 1_795_000_000_000,
            seen: BTreeMap::new(),
        }
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = HttpRequest::new(method, path, body);
        let id = format!("{:064x}", self.now);
        let extras = Extras {
            certificate: Some(Ok(NewCertificate {
                certificate_id: id,
                certificate_pem: String::new(),
                public_key_pem: String::new(),
                private_key_pem: String::new(),
                not_before: EpochMillis(0),
                not_after: EpochMillis(1),
            })),
            ..Extras::default()
        };
        let handled = self
            .service
            .handle_control_plane(EpochMillis(self.now), &request, &extras);
        let answer = serde_json::from_slice(&handled.reply.body).unwrap_or_default();
        (handled.reply.status, answer)
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A report of a device over HTTP.
    fn report(&mut self, thing: &str, job: &str, status: &str) {
        let path = format!("/things/{thing}/jobs/{job}");
        let request = HttpRequest::new("POST", &path, &json!({ "status": status }));
        self.service
            .handle_data_plane(EpochMillis(self.now), &request);
    }

    /// A list to its end, in pages of this size.
    fn walk(&mut self, path: &str, member: &str, size: usize) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut token = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = match (&token, member) {
                (None, "policies" | "certificates") => format!("{path}{mark}pageSize={size}"),
                (None, _) => format!("{path}{mark}maxResults={size}"),
                (Some(token), "policies" | "certificates") => {
                    format!("{path}{mark}pageSize={size}&marker={token}")
                }
                (Some(token), _) => format!("{path}{mark}maxResults={size}&nextToken={token}"),
            };
            let answer = self.get(&page);
            let shown = answer[member].as_array().expect(member);
            assert!(shown.len() <= size, "{page}: {answer}");
            *self.seen.entry(member.to_owned()).or_default() += shown.len();
            entries.extend(shown.iter().cloned());
            let next = answer.get("nextToken").or(answer.get("nextMarker"));
            match next {
                Some(next) => token = Some(next.as_str().expect("a token").to_owned()),
                None => return entries,
            }
        }
    }
}

fn name(kind: &str, random: &mut Random, count: usize) -> String {
    format!("{kind}{}", random.below(count))
}

/// Something that any of the lists may depend on.
fn change(world: &mut World, random: &mut Random) {
    world.now += random.next() % 2 * 1000;
    let (job, thing, group) = (
        name("J", random, 8),
        name("t", random, 6),
        name("g", random, 7),
    );
    let member = json!({ "thingName": thing, "thingGroupName": group });
    match random.below(16) {
        0 | 1 => {
            let start = "2030-01-01T00:00";
            let mut body = json!({
                "targets": [format!("{ARN}thing/{thing}"), format!("{ARN}thinggroup/{group}")],
                "document": "{}",
                "targetSelection": random.pick(&["SNAPSHOT", "CONTINUOUS"]),
            });
            if random.below(4) == 0 {
                body["schedulingConfig"] = json!({ "startTime": start });
            }
            // Some exist, or target what does not.
            world.ask("PUT", &format!("/jobs/{job}"), &body);
        }
        2 => {
            let targets = json!({ "targets": [format!("{ARN}thinggroup/{group}")] });
            world.ask("POST", &format!("/jobs/{job}/targets"), &targets);
        }
        3 => drop(world.ask("PUT", &format!("/jobs/{job}/cancel?force=true"), &json!({}))),
        4 => drop(world.ask("DELETE", &format!("/jobs/{job}?force=true"), &Value::Null)),
        5 => {
            let path = format!("/things/{thing}/jobs/{job}/executionNumber/1?force=true");
            world.ask("DELETE", &path, &Value::Null);
        }
        6 | 7 => {
            let status = random.pick(&["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"]);
            world.report(&thing, &job, status);
        }
        8 => {
            let attributes = json!({ "a": random.pick(&["x", "xy", "z", ""]), "b": "x" });
            let payload = json!({ "attributePayload": { "attributes": attributes } });
            world.ask("POST", &format!("/things/{thing}"), &json!({}));
            world.ask("PATCH", &format!("/things/{thing}"), &payload);
        }
        9 => drop(world.ask("DELETE", &format!("/things/{thing}"), &Value::Null)),
        10 => {
            let mut body = json!({});
            if random.below(3) > 0 {
                body["parentGroupName"] = json!(name("g", random, 7));
            }
            world.ask("POST", &format!("/thing-groups/{group}"), &body);
        }
        11 if random.below(3) == 0 => {
            world.ask("DELETE", &format!("/thing-groups/{group}"), &Value::Null);
        }
        11 | 12 => drop(world.ask("PUT", "/thing-groups/addThingToThingGroup", &member)),
        13 => {
            let query = random.pick(&["attributes.a:x*", "thingTypeName:k1", "NOT thingName:t3"]);
            let body = json!({ "queryString": query });
            world.ask("POST", &format!("/dynamic-thing-groups/{group}"), &body);
        }
        14 => {
            let kind = name("k", random, 2);
            let body = if random.below(4) == 0 {
                json!({ "removeThingType": true })
            } else {
                json!({ "thingTypeName": kind })
            };
            // Not one of these types has a searchable attribute.
            world.ask("POST", &format!("/thing-types/{kind}"), &json!({}));
            world.ask("PATCH", &format!("/things/{thing}"), &body);
        }
        _ => match random.below(4) {
            0 => drop(world.ask("PUT", "/thing-groups/removeThingFromThingGroup", &member)),
            1 => drop(world.ask(
                "POST",
                &format!("/policies/{job}"),
                &json!({ "policyDocument": "{}" }),
            )),
            2 => drop(world.ask("DELETE", &format!("/policies/{job}"), &Value::Null)),
            _ => drop(world.ask("POST", "/keys-and-certificate", &json!({}))),
        },
    }
}

fn names(entries: &[Value], member: &str) -> Vec<String> {
    let name = |entry: &Value| {
        entry[member]
            .as_str()
            .or(entry.as_str())
            .map(ToOwned::to_owned)
    };
    entries.iter().filter_map(name).collect()
}

fn check_jobs(world: &mut World, size: usize) {
    let all = world.get("/jobs")["jobs"].as_array().expect("jobs").clone();
    let ids: BTreeSet<String> = names(&all, "jobId").into_iter().collect();
    let state = world.service.state();
    let known = names(state["jobs"].as_array().expect("jobs"), "jobId");
    assert_eq!(ids, known.into_iter().collect());
    let created = |job: &Value| job["createdAt"].as_f64();
    assert!(
        all.is_sorted_by(|one, next| created(one) >= created(next)),
        "{all:?}"
    );
    let groups: Vec<(String, Value)> = (0..7)
        .map(|group| format!("g{group}"))
        .map(|group| (group.clone(), json!(format!("{ARN}thinggroup/{group}"))))
        .collect();
    let targets: Vec<Value> = names(&all, "jobId")
        .iter()
        .map(|id| world.get(&format!("/jobs/{id}"))["job"]["targets"].clone())
        .collect();
    for status in [
        None,
        Some("IN_PROGRESS"),
        Some("CANCELED"),
        Some("COMPLETED"),
        Some("SCHEDULED"),
    ] {
        for selection in [None, Some("SNAPSHOT"), Some("CONTINUOUS")] {
            for group in std::iter::once(None).chain(groups.iter().map(Some)) {
                let is_listed = |job: &Value, targets: &Value| {
                    status.is_none_or(|status| job["status"] == status)
                        && selection.is_none_or(|selection| job["targetSelection"] == selection)
                        && group.is_none_or(|(_, arn)| {
                            job["status"] != "SCHEDULED"
                                && targets
                                    .as_array()
                                    .is_some_and(|targets| targets.contains(arn))
                        })
                };
                let expected: Vec<&Value> = all
                    .iter()
                    .zip(&targets)
                    .filter(|(job, targets)| is_listed(job, targets))
                    .map(|(job, _)| job)
                    .collect();
                let mut path = "/jobs?".to_owned();
                path.extend(status.map(|status| format!("status={status}&")));
                path.extend(selection.map(|it| format!("targetSelection={it}&")));
                path.extend(group.map(|(group, _)| format!("thingGroupName={group}&")));
                let mut listed = world.walk(&path, "jobs", size);
                for job in &mut listed {
                    // The message names the requested group.
                    let job = job.as_object_mut().expect("a job");
                    job.shift_remove("thingGroupId");
                }
                assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{path}");
            }
        }
    }
}

fn check_executions(world: &mut World, size: usize) {
    let state = world.service.state();
    let executions = state["executions"].as_array().expect("executions").clone();
    let statuses = [
        "QUEUED",
        "IN_PROGRESS",
        "SUCCEEDED",
        "FAILED",
        "REJECTED",
        "REMOVED",
        "CANCELED",
    ];
    let statuses = std::iter::once(None).chain(statuses.into_iter().map(Some));
    let jobs = names(state["jobs"].as_array().expect("jobs"), "jobId");
    let owners = jobs.into_iter().map(|job| (job, "jobId", "thingName"));
    let owners = owners.chain((0..6).map(|thing| (format!("t{thing}"), "thingName", "jobId")));
    let owners: Vec<_> = owners.collect();
    for status in statuses {
        for (owner, its, other) in &owners {
            let path = if *its == "jobId" {
                format!("/jobs/{owner}/things?")
            } else {
                format!("/things/{owner}/jobs?")
            };
            let filter = status.map_or(String::new(), |status| format!("status={status}"));
            let listed = world.walk(&format!("{path}{filter}"), "executionSummaries", size);
            let updated = |entry: &Value| entry["jobExecutionSummary"]["lastUpdatedAt"].as_f64();
            assert!(
                listed.is_sorted_by(|one, next| updated(one) >= updated(next)),
                "{listed:?}"
            );
            let key = |entry: &Value| {
                let other = entry["jobId"].as_str().or(entry["thingArn"].as_str());
                let other = other.map(|name| name.replace(&format!("{ARN}thing/"), ""));
                let summary = &entry["jobExecutionSummary"];
                (
                    other,
                    summary["executionNumber"].as_u64(),
                    summary["status"].clone(),
                )
            };
            let expected = executions.iter().filter(|execution| {
                execution[*its] == **owner
                    && status.is_none_or(|status| execution["status"] == status)
            });
            let mut expected: Vec<_> = expected
                .map(|execution| {
                    let other = execution[*other].as_str().map(ToOwned::to_owned);
                    (
                        other,
                        execution["executionNumber"].as_u64(),
                        execution["status"].clone(),
                    )
                })
                .collect();
            let mut listed: Vec<_> = listed.iter().map(key).collect();
            let by_name = |one: &(Option<String>, Option<u64>, Value)| (one.0.clone(), one.1);
            listed.sort_by_key(by_name);
            expected.sort_by_key(by_name);
            assert_eq!(listed, expected, "{path}{filter}");
        }
    }
    // Of one job: the same entries, and no others.
    for thing in 0..6 {
        let path = format!("/things/t{thing}/jobs");
        let all = world.walk(&path, "executionSummaries", 250);
        for job in 0..8 {
            let job = format!("J{job}");
            let expected: Vec<&Value> = all.iter().filter(|entry| entry["jobId"] == job).collect();
            let listed = world.walk(&format!("{path}?jobId={job}"), "executionSummaries", size);
            assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{path} {job}");
        }
    }
}

fn check_things_and_groups(world: &mut World, size: usize) {
    let state = world.service.state();
    let things = state["things"].as_array().expect("things").clone();
    for (query, is_listed) in [
        ("", &(|_: &Value| true) as &dyn Fn(&Value) -> bool),
        ("attributeName=a", &|it| it.get("a").is_some()),
        ("attributeName=b&attributeValue=x", &|it| it["b"] == "x"),
        ("attributeName=a&attributeValue=x", &|it| it["a"] == "x"),
        (
            "attributeName=a&attributeValue=x&usePrefixAttributeValue=true",
            &|it| it["a"].as_str().is_some_and(|value| value.starts_with('x')),
        ),
        ("attributeName=c", &|_| false),
        ("thingTypeName=k1", &|it| *it == "k1"),
    ] {
        let listed = names(
            &world.walk(&format!("/things?{query}"), "things", size),
            "thingName",
        );
        let expected = things.iter().filter(|thing| {
            query.is_empty()
                || query.starts_with("attribute")
                    && thing["thingTypeName"].is_null()
                    && is_listed(&thing["attributes"])
                || query.starts_with("thingType") && is_listed(&thing["thingTypeName"])
        });
        let expected = names(&expected.cloned().collect::<Vec<_>>(), "thingName");
        assert_eq!(listed.len(), expected.len(), "{query}: {listed:?}");
        assert_eq!(
            BTreeSet::from_iter(listed),
            BTreeSet::from_iter(expected),
            "{query}"
        );
    }
    let groups = names(state["thingGroups"].as_array().expect("groups"), "");
    let parents: Vec<Option<String>> = groups
        .iter()
        .map(|group| {
            let described = world.get(&format!("/thing-groups/{group}"));
            described["thingGroupMetadata"]["parentGroupName"]
                .as_str()
                .map(ToOwned::to_owned)
        })
        .collect();
    let parent = |group: &str| {
        let at = groups.iter().position(|other| other == group);
        at.and_then(|at| parents[at].clone())
    };
    let is_below = |group: &str, above: &str| {
        std::iter::successors(parent(group), |it| parent(it)).any(|it| it == above)
    };
    let names_of = |world: &mut World, query: &str| {
        let path = format!("/thing-groups?{query}");
        names(&world.walk(&path, "thingGroups", size), "groupName")
    };
    let those = |is_listed: &dyn Fn(&String) -> bool| {
        let listed = groups.iter().filter(|group| is_listed(group));
        listed.cloned().collect::<Vec<_>>()
    };
    assert_eq!(names_of(world, "recursive=true"), groups);
    let top = those(&|group| parent(group).is_none());
    assert_eq!(names_of(world, ""), top);
    for above in &groups {
        let below = those(&|group| is_below(group, above));
        assert_eq!(
            names_of(world, &format!("parentGroup={above}&recursive=true")),
            below
        );
        let children = those(&|group| parent(group).as_ref() == Some(above));
        assert_eq!(names_of(world, &format!("parentGroup={above}")), children);
        let named = those(&|group| is_below(group, above) && group == "g3");
        let query = format!("parentGroup={above}&recursive=true&namePrefixFilter=g3");
        assert_eq!(names_of(world, &query), named);
        let members = |is_member: &dyn Fn(&str) -> bool| {
            let members = things.iter().filter(|thing| {
                let groups = thing["thingGroups"].as_array().expect("groups");
                groups.iter().filter_map(Value::as_str).any(is_member)
            });
            names(&members.cloned().collect::<Vec<_>>(), "thingName")
        };
        for (query, expected) in [
            ("", members(&|group| group == above)),
            (
                "?recursive=true",
                members(&|group| group == above || is_below(group, above)),
            ),
        ] {
            let path = format!("/thing-groups/{above}/things{query}");
            assert_eq!(
                names(&world.walk(&path, "things", size), ""),
                expected,
                "{path}"
            );
        }
    }
}

fn check_principals(world: &mut World, size: usize) {
    let state = world.service.state();
    for (path, member, name) in [
        ("/policies", "policies", "policyName"),
        ("/certificates", "certificates", "certificateId"),
    ] {
        let mut listed = names(&world.walk(path, member, size), name);
        let ascending = names(
            &world.walk(&format!("{path}?isAscendingOrder=true"), member, size),
            name,
        );
        listed.reverse();
        assert_eq!(listed, ascending, "{path}");
        let known = names(state[member].as_array().expect(member), name);
        assert_eq!(
            BTreeSet::from_iter(listed),
            BTreeSet::from_iter(known),
            "{path}"
        );
    }
}

#[test]
fn a_list_in_pages_matches_the_state() {
    let (changes, seed) = (number("LIST_CHANGES", 1_500), number("LIST_SEED", 1));
    let mut random = Random::new(seed);
    let mut world = World::new();
    for step in 0..changes {
        change(&mut world, &mut random);
        if step % 50 == 49 {
            let size = 1 + random.below(4);
            check_jobs(&mut world, size);
            check_executions(&mut world, size);
            check_things_and_groups(&mut world, size);
            check_principals(&mut world, size);
        }
    }
    // There was something to see on each.
    let is_seen = |seen: &usize| *seen as u64 * 10 > changes;
    assert!(world.seen.values().all(is_seen), "{:?}", world.seen);
}

/// Deleting what a page shows before asking for the next one misses nothing.
#[test]
fn a_list_can_be_emptied_page_by_page() {
    let mut world = World::new();
    world.ask("POST", "/things/t0", &json!({}));
    let body = json!({ "targets": [format!("{ARN}thing/t0")], "document": "{}" });
    for job in 0..10 {
        assert_eq!(world.ask("PUT", &format!("/jobs/J{job}"), &body).0, 200);
    }
    let mut path = "/jobs?maxResults=3".to_owned();
    loop {
        let page = world.get(&path);
        for id in names(page["jobs"].as_array().expect("jobs"), "jobId") {
            world.ask("DELETE", &format!("/jobs/{id}?force=true"), &Value::Null);
        }
        match page["nextToken"].as_str() {
            Some(token) => path = format!("/jobs?maxResults=3&nextToken={token}"),
            None => break,
        }
    }
    assert_eq!(world.service.state()["jobs"], json!([]));
}

#[test]
fn a_token_is_of_its_list() {
    let mut world = World::new();
    for thing in 0..2 {
        world.ask(
            "POST",
            &format!("/things/t{thing}"),
            &json!({ "attributePayload": { "attributes": { "a": "x" } } }),
        );
    }
    let token = |answer: Value| answer["nextToken"].as_str().expect("a token").to_owned();
    let plain = token(world.get("/things?maxResults=1"));
    let filtered = token(world.get("/things?maxResults=1&attributeName=a"));
    let forged = |text: &str| {
        let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        bytes.concat()
    };
    for path in [
        format!("/jobs?nextToken={plain}"),
        format!("/things?nextToken={filtered}"),
        format!("/things?attributeName=a&nextToken={plain}"),
        format!("/things?nextToken={}", forged("things\nt0")),
        format!("/jobs?nextToken={}", forged("jobs\n-1")),
        format!("/jobs?nextToken={}", forged("jobs\n\"J\"")),
        "/things?nextToken=zz".to_owned(),
    ] {
        let (status, answer) = world.ask("GET", &path, &Value::Null);
        assert_eq!(
            (status, &answer["message"]),
            (400, &json!("Next token is invalid.")),
            "{path}"
        );
    }
}

/// The shortest of some runs.
fn cost(world: &mut World, path: &str) -> Duration {
    let runs = (0..15).map(|_| {
        let begun = Instant::now();
        world.get(path);
        begun.elapsed()
    });
    runs.min().unwrap_or_default()
}

fn filled(count: usize) -> World {
    let mut world = World::new();
    world.ask("POST", "/things/t", &json!({}));
    world.ask("POST", "/thing-groups/top", &json!({}));
    world.ask("POST", "/thing-groups/one", &json!({}));
    let body = json!({ "targets": [format!("{ARN}thing/t")], "document": "{}" });
    for index in 0..count {
        world.now += 1;
        assert_eq!(world.ask("PUT", &format!("/jobs/J{index}"), &body).0, 200);
        let attributes = json!({ "attributePayload": { "attributes": { "a": "x" } } });
        world.ask("POST", &format!("/things/t{index}"), &attributes);
        // A group has 100 groups in it at most.
        let parent = format!("p{}", index / 100);
        world.ask(
            "POST",
            &format!("/thing-groups/{parent}"),
            &json!({ "parentGroupName": "top" }),
        );
        let body = json!({ "parentGroupName": parent });
        let (status, answer) = world.ask("POST", &format!("/thing-groups/g{index}"), &body);
        assert_eq!(status, 200, "{answer}");
        let member =
            json!({ "thingName": format!("t{index}"), "thingGroupName": format!("g{index}") });
        world.ask("PUT", "/thing-groups/addThingToThingGroup", &member);
        world.ask("POST", "/keys-and-certificate", &json!({}));
        world.ask(
            "POST",
            &format!("/policies/p{index}"),
            &json!({ "policyDocument": "{}" }),
        );
    }
    let body = json!({
        "targets": [format!("{ARN}thinggroup/top")],
        "document": "{}",
        "jobExecutionsRolloutConfig": { "maximumPerMinute": 1000 },
    });
    assert_eq!(world.ask("PUT", "/jobs/All", &body).0, 200);
    world.now += 3_600_000;
    world.service.handle_timeout(EpochMillis(world.now));
    world
}

/// A page of a list that is 32 times as long takes about as long. Looking at all of it would show as 32, building all as more.
#[test]
fn a_page_costs_what_it_shows() {
    let (mut short, mut long) = (filled(250), filled(8_000));
    for path in [
        "/jobs?maxResults=20",
        "/jobs?maxResults=20&status=COMPLETED",
        "/jobs?maxResults=20&targetSelection=CONTINUOUS",
        "/jobs?maxResults=20&thingGroupName=one",
        "/jobs/All/things?maxResults=20",
        "/jobs/All/things?maxResults=20&status=SUCCEEDED",
        "/things/t/jobs?maxResults=20",
        "/things/t/jobs?maxResults=20&status=FAILED",
        "/things/t/jobs?maxResults=20&jobId=J1",
        "/things?maxResults=20",
        "/things?maxResults=20&attributeName=a&attributeValue=x",
        "/things?maxResults=20&attributeName=a&attributeValue=y",
        "/things?maxResults=20&attributeName=b",
        "/thing-groups?maxResults=20",
        "/thing-groups?maxResults=20&recursive=true",
        "/thing-groups?maxResults=20&namePrefixFilter=one",
        "/thing-groups?maxResults=20&parentGroup=one",
        "/thing-groups?maxResults=20&parentGroup=top&recursive=true",
        "/thing-groups/top/things?maxResults=20&recursive=true",
        "/certificates?pageSize=20",
        "/policies?pageSize=20&isAscendingOrder=true",
    ] {
        let (of_short, of_long) = (cost(&mut short, path), cost(&mut long, path));
        assert!(of_long < of_short * 8, "{path}: {of_short:?}, {of_long:?}");
        // So does the page behind it.
        let answer = long.get(path);
        let (name, token) = match (&answer["nextToken"], &answer["nextMarker"]) {
            (Value::String(token), _) => ("nextToken", token),
            (_, Value::String(token)) => ("marker", token),
            _ => continue,
        };
        let of_next = cost(&mut long, &format!("{path}&{name}={token}"));
        assert!(of_next < of_short * 8, "{path}: {of_short:?}, {of_next:?}");
    }
}
