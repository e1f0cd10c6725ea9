//! The measures by which two detectors are held against each other, at the default budget. Pure.

use serde::{Serialize, Serializer};

use super::{
    bootstrap::{Estimate, estimate, mean},
    detect::Decided,
    labels::Label,
    metrics::{self, CLIPS_S, RANKS},
};

/// One measure of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Start precision of the ten best.
    P10,
    /// Share of triggers that are right.
    Precision,
    /// Share of labels that are found.
    Recall,
    /// Harmonic mean of the two.
    F1,
    /// Share of clips of 60 s that hold a highlight.
    Hold60,
    /// Mean of [`Measure::MEANT`] in a stream that has them all.
    Mean,
    /// Triggers an hour.
    PerHour,
    /// 1 for a stream without a trigger, else 0.
    Silent,
}

impl Measure {
    /// Every measure, in the order of the tables.
    pub const ALL: [Self; 8] = [
        Self::P10,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Hold60,
        Self::Mean,
        Self::PerHour,
        Self::Silent,
    ];
    /// What the mean is made of: where the ten best are, whether a trigger is right, whether
    /// what is there is found too, and whether the clip shows it.
    pub const MEANT: [Self; 4] = [Self::P10, Self::Precision, Self::F1, Self::Hold60];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P10 => "P@10",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
            Self::Hold60 => "60 s hold",
            Self::Mean => "mean of 4",
            Self::PerHour => "clips/h",
            Self::Silent => "silent",
        }
    }

    /// Its name in JSON.
    fn key(self) -> &'static str {
        match self {
            Self::P10 => "start_precision_10",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Hold60 => "clips_60_hold",
            Self::Mean => "mean",
            Self::PerHour => "clips_per_hour",
            Self::Silent => "silent",
        }
    }

    /// Whether a higher value is better (1), worse (-1), or neither (0).
    #[must_use]
    pub fn sense(self) -> i8 {
        match self {
            Self::PerHour => 0,
            Self::Silent => -1,
            _ => 1,
        }
    }
}

/// A value for each measure.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ByMeasure<T>([T; Measure::ALL.len()]);

impl<T: Copy> ByMeasure<T> {
    /// The values of a function of the measure.
    pub fn new(value: impl FnMut(Measure) -> T) -> Self {
        Self(Measure::ALL.map(value))
    }

    /// The value of `measure`.
    #[must_use]
    pub fn get(&self, measure: Measure) -> T {
        self.0[measure as usize]
    }
}

impl<T: Serialize> Serialize for ByMeasure<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Measure::ALL.iter().map(|measure| measure.key()).zip(&self.0))
    }
}

/// What one detector reached on one stream; `None` where it has no meaning.
pub type Figures = ByMeasure<Option<f64>>;

/// What one detector reached over streams.
pub type Estimates = ByMeasure<Option<Estimate>>;

/// The figures of what was decided at the default budget in a stream of `length_s` seconds.
#[must_use]
pub fn figures(decided: &Decided, labels: &[Label], length_s: f64) -> Figures {
    let live = metrics::live(&decided.triggers, labels, length_s);
    let p10 = metrics::start_precision(&decided.peaks, labels, RANKS[3]);
    let mut figures = Figures::new(|measure| match measure {
        Measure::P10 => (!labels.is_empty()).then_some(p10),
        Measure::Precision => live.precision,
        Measure::Recall => live.recall,
        Measure::F1 => live.f1,
        Measure::Hold60 => live.holds[CLIPS_S.len() - 1],
        Measure::Mean => None,
        Measure::PerHour => Some(live.per_hour),
        Measure::Silent => Some(f64::from(u8::from(decided.triggers.is_empty()))),
    });
    let all: Option<Vec<f64>> = Measure::MEANT.iter().map(|part| figures.get(*part)).collect();
    figures.0[Measure::Mean as usize] = all.and_then(|all| mean(&all));
    figures
}

/// The means of several draws on one stream, each over the draws in which it is defined.
#[must_use]
pub fn mean_of_draws(draws: &[Figures]) -> Figures {
    Figures::new(|measure| {
        mean(&draws.iter().filter_map(|draw| draw.get(measure)).collect::<Vec<_>>())
    })
}

/// The figures over streams.
#[must_use]
pub fn estimates<'a>(streams: impl Iterator<Item = &'a Figures> + Clone) -> Estimates {
    Estimates::new(|measure| estimate(streams.clone().map(|figures| figures.get(measure))))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{
        super::metrics::tests::{hits, labels},
        *,
    };

    /// Figures that all have one value.
    pub(crate) fn flat(value: Option<f64>) -> Figures {
        Figures::new(|_| value)
    }

    #[test]
    fn every_measure_lies_in_its_place() {
        for (at, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure as usize, at);
        }
    }

    #[test]
    fn figures_of_a_stream() {
        let labels = labels(&[(100.0, 130.0), (400.0, 430.0)]);
        let decided = Decided { peaks: hits(&[100.0, 700.0]), triggers: hits(&[100.0]) };
        let found = figures(&decided, &labels, 1800.0);
        let expected = [0.1, 1.0, 0.5, 2.0 / 3.0, 1.0, (0.1 + 1.0 + 2.0 / 3.0 + 1.0) / 4.0, 2.0];
        for (measure, expected) in Measure::ALL.into_iter().zip(expected) {
            let value = found.get(measure).unwrap();
            assert!((value - expected).abs() < 1e-9, "{measure:?} {value}");
        }
        // Silence has no precision, and so no mean; unlabelled streams have no measure but these.
        let silent = figures(&Decided::default(), &labels, 1800.0);
        assert_eq!((silent.get(Measure::Precision), silent.get(Measure::Mean)), (None, None));
        assert_eq!((silent.get(Measure::F1), silent.get(Measure::Silent)), (Some(0.0), Some(1.0)));
        let unlabelled = figures(&decided, &[], 1800.0);
        let defined = Measure::ALL.into_iter().filter(|m| unlabelled.get(*m).is_some());
        assert_eq!(defined.collect::<Vec<_>>(), [Measure::PerHour, Measure::Silent]);
    }

    #[test]
    fn draws_are_averaged_where_they_are_defined() {
        let mean = mean_of_draws(&[flat(Some(1.0)), flat(None), flat(Some(0.0))]);
        assert_eq!(mean, flat(Some(0.5)));
        assert_eq!(mean_of_draws(&[flat(None)]), flat(None));
    }
}
