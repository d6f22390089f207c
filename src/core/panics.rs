//! Panics of this program or of a library: one line for the user instead of a backtrace, and the program continues or ends
//! cleanly.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::task::Poll;

use crate::{redact, text};

/// The longest text of a panic that is shown, in characters.
const LONGEST: usize = 200;

thread_local! {
    /// Whether this thread is inside [`contain`], which returns the text.
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on, a panic is recorded, and outside [`contain`] it is one line on standard error.
pub fn take_over(record: fn(&str)) {
    std::panic::set_hook(Box::new(move |panic| {
        let text = describe(panic);
        record(&text);
        if IS_CONTAINED.get() {
            TEXT.replace(text);
        } else {
            // Without standard error the line is lost.
            let _ = writeln!(std::io::stderr(), "error: {text}");
        }
    }));
}

/// Runs something; a panic in it is returned as a text.
pub fn contain<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    let outer = IS_CONTAINED.replace(true);
    // The caller drops what a panic leaves half done.
    let ended = catch_unwind(AssertUnwindSafe(run));
    IS_CONTAINED.set(outer);
    ended.map_err(|_| TEXT.take())
}

/// Awaits something; a panic in it is returned as a text.
pub async fn contain_future<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = Box::pin(future);
    poll_fn(|context| match contain(|| future.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(text) => Poll::Ready(Err(text)),
    })
    .await
}

/// What happened and where, in one line.
fn describe(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload_as_str().unwrap_or("no text");
    let what = what.lines().next().unwrap_or_default();
    let what = text::shorten(&text::sanitize(&redact::signatures(what)), LONGEST);
    let place = panic.location().map_or_else(String::new, |at| {
        // The folders above the package are those of the machine that built it.
        let parts: Vec<&str> = at.file().rsplit(['/', '\\']).take(3).collect();
        let parts: Vec<&str> = parts.into_iter().rev().collect();
        format!(" ({}:{})", parts.join("/"), at.line())
    });
    format!("the program has a fault: {what}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_returned_as_one_line() {
        take_over(|_| ());
        for (run, expected) in [
            ((|| 7) as fn() -> i32, Ok(7)),
            (|| panic!("a\nb"), Err("a")),
            (|| panic!("{}\u{1b}[2J", "c"), Err("c\\u001b[2J")),
            (|| std::panic::panic_any(8), Err("no text")),
        ] {
            let ended = contain(run);
            let place = " (src/core/panics.rs:";
            let described = ended.as_ref().map_err(|text| {
                let text = text.strip_prefix("the program has a fault: ");
                let text = text.and_then(|text| text.split_once(place));
                text.map_or("", |(what, _)| what)
            });
            assert_eq!(described.copied(), expected, "{ended:?}");
        }
        assert!(contain(|| contain(|| panic!("inner"))).is_ok_and(|inner| inner.is_err()));
    }

    #[tokio::test]
    async fn a_panic_of_a_future_is_returned() {
        take_over(|_| ());
        let late = async {
            tokio::task::yield_now().await;
            panic!("late");
        };
        let ended: Result<(), String> = contain_future(late).await;
        assert!(ended.is_err_and(|text| text.contains("late")));
        assert_eq!(contain_future(async { 7 }).await, Ok(7));
    }
}
