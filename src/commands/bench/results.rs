//! The figures of a whole bench, and what is computed of them.

use super::list::Row;
use super::measure::Figures;
use super::stats::{geometric_mean, median};

/// What one runner did with one program.
#[derive(Debug, Default)]
pub struct Series {
    /// A row per round.
    pub runs: Vec<Figures>,
    /// What went wrong, if anything did: the figures do not count then.
    pub error: Option<String>,
}

impl Series {
    /// The median of what `figure` picks; `None` after an error.
    pub fn median(&self, figure: impl Fn(&Figures) -> f64) -> Option<f64> {
        let good = self.error.is_none();
        good.then(|| median(self.runs.iter().map(figure))).flatten()
    }
}

/// A program and its series, one per runner, in the order of the runners.
pub struct Outcome {
    /// The program.
    pub row: Row,
    /// Its series.
    pub series: Vec<Series>,
}

/// A kind of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// User CPU time; with system time for programs of class `startup`.
    Cpu,
    /// Elapsed time.
    Wall,
}

impl Outcome {
    /// The median cost by the runner of that index, in seconds.
    pub fn cost(&self, runner: usize, cost: Cost) -> Option<f64> {
        let series = &self.series[runner];
        match cost {
            Cost::Cpu if self.row.is_startup() => series.median(|f| f.user + f.system),
            Cost::Cpu => series.median(|f| f.user),
            Cost::Wall => series.median(|f| f.wall),
        }
    }
}

/// A column of ratios: the cost by one runner, divided by that by another.
pub struct Column {
    /// Its heading.
    pub title: String,
    /// Index of the runner above the line.
    pub of: usize,
    /// Index of the runner below the line.
    pub to: usize,
    /// What is compared.
    pub cost: Cost,
}

impl Column {
    /// The ratio for a program; `None` if a figure is missing or too small to divide by.
    pub fn ratio(&self, outcome: &Outcome) -> Option<f64> {
        let of = outcome.cost(self.of, self.cost)?;
        let to = outcome.cost(self.to, self.cost)?;
        (of > 0.0 && to > 0.0).then(|| of / to)
    }

    /// The geometric mean of the ratios there are, and how many those are.
    pub fn mean(&self, outcomes: &[&Outcome]) -> (Option<f64>, usize) {
        let ratios: Vec<f64> = outcomes.iter().filter_map(|o| self.ratio(o)).collect();
        (geometric_mean(ratios.iter().copied()), ratios.len())
    }
}

/// The outcomes of a bench.
pub struct Results {
    /// The names of the runners; the first one is native.
    pub runners: Vec<String>,
    /// A row per program.
    pub outcomes: Vec<Outcome>,
}

/// The name of a geometric mean over all programs.
pub const ALL: &str = "all";

impl Results {
    /// CPU against native, the speed-up over qemu, wall against native.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = self.against_native(Cost::Cpu, "");
        let qemu = self.runners.iter().position(|name| name == "qemu");
        if let Some(qemu) = qemu {
            columns.extend(self.guests().filter(|(i, _)| *i != qemu).map(|(i, name)| Column {
                title: format!("{name} over qemu"),
                of: qemu,
                to: i,
                cost: Cost::Cpu,
            }));
        }
        columns.extend(self.against_native(Cost::Wall, " wall"));
        columns
    }

    /// The CPU ratios to native alone.
    pub fn cpu_columns(&self) -> Vec<Column> {
        self.against_native(Cost::Cpu, "")
    }

    fn against_native(&self, cost: Cost, suffix: &str) -> Vec<Column> {
        let column = |(of, name)| Column { title: format!("{name}{suffix}"), of, to: 0, cost };
        self.guests().map(column).collect()
    }

    fn guests(&self) -> impl Iterator<Item = (usize, &String)> {
        self.runners.iter().enumerate().skip(1)
    }

    /// The classes in the order of their first program with these, and then all programs.
    pub fn groups(&self) -> Vec<(&str, Vec<&Outcome>)> {
        let mut groups: Vec<(&str, Vec<&Outcome>)> = Vec::new();
        for outcome in &self.outcomes {
            let class = outcome.row.class.as_str();
            match groups.iter_mut().find(|(name, _)| *name == class) {
                Some((_, members)) => members.push(outcome),
                None => groups.push((class, vec![outcome])),
            }
        }
        groups.push((ALL, self.outcomes.iter().collect()));
        groups
    }

    /// A line for each program and runner that went wrong.
    pub fn errors(&self) -> Vec<String> {
        let of_outcome = |outcome: &Outcome| {
            let named = self.runners.iter().zip(&outcome.series);
            let errors = named.filter_map(|(runner, series)| {
                let error = series.error.as_ref()?;
                Some(format!("{}: {runner}: {error}", outcome.row.name))
            });
            errors.collect::<Vec<_>>()
        };
        self.outcomes.iter().flat_map(of_outcome).collect()
    }
}

/// Results by hand, for tests.
#[cfg(test)]
pub mod samples {
    use super::super::list;
    use super::*;

    fn series(user: f64) -> Series {
        let run = |user| Figures { user, system: 0.5, wall: user + 1.0, max_rss: 4096 };
        Series { runs: vec![run(user), run(user * 3.0), run(user / 2.0)], error: None }
    }

    /// Two programs of class `int`, one of class `startup`, by native, qemu and auto; with
    /// medians of 1, 8, 4 and 1, 2, 1 and 1, 4, an error.
    pub fn results() -> Results {
        let text = "one int a ; b\ntwo<&> int a ; b\nthree startup a ; b";
        let rows = list::parse(text, list::Variables::new()).unwrap();
        let medians = [[1.0, 8.0, 4.0], [1.0, 2.0, 1.0], [1.0, 4.0, 9.0]];
        let outcome = |(row, users): (Row, [f64; 3])| Outcome {
            row,
            series: users.into_iter().map(series).collect(),
        };
        let mut outcomes: Vec<Outcome> = rows.into_iter().zip(medians).map(outcome).collect();
        outcomes[2].series[2].error = Some("exit status 9".into());
        Results { runners: ["native", "qemu", "auto"].map(String::from).to_vec(), outcomes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<'a>(columns: &'a [Column], title: &str) -> &'a Column {
        columns.iter().find(|c| c.title == title).unwrap()
    }

    #[test]
    fn ratios_are_of_medians() {
        let results = samples::results();
        let columns = results.columns();
        let first = &results.outcomes[0];
        assert_eq!(column(&columns, "qemu").ratio(first), Some(8.0));
        assert_eq!(column(&columns, "auto over qemu").ratio(first), Some(2.0));
        assert_eq!(column(&columns, "auto wall").ratio(first), Some(2.5));
        assert_eq!(columns.len(), 5);
    }

    #[test]
    fn startup_counts_system_time() {
        let results = samples::results();
        assert_eq!(results.outcomes[2].cost(1, Cost::Cpu), Some(4.5));
        assert_eq!(results.outcomes[0].cost(1, Cost::Cpu), Some(8.0));
    }

    #[test]
    fn means_are_taken_by_class_and_in_all() {
        let results = samples::results();
        let groups = results.groups();
        let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["int", "startup", ALL]);
        let (mean, count) = column(&results.columns(), "qemu").mean(&groups[0].1);
        assert!((mean.unwrap() - 4.0).abs() < 1e-12);
        assert_eq!(count, 2);
    }

    #[test]
    fn a_series_with_an_error_counts_nowhere() {
        let results = samples::results();
        let auto = results.columns();
        let auto = column(&auto, "auto");
        assert_eq!(auto.ratio(&results.outcomes[2]), None);
        assert_eq!(auto.mean(&results.groups()[2].1).1, 2);
        assert_eq!(results.errors(), ["three: auto: exit status 9"]);
    }
}
