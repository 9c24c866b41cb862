//! The rounds: every runner in turn, again and again, so that a slow minute of the machine hits
//! all alike.

use std::time::Duration;

use super::list::Row;
use super::measure::{self, Figures, Output};
use super::progress::Progress;
use super::results::{Outcome, Series};
use super::runners::Runner;

/// How the programs are measured.
pub struct Plan {
    /// The runners; the first one is native.
    pub runners: Vec<Runner>,
    /// Runs of each program by each runner.
    pub rounds: u32,
    /// A run is killed after this long.
    pub limit: Duration,
}

/// Measures one program. The order alternates from round to round; a runner that fails is left out
/// of the rounds that follow.
pub fn measure(plan: &Plan, row: &Row, progress: &Progress) -> Outcome {
    let mut series: Vec<Series> = plan.runners.iter().map(|_| Series::default()).collect();
    let mut reference = None;
    for round in 0..plan.rounds {
        for index in order(round, series.len()) {
            let runner = &plan.runners[index];
            if series[index].error.is_none() {
                progress.step(&row.name, runner.name(), round + 1);
                match one_run(plan, row, runner, &mut reference) {
                    Ok(figures) => series[index].runs.push(figures),
                    Err(error) => series[index].error = Some(format!("{error:#}")),
                }
            }
        }
    }
    Outcome { row: row.clone(), series }
}

/// The runners of a round: forwards, then backwards.
fn order(round: u32, count: usize) -> Vec<usize> {
    if round.is_multiple_of(2) { (0..count).collect() } else { (0..count).rev().collect() }
}

/// What the first good run printed, and whose it was: native's, if that works at all.
type Reference = Option<(Output, String)>;

fn one_run(
    plan: &Plan,
    row: &Row,
    runner: &Runner,
    reference: &mut Reference,
) -> anyhow::Result<Figures> {
    let (figures, output) = measure::run(runner.process(row), plan.limit)?;
    if row.check {
        let (expected, whose) =
            reference.get_or_insert_with(|| (output.clone(), runner.name().to_string()));
        if let Some(difference) = output.difference(expected, whose) {
            anyhow::bail!("{difference}");
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::super::list;
    use super::*;

    /// Runs the row natively, and under an emulator that is /usr/bin/env.
    fn outcome(line: &str) -> Outcome {
        let row = &list::parse(line, list::Variables::new()).unwrap()[0];
        let runners = vec![Runner::Native, Runner::Qemu("/usr/bin/env".into())];
        let plan = Plan { runners, rounds: 3, limit: Duration::from_secs(20) };
        measure(&plan, row, &Progress::silent())
    }

    #[test]
    fn every_round_runs_every_runner() {
        let outcome = outcome("n c echo 1 ; echo 1");
        let counts: Vec<usize> = outcome.series.iter().map(|s| s.runs.len()).collect();
        assert_eq!(counts, [3, 3]);
        assert_eq!((order(0, 3), order(1, 3)), (vec![0, 1, 2], vec![2, 1, 0]));
    }

    #[test]
    fn a_difference_on_stdout_is_an_error_of_the_guest() {
        let outcome = outcome("n c echo 1 ; echo 2");
        let said = "line 1 of stdout is \"2\", not \"1\" as by native";
        assert_eq!(outcome.series[1].error.as_deref(), Some(said));
        assert_eq!((outcome.series[0].runs.len(), outcome.series[1].runs.len()), (3, 0));
    }

    #[test]
    fn nocheck_accepts_a_difference() {
        let outcome = outcome("n c nocheck echo 1 ; echo 2");
        assert!(outcome.series.iter().all(|s| s.error.is_none() && s.runs.len() == 3));
    }

    #[test]
    fn a_program_that_does_not_start_is_named() {
        let outcome = outcome("n c /none/such ; echo 2");
        let error = outcome.series[0].error.as_deref().unwrap();
        assert!(error.starts_with("cannot start /none/such"), "{error}");
        assert_eq!(outcome.series[1].runs.len(), 3);
    }
}
