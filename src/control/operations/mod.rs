//! The operations of the control plane, one file each: AWS's name, the arguments, the effect, the call, the table for the
//! response, examples. A line in the list below registers an operation. The grammar, completion, help, hints, `explain`,
//! `watch`, the IAM policy and the list of test rows derive from that. Pure.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use clap::Subcommand;

use crate::control::operation::{About, ControlOperation};

/// Declares the modules, the request type, and the list of all operations. Each line is a command; `help` lists them in this
/// order. The files in brackets are the operations that a command chooses from.
macro_rules! operations {
    ($($(#[$attribute:meta])* $file:ident: $request:ident $([$($chosen:ident),+])?,)+) => {
        $(
            pub mod $file;
            $($(pub mod $chosen;)+)?
        )+

        /// One typed request of the control plane.
        #[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
        pub enum ControlRequest {
            $($(#[$attribute])* $request($file::$request),)+
        }

        impl ControlRequest {
            pub fn operation(&self) -> &dyn ControlOperation {
                match self {
                    $(Self::$request(request) => request,)+
                }
            }

            pub fn operation_mut(&mut self) -> &mut dyn ControlOperation {
                match self {
                    $(Self::$request(request) => request,)+
                }
            }
        }

        /// The properties of all operations.
        pub fn abouts() -> impl Iterator<Item = &'static About> {
            let all: &[&[&About]] = &[$(operations!(@abouts $file $([$($chosen),+])?)),+];
            all.iter().copied().flatten().copied()
        }
    };
    (@abouts $file:ident) => {
        &[&$file::ABOUT]
    };
    (@abouts $file:ident [$($chosen:ident),+]) => {
        &[$(&$chosen::ABOUT),+]
    };
}

operations! {
    create_job: CreateJob,
    cancel_job: CancelJob,
    delete_job: DeleteJob,
    describe_job: DescribeJob,
    list_jobs: ListJobs,
    get_job_document: GetJobDocument,
    list_job_executions: ListJobExecutions [list_job_executions_for_job, list_job_executions_for_thing],
    // Typed as `describe-job-execution --thing-name`, a command of the device.
    #[command(skip)]
    describe_job_execution: DescribeJobExecution,
    cancel_job_execution: CancelJobExecution,
    delete_job_execution: DeleteJobExecution,
    create_thing: CreateThing,
    describe_thing: DescribeThing,
    list_things: ListThings,
    delete_thing: DeleteThing,
    create_thing_group: CreateThingGroup,
    describe_thing_group: DescribeThingGroup,
    list_thing_groups: ListThingGroups,
    list_things_in_thing_group: ListThingsInThingGroup,
    add_thing_to_thing_group: AddThingToThingGroup,
    remove_thing_from_thing_group: RemoveThingFromThingGroup,
    delete_thing_group: DeleteThingGroup,
}

/// The properties of the operation with this name.
pub fn about(name: &str) -> Option<&'static About> {
    abouts().find(|about| about.name == name)
}
