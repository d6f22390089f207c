//! The keys that need more than rustyline does: Tab, Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-X Ctrl-E, and all keys while the line is
//! not visible.

use rustyline::history::DefaultHistory;
use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent, Modifiers,
    RepeatCount,
};

use crate::repl::editor::assistant::{Asks, Assistant};
use crate::repl::editor::left::{HowLeft, LeftBy, TallLines};
use crate::repl::editor::painter::Painter;
use crate::repl::editor::past::Past;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::tab::Complete;

pub(crate) fn bind_keys(
    editor: &mut rustyline::Editor<Assistant, DefaultHistory>,
    printer: &Printer,
    left: &HowLeft,
    assistant: &Assistant,
) {
    let (asks, tall) = (&assistant.asks, &assistant.tall);
    let mut bind = |keys: &[KeyEvent], handler: Box<dyn ConditionalEventHandler>| {
        let keys = Event::KeySeq(keys.to_vec());
        editor.bind_sequence(keys, EventHandler::Conditional(handler));
    };
    let leave = |by| {
        let (printer, left) = (printer.clone(), left.clone());
        Box::new(Leave { by, printer, left })
    };
    let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
    bind(&[tab], Box::new(Complete::new(printer, asks)));
    bind(&[KeyEvent::ctrl('C')], leave(Key::Interrupt));
    bind(&[KeyEvent::ctrl('D')], leave(Key::End));
    let edit = [KeyEvent::ctrl('X'), KeyEvent::ctrl('E')];
    bind(&edit, leave(Key::Edit));
    let paste = KeyEvent(KeyCode::BracketedPasteStart, Modifiers::NONE);
    bind(&[paste], Box::new(Paste(tall.clone())));
    #[cfg(unix)]
    bind(&[KeyEvent::ctrl('Z')], Box::new(Suspend));
    let unseen = Blind {
        printer: printer.clone(),
        painter: assistant.painter.clone(),
        tall: tall.clone(),
        asks: asks.clone(),
    };
    for (key, is_up) in [(KeyCode::Up, true), (KeyCode::Down, false)] {
        let recall = Recall {
            past: assistant.past.clone(),
            unseen: unseen.clone(),
            is_up,
        };
        bind(&[KeyEvent(key, Modifiers::NONE)], Box::new(recall));
    }
    let clear = Clear(printer.clone(), unseen.clone());
    bind(&[KeyEvent::ctrl('L')], Box::new(clear));
    editor.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(unseen)));
}

/// The start of a paste, which rustyline then inserts.
struct Paste(TallLines);

impl ConditionalEventHandler for Paste {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        self.0.note_paste();
        None
    }
}

/// Ctrl-Z: stops the program, on platforms with that signal. Rustyline would repaint the line before the program stops.
#[cfg(unix)]
struct Suspend;

#[cfg(unix)]
impl ConditionalEventHandler for Suspend {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        use nix::sys::signal::{Signal, kill};
        use nix::unistd::Pid;
        // The whole process group, as the terminal does. Without permission nothing is stopped.
        let _ = kill(Pid::from_raw(0), Signal::SIGTSTP);
        Some(Cmd::Noop)
    }
}

/// Ctrl-L: clears the screen. What Tab listed above the line is gone.
struct Clear(Printer, Blind);

impl ConditionalEventHandler for Clear {
    fn handle(
        &self,
        event: &Event,
        count: RepeatCount,
        positive: bool,
        context: &EventContext,
    ) -> Option<Cmd> {
        self.0.queue.note_cleared();
        self.1.handle(event, count, positive, context)
    }
}

/// Up and Down: move to another row of the line, or else to another line of the history. Rustyline's own search leaves the
/// cursor in the middle, and does not return to the typed line. Of its commands only completion replaces a line without
/// changing what Ctrl-Y inserts.
struct Recall {
    past: Past,
    unseen: Blind,
    is_up: bool,
}

impl ConditionalEventHandler for Recall {
    fn handle(
        &self,
        event: &Event,
        count: RepeatCount,
        positive: bool,
        context: &EventContext,
    ) -> Option<Cmd> {
        if self.unseen.asks.is_asked() {
            return Some(Cmd::Noop);
        }
        if let Some(command) = self.unseen.handle(event, count, positive, context) {
            return Some(command);
        }
        let (line, pos) = (context.line(), context.pos());
        let (before, behind) = line.split_at(pos);
        if if self.is_up { before } else { behind }.contains('\n') {
            return None;
        }
        let found = if self.is_up {
            self.past.earlier(line, pos)
        } else {
            self.past.later(line)
        };
        Some(found.map_or(Cmd::Noop, |found| {
            self.past.put(found);
            Cmd::Complete
        }))
    }
}

/// Any other key. If the cursor is above the screen, the user cannot see what the key would change.
#[derive(Clone)]
struct Blind {
    printer: Printer,
    painter: Painter,
    tall: TallLines,
    asks: Asks,
}

impl ConditionalEventHandler for Blind {
    fn handle(
        &self,
        event: &Event,
        _: RepeatCount,
        _: bool,
        context: &EventContext,
    ) -> Option<Cmd> {
        // The end is always visible.
        if context.pos() == context.line().len() || self.asks.is_asked() {
            return None;
        }
        let mut line = context.line().to_owned();
        let (extent, rows) = self.painter.look(&line, context.pos());
        if !extent.is_cursor_above(rows) {
            return None;
        }
        match event.get(0)? {
            KeyEvent(KeyCode::Enter | KeyCode::Esc, _) => return None,
            KeyEvent(KeyCode::Char(c), Modifiers::NONE) => line.insert(context.pos(), *c),
            _ => {}
        }
        self.printer.queue.close();
        self.tall.leave(line);
        Some(Cmd::AcceptLine)
    }
}

/// A key that leaves the line.
struct Leave {
    by: Key,
    printer: Printer,
    left: HowLeft,
}

enum Key {
    Interrupt,
    End,
    Edit,
}

impl ConditionalEventHandler for Leave {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let by = match self.by {
            Key::Interrupt => Some(LeftBy::Interrupt),
            Key::Edit => Some(LeftBy::Edit { pos: context.pos() }),
            // Ctrl-D then deletes the character under the cursor.
            Key::End if !context.line().is_empty() => return None,
            Key::End => None,
        };
        // No event may be shown between the end of the line and the reaction of the loop.
        self.printer.queue.close();
        let by = by?;
        self.left.set(by);
        // Rustyline keeps text that was typed after the key only if the line is accepted.
        Some(Cmd::AcceptLine)
    }
}
