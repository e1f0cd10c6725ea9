//! When trouble is news: once when it has lasted, and once when it is over, also when Cliphound is
//! started anew in between. Pure; times are Unix milliseconds on our clock.

use std::collections::BTreeMap;

use super::news::{News, OVER};
use crate::trouble::{Kind, Troubles};

/// What is told, and how long it must last before that. A log-in that has ended does not come back
/// by itself; a disk may be full for a moment.
const TOLD: [(Kind, i64); 2] = [(Kind::LogInEnded, 0), (Kind::Disk, 60_000)];
/// It must be well for so long: what comes back before is the same trouble.
const CALM_MS: i64 = 60_000;

/// What is known of each trouble.
#[derive(Debug, Clone, Default)]
pub struct Courses(BTreeMap<Kind, Course>);

#[derive(Debug, Clone, Copy)]
struct Course {
    since_ms: i64,
    /// It was held out to the alerts as they are set now …
    is_offered: bool,
    /// … and some alert, now or before, wanted to hear it.
    is_told: bool,
    /// Since when it is well.
    well_ms: Option<i64>,
}

impl Courses {
    /// What an earlier run told: the keys of all that is in the outbox, in their order.
    pub fn remember(&mut self, keys: &[String]) {
        let mut open = BTreeMap::new();
        for key in keys {
            match read(key) {
                Some((kind, since_ms, false)) => drop(open.insert(kind, since_ms)),
                Some((kind, _, true)) => drop(open.remove(&kind)),
                None => {}
            }
        }
        for (kind, since_ms) in open {
            let told = Course { since_ms, is_offered: false, is_told: true, well_ms: None };
            self.0.entry(kind).or_insert(told);
        }
    }

    /// The alerts are others now: what is wrong is held out to them, too. Those that were there
    /// before have it in the outbox, which takes nothing twice.
    pub fn offer_anew(&mut self) {
        for course in self.0.values_mut() {
            course.is_offered = false;
        }
    }

    /// Some alert wants this: that it is over is news, too.
    pub fn heard(&mut self, news: &News) {
        if let Some((kind, _, false)) = read(&news.key)
            && let Some(course) = self.0.get_mut(&kind)
        {
            course.is_told = true;
        }
    }

    /// How it is now; what is to be told to whoever wants it.
    pub fn look(&mut self, now_ms: i64, troubles: &Troubles) -> Vec<News> {
        let mut news = Vec::new();
        for (kind, lasts_ms) in TOLD {
            if let Some(trouble) = troubles.of(kind) {
                let begins =
                    Course { since_ms: now_ms, is_offered: false, is_told: false, well_ms: None };
                let course = self.0.entry(kind).or_insert(begins);
                course.well_ms = None;
                if !course.is_offered && now_ms - course.since_ms >= lasts_ms {
                    course.is_offered = true;
                    news.push(News::of_trouble(trouble, course.since_ms));
                }
            } else if troubles.well.contains(&kind)
                && let Some(course) = self.0.get_mut(&kind)
                && now_ms - *course.well_ms.get_or_insert(now_ms) >= CALM_MS
            {
                let course = *course;
                self.0.remove(&kind);
                news.extend(course.is_told.then(|| News::of_trouble_over(kind, course.since_ms)));
            }
        }
        news
    }
}

/// The key of trouble, and whether it says that it is over.
fn read(key: &str) -> Option<(Kind, i64, bool)> {
    let (begin, is_over) = key.strip_suffix(OVER).map_or((key, false), |begin| (begin, true));
    let (kind, since_ms) = begin.split_once('@')?;
    Some((kind.parse().ok()?, since_ms.parse().ok()?, is_over))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::AlertEvent, trouble::Trouble};

    const S: i64 = 1_000;

    fn bad(kind: Kind) -> Troubles {
        let trouble = Trouble { kind, why: "why".to_owned() };
        Troubles { all: vec![trouble], well: Vec::new() }
    }

    fn well() -> Troubles {
        Troubles { all: Vec::new(), well: vec![Kind::LogInEnded, Kind::Disk] }
    }

    /// How it is at each second, and the keys that were told.
    fn check(courses: &mut Courses, looks: &[(i64, Troubles)], expected: &[&str]) {
        let mut told = Vec::new();
        for (second, troubles) in looks {
            for news in courses.look(second * S, troubles) {
                courses.heard(&news);
                told.push(news.key);
            }
        }
        assert_eq!(told, expected, "{looks:?}");
    }

    #[test]
    fn a_dead_log_in_is_told_at_once_and_once() {
        let dead = || bad(Kind::LogInEnded);
        let looks = [
            (0, well()),
            (5, dead()),
            (10, dead()),
            (9_000, dead()),
            (9_001, well()),
            (9_030, well()),
            (9_061, well()),
            (9_100, well()),
            (9_200, dead()),
        ];
        let expected = ["log_in_ended@5000", "log_in_ended@5000/over", "log_in_ended@9200000"];
        check(&mut Courses::default(), &looks, &expected);
    }

    #[test]
    fn a_disk_that_is_full_for_a_moment_is_no_news_and_one_that_comes_and_goes_is_one() {
        let full = || bad(Kind::Disk);
        let short = [(0, full()), (30, full()), (31, well()), (91, well()), (200, well())];
        check(&mut Courses::default(), &short, &[]);
        let flaps =
            [(0, full()), (30, well()), (40, full()), (60, full()), (61, well()), (70, full())];
        check(&mut Courses::default(), &flaps, &["disk@0"]);
    }

    #[test]
    fn nothing_is_well_before_that_is_known() {
        let unknown = Troubles::default;
        let looks = [(0, bad(Kind::LogInEnded)), (10, unknown()), (500, unknown())];
        check(&mut Courses::default(), &looks, &["log_in_ended@0"]);
    }

    #[test]
    fn a_restart_remembers() {
        assert_eq!(AlertEvent::Trouble.as_str(), cliphound_store::outbox::LASTING, "it is kept");
        assert_eq!(AlertEvent::Review.as_str(), cliphound_store::outbox::REVIEW, "it may go");
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let mut courses = Courses::default();
        courses.remember(&keys(&["disk@1", "disk@1/over", "log_in_ended@5000", "x", "disk@x"]));
        let looks =
            [(10, bad(Kind::LogInEnded)), (20, Troubles::default()), (30, well()), (90, well())];
        // The outbox has the first one already.
        check(&mut courses, &looks, &["log_in_ended@5000", "log_in_ended@5000/over"]);
        courses.remember(&keys(&["log_in_ended@5000", "log_in_ended@5000/over"]));
        check(&mut courses, &[(100, well()), (200, well())], &[]);
    }

    #[test]
    fn what_nobody_wanted_to_hear_is_not_told_to_be_over() {
        let mut courses = Courses::default();
        let look = |courses: &mut Courses, second: i64, troubles: Troubles| {
            let news = courses.look(second * S, &troubles);
            news.into_iter().map(|news| news.key).collect::<Vec<_>>()
        };
        let dead = || bad(Kind::LogInEnded);
        assert_eq!(look(&mut courses, 5, dead()), ["log_in_ended@5000"]);
        assert_eq!(look(&mut courses, 10, well()), [""; 0]);
        assert_eq!(look(&mut courses, 80, well()), [""; 0]);
        assert_eq!(look(&mut courses, 100, dead()), ["log_in_ended@100000"]);
        courses.offer_anew();
        check(&mut courses, &[(110, dead()), (120, dead())], &["log_in_ended@100000"]);
        // Once somebody has heard it, that holds, whoever comes and goes.
        courses.offer_anew();
        assert_eq!(look(&mut courses, 130, dead()), ["log_in_ended@100000"]);
        assert_eq!(look(&mut courses, 140, well()), [""; 0]);
        assert_eq!(look(&mut courses, 240, well()), ["log_in_ended@100000/over"]);
    }

    #[test]
    fn what_somebody_may_want_is_told_to_nobody() {
        for kind in [Kind::DryRun, Kind::NoLogIn, Kind::Deaf] {
            check(&mut Courses::default(), &[(0, bad(kind)), (900, bad(kind))], &[]);
        }
    }
}
