//! The terminal at the end of a program that did not come to its own end.

use tokio::runtime::Runtime;

use crate::repl::editor::Editor;

/// A program that dies while a line is typed must not leave the terminal in raw mode.
pub(crate) fn restore_terminal_at_the_end(runtime: &Runtime, editor: &Editor) {
    if !editor.is_terminal() {
        return;
    }
    let screen = editor.screen();
    let usual = std::panic::take_hook();
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        // The program outlives a panic of another thread.
        if std::thread::current().id() == here {
            screen.restore();
        }
        usual(panic);
    }));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let screen = editor.screen();
        for (kind, number) in [(SignalKind::terminate(), 15), (SignalKind::hangup(), 1)] {
            let screen = screen.clone();
            runtime.spawn(async move {
                let Ok(mut signal) = signal(kind) else { return };
                if signal.recv().await.is_some() {
                    screen.restore();
                    std::process::exit(128 + number);
                }
            });
        }
    }
    #[cfg(not(unix))]
    let _ = runtime;
}
