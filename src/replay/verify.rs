//! Holds the moments that a replay found against those of the recorded run. Pure.

use cliphound_engine::Effect;

/// How what was told live and what the replay found differ. A record that breaks off may
/// lack what the replay found last.
#[must_use]
pub fn difference(told: &[Effect], found: &[Effect], whole: bool) -> Option<String> {
    let at = told.iter().zip(found).position(|(told, found)| told != found);
    let at = at.or_else(|| {
        let shorter = told.len().min(found.len());
        (told.len() > found.len() || (whole && told.len() < found.len())).then_some(shorter)
    })?;
    let number = at + 1;
    Some(match (told.get(at), found.get(at)) {
        (Some(told), None) => format!("{} (number {number}) is not found again", describe(told)),
        (None, Some(found)) => format!("{} (number {number}) is new", describe(found)),
        (Some(told), Some(found)) => {
            format!("number {number} was {}, and is {}", describe(told), describe(found))
        }
        (None, None) => return None,
    })
}

fn describe(effect: &Effect) -> String {
    match effect {
        Effect::Moment(m) => format!("the moment at {} ms with score {}", m.trigger.0, m.score),
        Effect::Extended(m) => {
            format!("the longer moment at {} ms with score {}", m.trigger.0, m.score)
        }
        Effect::Window(_) | Effect::Learned | Effect::Answer(_) => "an effect".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::EventTime;

    use super::*;
    use crate::replay::runner::tests::moment;

    #[test]
    fn differences() {
        let effect = |at| Effect::Moment(moment(EventTime(at), 0.5));
        for (told, found, whole, differs) in [
            (vec![], vec![], true, false),
            (vec![effect(1)], vec![effect(1)], true, false),
            (vec![effect(1)], vec![effect(2)], false, true),
            (vec![effect(1)], vec![], false, true),
            (vec![effect(1)], vec![effect(1), effect(2)], true, true),
            (vec![effect(1)], vec![effect(1), effect(2)], false, false),
        ] {
            assert_eq!(difference(&told, &found, whole).is_some(), differs, "{told:?} {found:?}");
        }
    }
}
