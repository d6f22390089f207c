//! A rehearsal as fast as the machine, or at a pace for people who watch. The pace changes no result.

use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fleet::{Progress, Report, World, curves};
use crate::fleet_command::interrupt::Interrupt;

/// How often the picture is drawn per second.
const FRAMES: u8 = 10;

/// The time between two pictures; also how long Ctrl-C may wait.
const FRAME: Duration = Duration::from_millis(100);

/// How many steps go between two looks at the clock.
const STEPS: u32 = 256;

/// Runs a rehearsal to its end, or until Ctrl-C, with a picture on standard error if that is a terminal.
pub(crate) fn rehearse(world: &mut World, speed: Option<u32>, interrupt: &Interrupt) -> Report {
    let picture = Picture::new();
    let (started, begins) = (Instant::now(), world.now());
    while !world.is_over() && !interrupt.is_due() {
        if let (Some(speed), Some(due)) = (speed, world.poll_timeout()) {
            let virtual_time = Duration::from_millis(due.0.saturating_sub(begins.0));
            while let Some(left) = (virtual_time / speed).checked_sub(started.elapsed())
                && !left.is_zero()
                && !interrupt.is_due()
            {
                picture.draw(world);
                thread::sleep(left.min(FRAME));
            }
            if !interrupt.is_due() {
                world.step();
            }
        } else {
            for _ in 0..STEPS {
                if !world.is_over() {
                    world.step();
                }
            }
            picture.draw(world);
        }
    }
    picture.end();
    world.report()
}

/// The picture of a rehearsal that runs.
struct Picture {
    bar: ProgressBar,
    drawn: std::cell::Cell<Option<Instant>>,
}

impl Picture {
    /// Nothing is drawn unless standard error is a terminal.
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(FRAMES));
        let style = ProgressStyle::with_template("{prefix}  {bar:50}  {percent:>3} %\n{msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self {
            bar,
            drawn: std::cell::Cell::new(None),
        }
    }

    fn draw(&self, world: &World) {
        let is_due = self
            .drawn
            .get()
            .is_none_or(|drawn| drawn.elapsed() >= FRAME);
        if self.bar.is_hidden() || !is_due {
            return;
        }
        self.drawn.set(Some(Instant::now()));
        let Progress {
            at,
            targets,
            ended,
            minutes,
        } = world.progress();
        self.bar.set_length(targets);
        self.bar.set_position(ended);
        self.bar.set_prefix(at.clock());
        self.bar.set_message(curves(&minutes));
        self.bar.tick();
    }

    /// The report takes its place.
    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
