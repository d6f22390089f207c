//! The curves of a rollout, as SVG.

use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use crate::fleet::{MinuteReport, Report};

type DrawingError = DrawingAreaErrorKind<std::io::Error>;

/// The width, and the height of each part.
const WIDTH: u32 = 900;
const RATES: u32 = 200;
const STATES: u32 = 280;
const FAILURES: u32 = 200;
const TITLE: u32 = 30;

/// From this many minutes on, the axis is in hours.
const LONG: u64 = 180;

/// A curve of executions with one status. A line without gaps is whole.
struct Curve {
    name: &'static str,
    color: RGBColor,
    dash: u32,
    gap: u32,
    value: Value,
}

const fn curve(
    name: &'static str,
    (red, green, blue): (u8, u8, u8),
    (dash, gap): (u32, u32),
    value: Value,
) -> Curve {
    Curve {
        name,
        color: RGBColor(red, green, blue),
        dash,
        gap,
        value,
    }
}

/// Colours of Okabe and Ito, which people with any colour vision tell apart; in print, dashes do.
/// <https://jfly.uni-koeln.de/color/>
const GOOD: [Curve; 5] = [
    curve("queued", (120, 120, 120), (2, 3), |it| it.executions.queued),
    curve("in progress", (0, 114, 178), (10, 3), |it| {
        it.executions.in_progress
    }),
    curve("succeeded", (0, 158, 115), (1, 0), |it| {
        it.executions.succeeded
    }),
    curve("canceled", (86, 180, 233), (4, 6), |it| {
        it.executions.canceled
    }),
    curve("removed", (0, 0, 0), (2, 8), |it| it.executions.removed),
];

/// The same for failures, which have a scale of their own: there are few of them.
const BAD: [Curve; 3] = [
    curve("failed", (213, 94, 0), (1, 0), |it| it.executions.failed),
    curve("timed out", (230, 159, 0), (6, 4), |it| {
        it.executions.timed_out
    }),
    curve("rejected", (204, 121, 167), (12, 5), |it| {
        it.executions.rejected
    }),
];

/// What a curve shows of a minute.
type Value = fn(&MinuteReport) -> u64;

/// The chart of a report: the allowed and the notified rate, the executions by status, and the failures if there are some.
pub(crate) fn chart(report: &Report) -> Result<String, DrawingError> {
    let has_failures = BAD.iter().any(|curve| highest(report, curve) > 0);
    let failures = if has_failures { FAILURES } else { 0 };
    let mut svg = String::new();
    {
        let size = (WIDTH, TITLE + RATES + STATES + failures);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        let title = format!(
            "{}: {} things, seed {}, {}",
            report.job_id, report.targets, report.seed, report.status
        );
        let area = area.titled(&title, ("sans-serif", 20))?;
        let (rates, rest) = area.split_vertically(RATES);
        draw_rates(report, &rates)?;
        if has_failures {
            let (states, rest) = rest.split_vertically(STATES);
            draw_states(report, &states, &GOOD, ("executions", ""))?;
            draw_states(report, &rest, &BAD, ("failures", time_axis(report)))?;
        } else {
            draw_states(report, &rest, &GOOD, ("executions", time_axis(report)))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn highest(report: &Report, curve: &Curve) -> u64 {
    let values = report.minutes.iter().map(curve.value);
    values.max().unwrap_or_default()
}

/// What the axis of the time is called.
fn time_axis(report: &Report) -> &'static str {
    if axis(report).1 > 1.0 {
        "hours since the job was created"
    } else {
        "minutes since the job was created"
    }
}

/// A number on the axis of the time.
fn time_label(at: f64) -> String {
    if (at - at.round()).abs() < 0.01 {
        format!("{at:.0}")
    } else {
        format!("{at:.1}")
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// The end of the axis, in its unit, and how many minutes the unit has.
fn axis(report: &Report) -> (f64, f64) {
    let minutes = report.minutes.last().map_or(1, |last| last.minute + 1);
    let unit = if minutes > LONG { 60.0 } else { 1.0 };
    (number(minutes) / unit, unit)
}

#[expect(clippy::cast_precision_loss, reason = "counts and minutes in memory")]
fn number(count: u64) -> f64 {
    count as f64
}

fn draw_rates(report: &Report, area: &Area<'_>) -> Result<(), DrawingError> {
    let minutes = &report.minutes;
    let (end, unit) = axis(report);
    let rates = minutes.iter().map(|it| it.allowed.max(it.notified));
    let highest = number(rates.max().unwrap_or(1).max(1)) * 1.08;
    let mut chart = ChartBuilder::on(area)
        .margin_left(12)
        .margin_right(20)
        .margin_top(8)
        .set_label_area_size(LabelAreaPosition::Left, 70)
        .set_label_area_size(LabelAreaPosition::Bottom, 24)
        .build_cartesian_2d(0.0..end, 0.0..highest)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_desc("things a minute")
        .x_label_formatter(&|at| time_label(*at))
        .y_label_formatter(&|count| format!("{count:.0}"))
        .y_labels(5)
        .draw()?;
    let (grey, blue) = (RGBColor(120, 120, 120), RGBColor(0, 114, 178));
    let notified = per_minute(minutes, unit, |it| it.notified);
    chart
        .draw_series(AreaSeries::new(notified, 0.0, blue.mix(0.35)).border_style(blue))?
        .label("notified")
        .legend(move |(x, y)| {
            Rectangle::new([(x, y - 5), (x + 24, y + 5)], blue.mix(0.35).filled())
        });
    let allowed = per_minute(minutes, unit, |it| it.allowed);
    chart
        .draw_series(DashedLineSeries::new(allowed, 6, 4, grey.stroke_width(2)))?
        .label("allowed")
        .legend(move |(x, y)| {
            DashedPathElement::new([(x, y), (x + 24, y)], 6, 4, grey.stroke_width(2))
        });
    legend(&mut chart)
}

fn draw_states(
    report: &Report,
    area: &Area<'_>,
    curves: &[Curve],
    (what, when): (&str, &str),
) -> Result<(), DrawingError> {
    let (end, unit) = axis(report);
    let all = curves.iter().map(|curve| highest(report, curve)).max();
    let top = number(all.unwrap_or(1).max(1)) * 1.08;
    let below = if when.is_empty() { 24 } else { 42 };
    let mut chart = ChartBuilder::on(area)
        .margin_left(12)
        .margin_right(20)
        .margin_top(8)
        .set_label_area_size(LabelAreaPosition::Left, 70)
        .set_label_area_size(LabelAreaPosition::Bottom, below)
        .build_cartesian_2d(0.0..end, 0.0..top)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_desc(what)
        .x_desc(when)
        .x_label_formatter(&|at| time_label(*at))
        .y_label_formatter(&|count| format!("{count:.0}"))
        .y_labels(6)
        .draw()?;
    for curve in curves.iter().filter(|curve| highest(report, curve) > 0) {
        let Curve {
            name, dash, gap, ..
        } = *curve;
        let points = state(&report.minutes, unit, curve.value);
        let style = curve.color.stroke_width(2);
        let ends = |(x, y)| [(x, y), (x + 24, y)];
        if gap == 0 {
            let series = chart.draw_series(LineSeries::new(points, style))?;
            let sample = move |at| PathElement::new(ends(at), style);
            series.label(name).legend(sample);
        } else {
            let series = chart.draw_series(DashedLineSeries::new(points, dash, gap, style))?;
            let sample = move |at| DashedPathElement::new(ends(at), dash, gap, style);
            series.label(name).legend(sample);
        }
    }
    if let Some(abort) = &report.abort {
        let at = number(abort.at_seconds.0) / 60_000.0 / unit;
        let line = [(at, 0.0), (at, top)];
        chart
            .draw_series(DashedLineSeries::new(line, 3, 3, BLACK.stroke_width(1)))?
            .label("aborted")
            .legend(|(x, y)| PathElement::new([(x + 12, y - 6), (x + 12, y + 6)], BLACK));
    }
    legend(&mut chart)
}

fn legend<'a>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
) -> Result<(), DrawingError> {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::MiddleRight)
        .legend_area_size(34)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .draw()
}

/// What happens in each minute, as a line with steps; nothing happens in those that are absent.
fn per_minute(minutes: &[MinuteReport], unit: f64, value: Value) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    let mut until = 0;
    for minute in minutes {
        if minute.minute > until {
            points.extend([(number(until), 0.0), (number(minute.minute), 0.0)]);
        }
        let height = number(value(minute));
        until = minute.minute + 1;
        points.extend([(number(minute.minute), height), (number(until), height)]);
    }
    points
        .iter()
        .map(|(at, count)| (at / unit, *count))
        .collect()
}

/// The state at the end of each minute; it stays as it is in those that are absent.
fn state(minutes: &[MinuteReport], unit: f64, value: Value) -> Vec<(f64, f64)> {
    let mut points = vec![(0.0, 0.0)];
    let mut last = 0.0;
    for minute in minutes {
        points.push((number(minute.minute) / unit, last));
        last = number(value(minute));
        points.push((number(minute.minute + 1) / unit, last));
    }
    points
}
