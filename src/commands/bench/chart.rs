//! The chart: horizontal bars on a log scale, as SVG.
//!
//! A group of bars per program, a colour per runner. Bars start at 1, which is native, and grow to
//! the right for what is slower. A dashed line per runner marks the geometric mean.

use std::fmt::{Display, Write};

use super::results::{Column, Outcome, Results};

const WIDTH: f64 = 960.0;
/// Where the plot begins: the programs' names are left of it.
const LEFT: f64 = 180.0;
/// Where the plot ends: a bar's number may stand right of it.
const RIGHT: f64 = WIDTH - 60.0;
/// Height of the title, the legend and the upper axis.
const TOP: f64 = 108.0;
const BOTTOM: f64 = 36.0;
const BAR: f64 = 10.0;
const GAP: f64 = 8.0;

/// Colours that stay apart for colour-blind eyes, by the index of the guest runner.
const COLOURS: [&str; 6] = ["#8c8c8c", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"];

/// The ticks that may stand on the axis.
const TICKS: [f64; 19] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0,
    500.0, 1000.0, 2000.0,
];

/// The chart of the CPU ratios, as an SVG document.
pub fn svg(results: &Results) -> String {
    let columns = results.cpu_columns();
    let layout = Layout::new(&columns, results);
    let mut svg = Svg::new(layout.height);
    svg.text(LEFT, 24.0, "class=\"title\"", "CPU time relative to native (less is better)");
    legend(&mut svg, &columns);
    axis(&mut svg, &layout);
    for (index, outcome) in results.outcomes.iter().enumerate() {
        group(&mut svg, &layout, &columns, outcome, layout.group_top(index));
    }
    mean_lines(&mut svg, &layout, &columns, results);
    svg.finish()
}

/// Where things are, in pixels.
struct Layout {
    low: f64,
    high: f64,
    group_height: f64,
    plot_bottom: f64,
    height: f64,
}

impl Layout {
    fn new(columns: &[Column], results: &Results) -> Self {
        let ratios = columns.iter().flat_map(|c| results.outcomes.iter().map(|o| c.ratio(o)));
        let (low, high) = range(ratios.flatten());
        let group_height = columns.len().max(1) as f64 * BAR + GAP;
        let plot_bottom = TOP + group_height * results.outcomes.len() as f64;
        Layout { low, high, group_height, plot_bottom, height: plot_bottom + BOTTOM }
    }

    fn group_top(&self, index: usize) -> f64 {
        TOP + GAP / 2.0 + self.group_height * index as f64
    }

    /// The place of a ratio on the axis.
    fn x(&self, ratio: f64) -> f64 {
        let part = (ratio / self.low).ln() / (self.high / self.low).ln();
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        TICKS.into_iter().filter(|t| (self.low..=self.high).contains(t))
    }
}

/// The ticks that enclose 1 and all `ratios`.
fn range(ratios: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = ratios.fold((1.0, 2.0), |(a, b): (f64, f64), r| (a.min(r), b.max(r)));
    let low = TICKS.into_iter().rfind(|t| *t <= least).unwrap_or(TICKS[0]);
    let high = TICKS.into_iter().find(|t| *t >= most).unwrap_or(TICKS[TICKS.len() - 1]);
    (low, high)
}

fn colour(column: usize) -> &'static str {
    COLOURS[column % COLOURS.len()]
}

fn legend(svg: &mut Svg, columns: &[Column]) {
    let mut x = LEFT;
    for (index, column) in columns.iter().enumerate() {
        svg.rect(x, 37.0, 12.0, 12.0, colour(index), &column.title);
        svg.text(x + 17.0, 47.0, "", &column.title);
        x += 40.0 + 8.0 * column.title.chars().count() as f64;
    }
}

fn axis(svg: &mut Svg, layout: &Layout) {
    for tick in layout.ticks() {
        let x = layout.x(tick);
        let class = if tick == 1.0 { "class=\"one\"" } else { "class=\"grid\"" };
        svg.line(x, TOP, layout.plot_bottom, class);
        svg.text(x, layout.plot_bottom + 16.0, "text-anchor=\"middle\"", &format!("{tick}×"));
    }
}

fn group(svg: &mut Svg, layout: &Layout, columns: &[Column], outcome: &Outcome, top: f64) {
    let middle = top + columns.len() as f64 * BAR / 2.0 + 4.0;
    svg.text(LEFT - 8.0, middle, "text-anchor=\"end\"", &outcome.row.name);
    for (index, column) in columns.iter().enumerate() {
        let y = top + index as f64 * BAR;
        match column.ratio(outcome) {
            Some(ratio) => bar(svg, layout, (index, column), outcome, ratio, y),
            None => svg.text(layout.x(1.0) + 4.0, y + BAR - 1.5, "class=\"value\"", "no figure"),
        }
    }
}

fn bar(
    svg: &mut Svg,
    layout: &Layout,
    (index, column): (usize, &Column),
    outcome: &Outcome,
    ratio: f64,
    y: f64,
) {
    let (one, end) = (layout.x(1.0), layout.x(ratio));
    let title = format!("{}, {}: {ratio:.2}×", outcome.row.name, column.title);
    svg.rect(one.min(end), y, (end - one).abs(), BAR - 1.0, colour(index), &title);
    svg.text(one.max(end) + 4.0, y + BAR - 1.5, "class=\"value\"", &format!("{ratio:.2}"));
}

/// Dashed lines at the geometric means of all programs; their labels take turns above the plot.
fn mean_lines(svg: &mut Svg, layout: &Layout, columns: &[Column], results: &Results) {
    let all: Vec<&Outcome> = results.outcomes.iter().collect();
    for (index, column) in columns.iter().enumerate() {
        if let (Some(mean), _) = column.mean(&all) {
            let (x, colour) = (layout.x(mean), colour(index));
            let y = TOP - 6.0 - 12.0 * (index % 4) as f64;
            svg.line(
                x,
                y + 2.0,
                layout.plot_bottom,
                &format!("class=\"mean\" stroke=\"{colour}\""),
            );
            let label = format!("{} geomean {mean:.2}×", column.title);
            svg.text(x + 4.0, y, &format!("class=\"value\" style=\"fill:{colour}\""), &label);
        }
    }
}

/// Writes an SVG document.
struct Svg {
    out: String,
}

const STYLE: &str = "text{font:12px sans-serif;fill:#222}.title{font-size:16px}\
    .value{font-size:9px}.grid{stroke:#ddd}.one{stroke:#222}.mean{stroke-dasharray:5 3}";

impl Svg {
    fn new(height: f64) -> Self {
        let mut svg = Svg { out: String::new() };
        svg.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<style>{STYLE}</style>"
        ));
        svg.put(format_args!("<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>"));
        svg
    }

    fn put(&mut self, line: impl Display) {
        writeln!(self.out, "{line}").expect("a String takes everything");
    }

    fn text(&mut self, x: f64, y: f64, attributes: &str, text: &str) {
        let text = escaped(text);
        self.put(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{text}</text>"));
    }

    fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str, title: &str) {
        let title = escaped(title);
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{fill}\"><title>{title}</title></rect>"
        ));
    }

    /// A line from top to bottom.
    fn line(&mut self, x: f64, top: f64, bottom: f64, attributes: &str) {
        self.put(format_args!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\" {attributes}/>"
        ));
    }

    fn finish(mut self) -> String {
        self.put("</svg>");
        self.out
    }
}

/// Text that means itself between tags and in attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::results::samples;
    use super::*;

    /// Follows tags, quotes and entities; panics where the document is not well-formed.
    fn check_well_formed(document: &str) {
        let mut open = Vec::new();
        let mut rest = document.trim();
        while let Some(start) = rest.find('<') {
            check_text(&rest[..start]);
            let end = start + rest[start..].find('>').expect("a tag ends");
            follow_tag(&rest[start + 1..end], &mut open);
            rest = &rest[end + 1..];
        }
        assert!(open.is_empty() && rest.is_empty(), "left: {open:?} {rest:?}");
    }

    fn follow_tag<'a>(tag: &'a str, open: &mut Vec<&'a str>) {
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "<{tag}>");
        let name = tag.split_whitespace().next().expect("a tag has a name");
        match name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed)),
            None if tag.ends_with('/') => check_text(tag),
            None => open.push(name),
        }
    }

    fn check_text(text: &str) {
        assert!(!text.contains('>'), "{text}");
        for (at, _) in text.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;"];
            assert!(known.iter().any(|e| text[at..].starts_with(e)), "{text}");
        }
    }

    #[test]
    fn the_chart_is_well_formed() {
        check_well_formed(&svg(&samples::results()));
    }

    #[test]
    fn a_chart_of_nothing_is_well_formed() {
        check_well_formed(&svg(&Results { runners: vec!["native".into()], outcomes: vec![] }));
    }

    #[test]
    fn names_and_ratios_are_in_the_chart() {
        let chart = svg(&samples::results());
        for part in [">two&lt;&amp;&gt;<", ">8.00<", ">qemu geomean 3.63×<", ">no figure<"] {
            assert!(chart.contains(part), "{part}");
        }
        assert!(!chart.contains("NaN") && !chart.contains("inf"));
    }

    #[test]
    fn the_axis_encloses_one_and_every_ratio() {
        assert_eq!(range([3.5, 7.0].into_iter()), (1.0, 10.0));
        assert_eq!(range([0.3, 1.2].into_iter()), (0.2, 2.0));
        assert_eq!(range(std::iter::empty()), (1.0, 2.0));
        assert_eq!(range([9999.0].into_iter()), (1.0, 2000.0));
    }
}
