//! The typed line while the program is stopped and continued.

use crate::repl::editor::painter::Painter;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::screen::Screen;

/// Releases the terminal, and takes it back. For any thread.
#[derive(Clone, Debug)]
pub struct Resumption {
    pub(crate) screen: Screen,
    pub(crate) painter: Painter,
    pub(crate) printer: Printer,
}

impl Resumption {
    /// Leaves the typed line, if there is one.
    pub fn suspend(&self) {
        self.screen.suspend();
    }

    /// Takes the terminal back and repaints the typed line, if there is one.
    pub fn resume(&self) {
        if self.screen.resume() && self.painter.make_room() {
            self.printer.queue.repaint();
        }
    }
}
