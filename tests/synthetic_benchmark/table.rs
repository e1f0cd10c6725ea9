//! All streams together: the figures, and which of them are out of bounds.

use std::{collections::BTreeMap, fmt};

use super::judge::{Happening, Judged};

/// Strengths from which a moment is middling and strong.
const CLASSES: [(&str, f64, f64); 3] =
    [("faint", 0.0, 0.34), ("middling", 0.34, 0.67), ("strong", 0.67, 1.01)];

/// The figures of the benchmark.
#[derive(Debug)]
pub struct Table {
    /// A row a kind and a class of strength.
    rows: BTreeMap<String, Row>,
    clips_an_hour: Vec<f64>,
    silent: usize,
    elsewhere_an_hour: f64,
    /// Where to look: stream, second, what.
    looks: Vec<String>,
}

/// How often something happened, and what was triggered by it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Row {
    happened: usize,
    triggered: usize,
    start_right: usize,
    twice: usize,
}

impl Row {
    fn add(&mut self, happening: &Happening) {
        self.happened += 1;
        self.triggered += usize::from(happening.triggers > 0);
        self.start_right += usize::from(happening.start_right);
        self.twice += usize::from(happening.triggers > 1);
    }

    /// Share that triggered, 0 to 1.
    fn share(self) -> f64 {
        self.triggered as f64 / self.happened.max(1) as f64
    }
}

impl Table {
    /// The figures of all streams.
    pub fn new(streams: &[Judged]) -> Self {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let mut looks = Vec::new();
        for stream in streams {
            for happening in &stream.happenings {
                for name in names(happening, stream) {
                    rows.entry(name).or_default().add(happening);
                }
                looks.extend(look(stream, happening));
            }
            looks.extend(
                stream.elsewhere_s.iter().map(|s| format!("{} {s} s: nothing", stream.name)),
            );
        }
        let hours: f64 = streams.iter().map(|s| s.hours).sum();
        let elsewhere: usize = streams.iter().map(|s| s.elsewhere_s.len()).sum();
        let mut clips_an_hour: Vec<f64> =
            streams.iter().map(|s| s.triggers as f64 / s.hours).collect();
        clips_an_hour.sort_by(f64::total_cmp);
        Self {
            rows,
            silent: streams.iter().filter(|s| s.triggers == 0).count(),
            clips_an_hour,
            elsewhere_an_hour: elsewhere as f64 / hours,
            looks,
        }
    }

    /// What is out of bounds, a sentence each. The bounds lie a margin beyond what was
    /// reached when they were set (see `docs/benchmark.md`): they hold what is good, and
    /// are tightened when it gets better.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut at_least = |what: &str, found: f64, bound: f64| {
            if found.is_nan() || found < bound {
                wrong.push(format!("{what}: {found:.3}, should be at least {bound}"));
            }
        };
        let row = |name: &str| self.rows.get(name).copied().unwrap_or_default();
        let moments = row("moments");
        let starts = moments.start_right as f64 / moments.triggered.max(1) as f64;
        at_least("decoys in all", row("decoys").happened as f64, 300.0);
        at_least("strong moments found", row("moments, strong").share(), 0.78);
        at_least("middling moments found", row("moments, middling").share(), 0.58);
        at_least("moments found", moments.share(), 0.52);
        at_least("starts that are right", starts, 0.85);
        let mut at_most = |what: &str, found: f64, bound: f64| {
            if found.is_nan() || found > bound {
                let looks = self.looks.join("\n  ");
                wrong
                    .push(format!("{what}: {found:.3}, should be at most {bound}; see\n  {looks}"));
            }
        };
        at_most("moments clipped twice", moments.twice as f64, 0.0);
        at_most("decoys that trigger", row("decoys").share(), 0.028);
        // Few people, another room's people, or people that Twitch announced.
        for kind in ["Raid", "SharedChat", "Flood", "Copypasta", "Advert", "LongPaste"] {
            let name = format!("decoys {kind}");
            at_most(&name, row(&name).triggered as f64, 1.0);
        }
        at_most("clips an hour of nothing", self.elsewhere_an_hour, 2.5);
        at_most("clips an hour, mean", mean(&self.clips_an_hour), 8.5);
        at_most("clips an hour, 90th percentile", self.percentile(0.9), 10.0);
        at_most("streams without a clip", self.silent as f64, 1.0);
        wrong
    }

    fn percentile(&self, share: f64) -> f64 {
        let last = self.clips_an_hour.len().saturating_sub(1) as f64;
        self.clips_an_hour.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// The rows that something counts for.
fn names(happening: &Happening, stream: &Judged) -> Vec<String> {
    let kind = format!("{:?}", happening.kind);
    let class = CLASSES.iter().find(|(_, from, to)| (*from..*to).contains(&happening.strength));
    let class = class.map_or("?", |(name, ..)| name);
    if happening.decoy {
        let told = if stream.told { "" } else { ", nameless" };
        return vec!["decoys".into(), format!("decoys{told} {kind}"), format!("decoys, {class}")];
    }
    let channel = stream.name.get(..stream.name.rfind('-').unwrap_or(0)).unwrap_or_default();
    let of_channel = format!("{channel}: middling and strong");
    let mut names = vec!["moments".into(), format!("moments {kind}"), format!("moments, {class}")];
    names.extend((class != "faint").then_some(of_channel));
    names
}

fn look(stream: &Judged, happening: &Happening) -> Option<String> {
    let Happening { kind, strength, start_s, triggers, decoy, .. } = happening;
    let odd = if *decoy { *triggers > 0 } else { *triggers > 1 };
    odd.then(|| format!("{} {start_s} s: {kind:?} of strength {strength:.2}", stream.name))
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:34}{:>9}{:>10}{:>7}{:>12}{:>7}",
            "", "happened", "triggered", "share", "start right", "twice"
        )?;
        for (name, row) in &self.rows {
            let Row { happened, triggered, start_right, twice } = row;
            let share = row.share() * 100.0;
            writeln!(
                f,
                "{name:34}{happened:>9}{triggered:>10}{share:>6.1}%{start_right:>12}{twice:>7}"
            )?;
        }
        writeln!(
            f,
            "clips an hour: mean {:.2}, 10th percentile {:.1}, 90th {:.1}; {} of {} streams without",
            mean(&self.clips_an_hour),
            self.percentile(0.1),
            self.percentile(0.9),
            self.silent,
            self.clips_an_hour.len(),
        )?;
        write!(f, "clips an hour of nothing: {:.2}", self.elsewhere_an_hour)
    }
}
