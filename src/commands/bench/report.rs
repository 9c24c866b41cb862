//! The table, and the figures as JSON.

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::measure::Figures;
use super::results::{Column, Cost, Outcome, Results, Series};

/// The tables: a row per program, then a row per class with the geometric means.
pub fn tables(results: &Results) -> String {
    let columns = results.columns();
    let mut text = format!("{}\n", programs(results, &columns));
    if results.runners.len() > 1 {
        text += &format!("\nGeometric means\n{}\n", means(results, &columns));
    }
    text + "\nRatios are of user CPU time (startup: user and system), or wall time, to native; \
            medians of the rounds.\n"
}

fn programs(results: &Results, columns: &[Column]) -> Table {
    let mut table = table("program", "class", "native s", columns);
    for outcome in &results.outcomes {
        let native = outcome.cost(0, Cost::Cpu).map(|s| format!("{s:.3}"));
        let cell = |c: &Column| ratio(c.ratio(outcome)).unwrap_or_else(|| missing(c, outcome));
        let first = [outcome.row.name.clone(), outcome.row.class.clone()];
        let native = native.unwrap_or_else(|| "error".into());
        table.add_row(first.into_iter().chain([native]).chain(columns.iter().map(cell)));
    }
    table
}

fn means(results: &Results, columns: &[Column]) -> Table {
    let mut table = table("class", "programs", "", columns);
    for (class, members) in results.groups() {
        let cell = |column: &Column| match column.mean(&members) {
            (None, _) => "-".into(),
            (Some(mean), n) if n == members.len() => format!("{mean:.2}"),
            (Some(mean), n) => format!("{mean:.2} ({n})"),
        };
        let first = [class.to_string(), members.len().to_string(), String::new()];
        table.add_row(first.into_iter().chain(columns.iter().map(cell)));
    }
    table
}

fn table(first: &str, second: &str, third: &str, columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let titles = columns.iter().map(|column| column.title.as_str());
    table.set_header([first, second, third].into_iter().chain(titles));
    table.column_iter_mut().skip(2).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn ratio(value: Option<f64>) -> Option<String> {
    value.map(|v| format!("{v:.2}"))
}

/// The cell of a ratio that is not there: `error` where its own runner failed.
fn missing(column: &Column, outcome: &Outcome) -> String {
    let failed = |runner: usize| outcome.series[runner].error.is_some();
    if failed(column.of.max(column.to)) { "error".into() } else { "-".into() }
}

/// One line on one program: the native seconds and the other runners' ratios.
pub fn summary(results: &Results, outcome: &Outcome) -> String {
    let native = match outcome.cost(0, Cost::Cpu) {
        Some(seconds) => format!("native {seconds:.3} s"),
        None => "native error".into(),
    };
    let ratios = results.cpu_columns().into_iter().map(|column| {
        let shown = match ratio(column.ratio(outcome)) {
            Some(shown) => format!("{shown}x"),
            None => missing(&column, outcome),
        };
        format!("{} {shown}", column.title)
    });
    std::iter::once(native).chain(ratios).collect::<Vec<_>>().join(", ")
}

/// All figures: seconds and KiB.
pub fn json(results: &Results, rounds: u32) -> Value {
    let columns = results.columns();
    let programs: Vec<Value> =
        results.outcomes.iter().map(|o| program(results, &columns, o)).collect();
    json!({
        "rounds": rounds,
        "host": host(),
        "runners": results.runners,
        "programs": programs,
        "geometric_means": geometric_means(results, &columns),
    })
}

fn program(results: &Results, columns: &[Column], outcome: &Outcome) -> Value {
    let named = results.runners.iter().zip(&outcome.series);
    let series: serde_json::Map<String, Value> =
        named.map(|(name, s)| (name.clone(), one_series(s))).collect();
    let ratios: serde_json::Map<String, Value> =
        columns.iter().map(|c| (c.title.clone(), json!(c.ratio(outcome)))).collect();
    json!({
        "name": outcome.row.name,
        "class": outcome.row.class,
        "checked": outcome.row.check,
        "series": series,
        "ratios": ratios,
    })
}

fn one_series(series: &Series) -> Value {
    let run = |f: &Figures| {
        let Figures { user, system, wall, max_rss } = f;
        json!({ "user": user, "system": system, "wall": wall, "max_rss": max_rss })
    };
    json!({
        "runs": series.runs.iter().map(run).collect::<Vec<_>>(),
        "median": {
            "user": series.median(|f| f.user),
            "system": series.median(|f| f.system),
            "wall": series.median(|f| f.wall),
            "max_rss": series.median(|f| f.max_rss as f64),
        },
        "error": series.error,
    })
}

fn geometric_means(results: &Results, columns: &[Column]) -> Vec<Value> {
    let group = |(class, members): (&str, Vec<&Outcome>)| {
        let mean = |column: &Column| {
            let (mean, programs) = column.mean(&members);
            (column.title.clone(), json!({ "mean": mean, "programs": programs }))
        };
        let means: serde_json::Map<String, Value> = columns.iter().map(mean).collect();
        json!({ "class": class, "programs": members.len(), "means": means })
    };
    results.groups().into_iter().map(group).collect()
}

fn host() -> Value {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':'));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let model = model.map_or("", |(_, name)| name.trim());
    json!({ "cpu": model, "cpus": cpus, "kernel": kernel.trim() })
}

#[cfg(test)]
mod tests {
    use super::super::results::samples;
    use super::*;

    /// The line of the tables that begins with `first`, its cells joined by single spaces.
    fn line(first: &str) -> String {
        let text = tables(&samples::results());
        let cells = |l: &str| l.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        text.lines().map(cells).find(|l| l.starts_with(first)).unwrap_or_default()
    }

    #[test]
    fn the_table_has_a_row_per_program() {
        let titles = "program class native s qemu auto auto over qemu qemu wall auto wall";
        assert_eq!(line("program"), titles);
        assert_eq!(line("one"), "one int 1.000 8.00 4.00 2.00 4.50 2.50");
        assert_eq!(line("three"), "three startup 1.500 3.00 error error 2.50 error");
    }

    #[test]
    fn means_say_of_how_many_programs_they_are() {
        assert_eq!(line("int"), "int 2 4.00 2.00 2.00 2.60 1.58");
        assert_eq!(line("startup"), "startup 1 3.00 - - 2.50 -");
        assert_eq!(line("all"), "all 3 3.63 2.00 (2) 2.00 (2) 2.56 1.58 (2)");
    }

    #[test]
    fn a_summary_is_one_line() {
        let results = samples::results();
        let said = summary(&results, &results.outcomes[2]);
        assert_eq!(said, "native 1.500 s, qemu 3.00x, auto error");
    }

    #[test]
    fn json_holds_runs_medians_and_means() {
        let value = json(&samples::results(), 3);
        assert_eq!(value["programs"][0]["series"]["qemu"]["runs"].as_array().unwrap().len(), 3);
        assert_eq!(value["programs"][0]["series"]["qemu"]["median"]["user"], 8.0);
        assert_eq!(value["programs"][0]["ratios"]["auto over qemu"], 2.0);
        assert_eq!(value["programs"][2]["series"]["auto"]["error"], "exit status 9");
        assert_eq!(value["geometric_means"][2]["means"]["auto"]["programs"], 2);
    }
}
