//! The texts of the tutorial: plain text, in which only job ids come from elsewhere.

use crate::protocol::ThingName;
use crate::repl::guide::tutorial::progress::{NextJob, TutorialProgress};
use crate::repl::guide::tutorial::setup::TutorialSetup;
use crate::repl::guide::tutorial::step::{Sight, Step};
use crate::repl::jobs::Jobs;

/// An agent whose work always ends while the connection is lost.
const AGENT_ON: &str = "agent on succeed after 3s; offline for 3s";

/// The text before a proposed command.
pub(crate) const PROPOSAL: &str = "Type:  ";

/// A step: its topic, and what to type.
pub(crate) fn step(progress: &TutorialProgress, jobs: &Jobs, step: Step) -> String {
    let is_real = progress.setup.caution.is_some();
    let steps = Step::ALL.iter();
    let steps = steps.filter(|step| !is_real || !step.is_for_agent());
    let number = steps.clone().take_while(|other| **other < step).count() + 1;
    let count = steps.count();
    let (title, about) = about(progress, step);
    let mut text = format!("Tutorial, step {number} of {count}: {title}\n{about}\n");
    if step == Step::Look {
        if let Some(caution) = &progress.setup.caution {
            text.extend([caution, "\n"]);
        }
        text.push_str(
            "All other commands also work. `tutorial` repeats the step, and `tutorial off` ends the tutorial.\n",
        );
    }
    text + &instruction(progress, jobs, step)
}

fn about(progress: &TutorialProgress, step: Step) -> (&'static str, String) {
    let (title, about) = match step {
        Step::Look => return ("what is pending?", introduction(&progress.setup.thing)),
        Step::Create => (
            "create a job",
            "Now act as the operator. A job has an id and a document. The document is any JSON; the device receives it.",
        ),
        Step::CreateAnother => ("create another job", "A second job waits behind the first."),
        Step::Start => (
            "start an execution",
            "Act as the device again, and start the next job execution.",
        ),
        Step::LookAgain => (
            "look again",
            "The device can ask at any time, for example after a restart in the middle of its work.",
        ),
        Step::Finish => (
            "report success",
            "The work is done, and the device reports it.",
        ),
        Step::StartAnother => (
            "start the other one",
            "Start the second job execution in the same way.",
        ),
        Step::Fail => (
            "report a failure",
            "This time the work fails. (--detail NAME=VALUE can give the reason.)",
        ),
        Step::BeRefused => (
            "be refused",
            "The service refuses what is not allowed. Try to change an execution that has ended.",
        ),
        Step::NotSee => (
            "what a device cannot see",
            "A device cannot see an execution that has ended. Try it.",
        ),
        Step::AgentOn => (
            "let the agent be the device",
            "You have done by hand what a device does by itself. The agent simulates such a device. Its plan says how the work goes: \
             here it takes 3 s, during which the connection is lost for 3 s.",
        ),
        Step::AgentWorks => (
            "watch it survive a lost connection",
            "Give it a job. While it works, its plan cuts the connection of this session: the prompt shows ○ instead of ●.",
        ),
        Step::AgentOff => (
            "be the device again",
            "Turn the agent off. (`agent step` lets you confirm each of its moves, and `help plans` explains plans.)",
        ),
        Step::CleanUp => (
            "clean up",
            "The operator deletes jobs. A job with an open execution needs --force.",
        ),
    };
    (title, about.to_owned())
}

fn introduction(thing: &ThingName) -> String {
    format!(
        "A job is a task for devices; a job execution is one device's attempt at it. Here you are both: the \
         operator, who creates jobs, and the device, which is the thing {thing}.\n\
         First the device asks for its pending jobs."
    )
}

/// What to type now. If the step lacks something, what restores it.
pub(crate) fn instruction(progress: &TutorialProgress, jobs: &Jobs, step: Step) -> String {
    let create = || {
        let id = progress.free_id();
        let todo = match step {
            Step::Create => "Reboot",
            Step::AgentWorks => "Update",
            _ => "Reboot again",
        };
        format!("create-job {id} {{\"Todo\":\"{todo}\"}}")
    };
    let start = || match progress.next_own(jobs) {
        None => create(),
        Some((_, true)) => "start-next-pending-job-execution".to_owned(),
        Some((job, false)) => format!("update-job-execution {job} IN_PROGRESS"),
    };
    let end = |status: &str| match progress.running(jobs) {
        Some(job) => format!("update-job-execution {job} {status}"),
        None => start(),
    };
    let over = progress.over().unwrap_or("JOB");
    let command = match step {
        Step::LookAgain if progress.running(jobs).is_none() => start(),
        Step::Look | Step::LookAgain => "get-pending-job-executions".to_owned(),
        Step::Create | Step::CreateAnother => create(),
        Step::Start => start(),
        // The service would return the execution in progress once more; without one, this starts the next.
        Step::Finish | Step::StartAnother => end("SUCCEEDED"),
        Step::Fail => end("FAILED"),
        Step::BeRefused => format!("update-job-execution {over} SUCCEEDED"),
        Step::NotSee => format!("describe-job-execution {over}"),
        Step::AgentOn => AGENT_ON.to_owned(),
        Step::AgentWorks if !progress.agent_is_on => AGENT_ON.to_owned(),
        Step::AgentWorks if progress.pending(jobs).is_empty() => create(),
        Step::AgentWorks => "agent status".to_owned(),
        Step::AgentOff => "agent off".to_owned(),
        Step::CleanUp => {
            let job = progress.created.first().map_or("JOB", String::as_str);
            let is_pending = progress.pending(jobs).iter().any(|it| it.job == job);
            let force = if is_pending { " --force" } else { "" };
            format!("delete-job {job}{force}")
        }
    };
    format!("{PROPOSAL}{command}")
}

/// The explanation of the reply in a step.
pub(crate) fn after(progress: &TutorialProgress, jobs: &Jobs, step: Step) -> String {
    match step {
        Step::Look => after_look(progress, jobs),
        Step::Create | Step::CreateAnother => after_create(progress, step),
        Step::Start => {
            "The execution is IN_PROGRESS, and its versionNumber has grown. `start-next-…` also brings the document. \
             No event comes, because the device learned this from the reply."
                .to_owned()
        }
        Step::LookAgain => {
            "What has been started is under inProgressJobs. The rest is still under queuedJobs.".to_owned()
        }
        Step::StartAnother => "The execution is now in progress. It has its own document.".to_owned(),
        Step::Finish | Step::Fail => after_end(progress, step),
        Step::BeRefused | Step::NotSee => after_refusal(progress, step),
        Step::AgentOn => {
            "The lines that begin with `agent` show what it decides, and why. First it asks what is pending, as after every connect."
                .to_owned()
        }
        Step::AgentWorks => after_work(progress),
        Step::AgentOff => "The prompt does not show the agent any more.".to_owned(),
        Step::CleanUp => "The jobs and their executions are deleted.".to_owned(),
    }
}

fn after_look(progress: &TutorialProgress, jobs: &Jobs) -> String {
    let pending = progress.pending(jobs);
    let lists = "The reply has two lists: what is in progress, and what is queued.";
    if pending.is_empty() {
        return format!("{lists} Both are empty.");
    }
    let ids: Vec<&str> = pending.iter().map(|it| it.job).collect();
    let mut text = format!("{lists} Pending already: {}.", ids.join(", "));
    if progress.setup.caution.is_some() {
        text.push_str(
            "\nThe tutorial leaves these jobs alone. For an empty list, use another --thing.",
        );
    }
    text
}

fn after_create(progress: &TutorialProgress, step: Step) -> String {
    let has_changed = progress.next_has_changed;
    match (step, &progress.next) {
        (Step::Create, _) if has_changed => {
            "The reply confirms the job; its ARN is its unique name in AWS. Two events followed: \
             JobExecutionsChanged lists what is pending now, and NextJobExecutionChanged shows the next execution with its document."
                .to_owned()
        }
        (Step::Create, _) => {
            "JobExecutionsChanged lists what is pending now, including the new job.".to_owned()
        }
        (_, NextJob::Job(next)) if !has_changed => format!(
            "The list has grown, as JobExecutionsChanged shows. {next} is still next, so there was no second event."
        ),
        _ => "The list has grown, as JobExecutionsChanged shows.".to_owned(),
    }
}

fn after_end(progress: &TutorialProgress, step: Step) -> String {
    let last = progress.ended.last();
    let (ended, status) = last.map_or(("It", "ended"), |(job, status)| (job, status.as_str()));
    let next = match &progress.next {
        _ if !progress.next_has_changed => ".".to_owned(),
        NextJob::Job(job) => format!("; NextJobExecutionChanged shows that {job} is next now."),
        _ => "; NextJobExecutionChanged has no `execution`: nothing is next.".to_owned(),
    };
    if step == Step::Finish {
        format!(
            "JobExecutionsChanged shows that {ended} has ended ({status}) and has left the list{next}"
        )
    } else {
        format!("{ended} has also ended ({status}) and has left the list{next}")
    }
}

fn after_work(progress: &TutorialProgress) -> String {
    let last = progress.ended.last();
    let (job, status) = last.map_or(("a job", "its outcome"), |(job, status)| {
        (job, status.as_str())
    });
    if progress.seen.contains(&Sight::Cut) {
        format!(
            "The agent claimed {job}, kept working without a connection, and kept the outcome. After the reconnect it asked what is \
             pending, and reported {status}. A device must keep an outcome until the service has confirmed it."
        )
    } else {
        format!("The agent claimed {job}, did the work, and reported {status}.")
    }
}

fn after_refusal(progress: &TutorialProgress, step: Step) -> String {
    let last = progress.ended.last();
    let ended = last.map_or("It", |(job, _)| job);
    match step {
        Step::BeRefused if progress.seen.contains(&Sight::Refusal) => {
            "An execution that has ended cannot change. A refusal has a code, here InvalidStateTransition, and `executionState` \
             shows the current state. `help errors` lists all codes."
                .to_owned()
        }
        Step::NotSee if progress.seen.contains(&Sight::Nothing) => format!(
            "A device can no longer see an execution that has ended. The operator can:\n       describe-job-execution {ended} --thing {}",
            progress.setup.thing
        ),
        _ => "No execution is left for this step.".to_owned(),
    }
}

pub(crate) fn end(setup: &TutorialSetup) -> String {
    let next = if setup.caution.is_some() {
        "`doctor` and `jobs-sandbox policy` help with the connection and the permissions of your own devices."
    } else {
        "`jobs-sandbox --help` shows how to do the same on AWS, and `jobs-sandbox serve` how to test a device of your own."
    };
    format!(
        "That is the end of the tutorial: you know the life of a job from both sides. Well done!\n\
         Next: `help` lists all commands, and `help update-job-execution` the flags of one. `wire on` shows the messages. \
         `explain COMMAND` shows the AWS CLI or mosquitto equivalent. `help scripts` shows how to put commands into a file.\n{next}"
    )
}
