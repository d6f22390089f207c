//! The curves of a rollout, as SVG.

use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use crate::fleet::{MinuteReport, Report};

type DrawingError = DrawingAreaErrorKind<std::io::Error>;

const SIZE: (u32, u32) = (900, 620);

/// From this many minutes on, the axis is in hours.
const LONG: u64 = 180;

/// The colours of Okabe and Ito, which people with any colour vision tell apart; in print, dashes do. The last two numbers are the
/// length of a dash and of a gap; no gap is a whole line.
/// <https://jfly.uni-koeln.de/color/>
const STATES: [(&str, RGBColor, u32, u32, Value); 8] = [
    ("queued", RGBColor(120, 120, 120), 2, 3, |it| {
        it.executions.queued
    }),
    ("in progress", RGBColor(0, 114, 178), 10, 3, |it| {
        it.executions.in_progress
    }),
    ("succeeded", RGBColor(0, 158, 115), 1, 0, |it| {
        it.executions.succeeded
    }),
    ("failed", RGBColor(213, 94, 0), 1, 0, |it| {
        it.executions.failed
    }),
    ("timed out", RGBColor(230, 159, 0), 6, 6, |it| {
        it.executions.timed_out
    }),
    ("rejected", RGBColor(204, 121, 167), 12, 6, |it| {
        it.executions.rejected
    }),
    ("canceled", RGBColor(86, 180, 233), 4, 8, |it| {
        it.executions.canceled
    }),
    ("removed", RGBColor(0, 0, 0), 2, 8, |it| {
        it.executions.removed
    }),
];

/// What a curve shows of a minute.
type Value = fn(&MinuteReport) -> u64;

/// The chart of a report: above the allowed and the notified rate, below the executions by status.
pub(crate) fn chart(report: &Report) -> Result<String, DrawingError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let title = format!(
            "{}: {} things, seed {}, {}",
            report.job_id, report.targets, report.seed, report.status
        );
        let area = area.titled(&title, ("sans-serif", 20))?;
        let (above, below) = area.split_vertically(210);
        draw_rates(report, &above)?;
        draw_states(report, &below)?;
        area.present()?;
    }
    Ok(svg)
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

fn draw_rates<'a>(report: &Report, area: &Area<'a>) -> Result<(), DrawingError> {
    let minutes = &report.minutes;
    let (end, unit) = axis(report);
    let rates = minutes.iter().map(|it| it.allowed.max(it.notified));
    let highest = number(rates.max().unwrap_or(1).max(1)) * 1.08;
    let mut chart = ChartBuilder::on(area)
        .margin_right(20)
        .set_label_area_size(LabelAreaPosition::Left, 70)
        .set_label_area_size(LabelAreaPosition::Bottom, 24)
        .build_cartesian_2d(0.0..end, 0.0..highest)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_desc("things a minute")
        .x_label_formatter(&|at| format!("{at:.0}"))
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
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], grey.stroke_width(2)));
    legend(&mut chart)
}

fn draw_states<'a>(report: &Report, area: &Area<'a>) -> Result<(), DrawingError> {
    let minutes = &report.minutes;
    let (end, unit) = axis(report);
    let highest = |value: Value| minutes.iter().map(value).max().unwrap_or_default();
    let all = STATES.iter().map(|(.., value)| highest(*value)).max();
    let top = number(all.unwrap_or(1).max(1)) * 1.08;
    let mut chart = ChartBuilder::on(area)
        .margin_right(20)
        .set_label_area_size(LabelAreaPosition::Left, 70)
        .set_label_area_size(LabelAreaPosition::Bottom, 42)
        .build_cartesian_2d(0.0..end, 0.0..top)?;
    let unit_name = if unit > 1.0 { "hours" } else { "minutes" };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_desc("executions")
        .x_desc(format!("{unit_name} since the job was created"))
        .x_label_formatter(&|at| format!("{at:.0}"))
        .y_label_formatter(&|count| format!("{count:.0}"))
        .draw()?;
    for (name, color, dash, gap, value) in STATES {
        if highest(value) == 0 {
            continue;
        }
        let points = state(minutes, unit, value);
        let style = color.stroke_width(2);
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
        .position(SeriesLabelPosition::UpperRight)
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
