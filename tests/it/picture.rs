//! The picture of the README: a session of the built binary on a pseudo-terminal, as SVG. `UPDATE_GOLDEN=1` draws it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portable_pty::CommandBuilder;
use serde_json::json;

use crate::pty::Pty;
use crate::test_service::{THING, TestService};

const ROWS: u16 = 40;
const COLUMNS: u16 = 96;

/// How long the person in the session takes for a command.
const PACE: Duration = Duration::from_secs(8);

/// The time at which the session in the picture begins: 2026-11-22 09:45:44 UTC.
const BEGIN_S: u64 = 1_795_340_744;

const DAY_S: u64 = 86_400;

/// In pixels: the width of a character, the height of a row, and what is around the text.
const CHARACTER: f32 = 8.4;
const ROW: u16 = 19;
const MARGIN: u16 = 16;

/// A character on the screen.
#[derive(Clone, PartialEq)]
struct Glyph {
    character: char,
    look: Look,
}

#[derive(Clone, Copy, PartialEq)]
struct Look {
    color: vt100::Color,
    is_bold: bool,
    is_dim: bool,
}

/// A session that ends with a line half typed, above which an event has arrived.
fn session() -> (Vec<Vec<Glyph>>, (u16, u16)) {
    let service = TestService::with_manual_clock("picture");
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    if now.expect("a time").as_secs() % DAY_S > DAY_S - 120 {
        // Midnight would be shown.
        service.local.advance_clock(Duration::from_mins(2));
    }
    let mut command: CommandBuilder = service.pty_command(THING);
    command.env_remove("NO_COLOR");
    command.env_remove("CLICOLOR");
    let mut pty = Pty::spawn(command, ROWS, COLUMNS);
    let prompt = format!("● {THING}>");
    let mut events = 0;
    let commands = [
        ("create-job Job1 {\"Todo\":\"Reboot\"}", 2),
        ("next", 0),
        ("pending", 0),
    ];
    for (before, (typed, caused)) in commands.into_iter().enumerate() {
        wait_for_prompt(&pty, &prompt, before + 1, events);
        service.local.advance_clock(PACE);
        pty.send(&format!("{typed}\r"));
        events += caused;
    }
    wait_for_prompt(&pty, &prompt, commands.len() + 1, events);
    pty.send("done Jo");
    pty.wait_for("done Jo");
    service.local.advance_clock(PACE);
    let target = format!("arn:aws:iot:us-east-1:123456789012:thing/{THING}");
    let job = json!({ "targets": [target], "document": "{\"Todo\":\"Blink\"}" });
    let (status, answer) = service.local.control("PUT", "/jobs/Job2", &job);
    assert_eq!(status, 200, "{answer}");
    pty.wait_until("the event above the line", |screen| {
        let last = screen.lines().last().unwrap_or_default();
        screen.contains("+ Job2 QUEUED") && last.starts_with(&format!("{prompt} done Jo"))
    });
    (pty.with_screen(glyphs), pty.cursor())
}

fn wait_for_prompt(pty: &Pty, prompt: &str, prompts: usize, events: usize) {
    pty.wait_until("the prompt below all events", |screen| {
        let count = |start| screen.lines().filter(|it| it.starts_with(start)).count();
        (count(prompt), count("Received ")) == (prompts, events) && screen.ends_with(prompt)
    });
}

/// The rows of a screen with everything replaced that differs from run to run.
fn glyphs(screen: &vt100::Screen) -> Vec<Vec<Glyph>> {
    let row = |row| -> Vec<Glyph> {
        let cells = (0..COLUMNS).filter_map(|column| screen.cell(row, column));
        cells
            .map(|cell| Glyph {
                character: cell.contents().chars().next().unwrap_or(' '),
                look: Look {
                    color: cell.fgcolor(),
                    is_bold: cell.bold(),
                    is_dim: cell.dim(),
                },
            })
            .collect()
    };
    let mut rows: Vec<Vec<Glyph>> = (0..ROWS).map(row).collect();
    while rows.last().is_some_and(|row| text(row).is_empty()) {
        rows.pop();
    }
    let mut constant = Constant::default();
    let mut first = 0;
    while first < rows.len() {
        // What wraps is one line.
        let wraps = |row: usize| screen.row_wrapped(u16::try_from(row).expect("a row"));
        let last = (first..rows.len())
            .find(|row| !wraps(*row))
            .unwrap_or(first);
        let line: Vec<char> = rows[first..=last]
            .iter()
            .flatten()
            .map(|it| it.character)
            .collect();
        let line = constant.replace(&line);
        let glyphs = rows[first..=last].iter_mut().flatten();
        for (glyph, character) in glyphs.zip(line) {
            glyph.character = character;
        }
        first = last + 1;
    }
    rows
}

/// Replaces times and tokens by others of the same length.
#[derive(Default)]
struct Constant {
    /// The first time in the session, in seconds since 1970.
    begin_s: Option<u64>,
    tokens: usize,
}

impl Constant {
    fn replace(&mut self, line: &[char]) -> Vec<char> {
        let mut replaced: Vec<char> = Vec::new();
        while let Some(rest) = line.get(replaced.len()..).filter(|rest| !rest.is_empty()) {
            let is_within = replaced.last().is_some_and(char::is_ascii_digit);
            let is_time = !is_within && matches(rest, "NNNNNNNNNN");
            let new = if is_time && !matches(rest, "NNNNNNNNNNN") {
                let time: String = rest[..10].iter().collect();
                self.seconds(time.parse().expect("a number")).to_string()
            } else if matches(rest, "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX") {
                self.tokens += 1;
                format!("5f0c8a4e-9d21-4b7a-8e63-1c2d3e4f5a{:02}", self.tokens)
            } else if matches(rest, "NNNN-NN-NN NN:NN:NN") {
                format!("2026-11-22 {}", self.time_of_day(&rest[11..19]))
            } else if matches(rest, "NN:NN:NN") {
                self.time_of_day(&rest[..8])
            } else {
                rest[0].to_string()
            };
            replaced.extend(new.chars());
        }
        replaced
    }

    fn seconds(&mut self, time_s: u64) -> u64 {
        let begin_s = *self.begin_s.get_or_insert(time_s);
        BEGIN_S + time_s - begin_s
    }

    fn time_of_day(&mut self, text: &[char]) -> String {
        let text: String = text.iter().collect();
        let time_s = text.split(':').fold(0, |sum, part| {
            sum * 60 + part.parse::<u64>().expect("a number")
        });
        let begin_s = self.begin_s.expect("a time before it") % DAY_S;
        let time_s = BEGIN_S % DAY_S + time_s - begin_s;
        format!(
            "{:02}:{:02}:{:02}",
            time_s / 3600,
            time_s / 60 % 60,
            time_s % 60
        )
    }
}

/// Whether a line begins with a pattern: `N` is a digit, `X` one of a hexadecimal number.
fn matches(line: &[char], pattern: &str) -> bool {
    let mut characters = line.iter();
    pattern.chars().all(|wanted| {
        characters.next().is_some_and(|found| match wanted {
            'N' => found.is_ascii_digit(),
            'X' => found.is_ascii_hexdigit(),
            other => *found == other,
        })
    })
}

fn text(row: &[Glyph]) -> String {
    let text: String = row.iter().map(|glyph| glyph.character).collect();
    text.trim_end().to_owned()
}

/// The colours of a terminal on the dark ground of the picture.
fn hex(color: vt100::Color) -> &'static str {
    match color {
        vt100::Color::Idx(1 | 9) => "#ff7b72",
        vt100::Color::Idx(2 | 10) => "#7ee787",
        vt100::Color::Idx(3 | 11) => "#e3b341",
        vt100::Color::Idx(4 | 12) => "#79c0ff",
        vt100::Color::Idx(5 | 13) => "#d2a8ff",
        vt100::Color::Idx(6 | 14) => "#76e3ea",
        vt100::Color::Idx(8) => "#8b949e",
        _ => "#e6edf3",
    }
}

fn column(number: usize) -> f32 {
    f32::from(u16::try_from(number).expect("a column")) * CHARACTER + f32::from(MARGIN)
}

/// The picture. It has a ground of its own, so that it can be read on a light page and on a dark one.
fn draw(rows: &[Vec<Glyph>], (cursor_row, cursor_column): (u16, u16)) -> String {
    let lines = u16::try_from(rows.len()).expect("a screen");
    let width = column(COLUMNS.into()) + f32::from(MARGIN);
    let height = lines * ROW + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.0} {height}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{}\" rx=\"8\" fill=\"#0d1117\" stroke=\"#6e7681\"/>\n\
         <rect x=\"{:.1}\" y=\"{}\" width=\"{CHARACTER}\" height=\"{ROW}\" fill=\"#e6edf3\" opacity=\"0.5\"/>\n",
        width - 1.0,
        height - 1,
        column(cursor_column.into()),
        MARGIN + cursor_row * ROW,
    );
    for (number, row) in (0..lines).zip(rows) {
        let y = MARGIN + number * ROW + 14;
        write!(svg, "<text y=\"{y}\" xml:space=\"preserve\">").expect("a string");
        let end = text(row).chars().count();
        let mut begin = 0;
        for run in row[..end].chunk_by(|a, b| a.look == b.look) {
            let shown: String = run.iter().map(|glyph| glyph.character).collect();
            let length = column(run.len()) - f32::from(MARGIN);
            let weight = if run[0].look.is_bold {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let dim = if run[0].look.is_dim {
                " fill-opacity=\"0.65\""
            } else {
                ""
            };
            write!(
                svg,
                "<tspan x=\"{:.1}\" textLength=\"{length:.1}\" fill=\"{}\"{weight}{dim}>{}</tspan>",
                column(begin),
                hex(run[0].look.color),
                escaped(&shown),
            )
            .expect("a string");
            begin += run.len();
        }
        svg.push_str("</text>\n");
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The text of a picture, row by row.
fn shown(svg: &str) -> Vec<String> {
    let rows = svg.lines().filter(|line| line.starts_with("<text"));
    rows.map(|row| {
        let parts = row.split('<').skip(1);
        let parts = parts.filter_map(|part| part.split_once('>'));
        let text: String = parts.map(|(_, text)| text).collect();
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    })
    .collect()
}

#[test]
fn the_picture_is_a_recorded_session() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".github/session.svg");
    let (rows, cursor) = session();
    let recorded: Vec<String> = rows.iter().map(|row| text(row)).collect();
    let new = draw(&rows, cursor);
    assert_eq!(shown(&new), recorded);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &new).expect("is written");
        return;
    }
    let old = fs::read_to_string(&path).expect("the picture");
    assert_eq!(shown(&old), recorded);
    // Colours, places and the cursor.
    assert_eq!(old, new);
}

#[test]
fn what_differs_from_run_to_run_is_replaced() {
    let mut constant = Constant::default();
    for (line, expected) in [
        ("\"at\":1800000000,", "\"at\":1795340744,"),
        ("1800000008", "1795340752"),
        (
            "# 2027-01-15 08:00:08 UTC (now)",
            "# 2026-11-22 09:45:52 UTC (now)",
        ),
        (
            "c 11111111-2222-3333-4444-aaaaaaaaaaaa",
            "c 5f0c8a4e-9d21-4b7a-8e63-1c2d3e4f5a01",
        ),
        ("iot:123456789012:job", "iot:123456789012:job"),
        ("Job1 12:3", "Job1 12:3"),
    ] {
        let line: Vec<char> = line.chars().collect();
        let replaced: String = constant.replace(&line).into_iter().collect();
        assert_eq!(replaced, expected);
    }
}
