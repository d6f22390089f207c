//! `events`, `wire`, `notes` and `output`: what is shown from now on.

use crate::repl::feed::Feed;
use crate::repl::input::command::{Setting, Shown};
use crate::repl::output::answer::Answer;
use crate::repl::output::form::Form;

/// Changes a setting, and returns a line that states it.
pub(crate) fn set(setting: &Setting, feed: &Feed) -> Answer {
    match setting {
        Setting::Events(None)
        | Setting::Wire(None)
        | Setting::Notes(None)
        | Setting::Output(None) => {
            return Answer::Text(state(setting, feed));
        }
        Setting::Events(Some(shown)) => feed.show(shown.clone()),
        Setting::Wire(Some(is_on)) => feed.show_wire(*is_on),
        Setting::Notes(Some(is_on)) => feed.show_notes(*is_on),
        Setting::Output(Some(form)) => feed.show_in(*form),
    }
    let state = state(setting, feed);
    match setting {
        // For programs, the next output shows that the form is in use.
        Setting::Output(Some(Form::Json | Form::Jsonl)) => Answer::Text(state),
        _ => Answer::Done(state),
    }
}

fn state(setting: &Setting, feed: &Feed) -> String {
    match setting {
        Setting::Events(_) => events(&feed.shown()),
        Setting::Wire(_) => wire(feed.shows_wire()),
        Setting::Notes(_) => notes(feed.has_notes()),
        Setting::Output(_) => output(feed.style().form),
    }
}

fn events(shown: &Shown) -> String {
    match shown {
        Shown::All => "Events are on.".to_owned(),
        Shown::None => {
            "Events are off; `events on` shows them, `events last` replays the last ones."
                .to_owned()
        }
        Shown::Named(name) => format!("Events are on, but only {name}."),
        Shown::Job(job) => format!("Events are on, but only those that change {job}."),
    }
}

fn wire(is_on: bool) -> String {
    if is_on {
        "Wire is on: every message is shown with its topic and its time.".to_owned()
    } else {
        "Wire is off; `wire on` shows every message.".to_owned()
    }
}

fn notes(is_on: bool) -> String {
    if is_on {
        "Notes are on: times, tables and changes below what the service sends.".to_owned()
    } else {
        "Notes are off; `notes on` shows times, tables and changes.".to_owned()
    }
}

fn output(form: Form) -> String {
    let what = match form {
        Form::Text => "JSON for people, as it was sent",
        Form::Pretty => "JSON for people, with a line for each member",
        Form::Json => "a JSON object for each answer, over several lines",
        Form::Jsonl => "a line of JSON for each answer",
        Form::Raw => "payloads and nothing else",
    };
    format!("Output is {}: {what}.", form.as_str())
}
