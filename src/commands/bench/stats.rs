//! Medians and geometric means.

/// The middle value, or the mean of the two in the middle; `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[half]),
        _ => Some((sorted[half - 1] + sorted[half]) / 2.0),
    }
}

/// The n-th root of the product of n positive values; `None` of nothing.
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (count, logs) = values.into_iter().fold((0, 0.0), |(n, sum), v| (n + 1, sum + v.ln()));
    (count > 0).then(|| (logs / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median([7.0]), Some(7.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn the_geometric_mean_is_that_of_ratios() {
        let mean = geometric_mean([1.0, 4.0, 16.0]).unwrap();
        assert!((mean - 4.0).abs() < 1e-12, "{mean}");
        let inverse = geometric_mean([2.0, 0.5]).unwrap();
        assert!((inverse - 1.0).abs() < 1e-12, "{inverse}");
        assert_eq!(geometric_mean([]), None);
    }
}
