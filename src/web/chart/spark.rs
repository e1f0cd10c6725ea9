//! A line without words, for tables: what it shows must stand beside it. Pure.

/// Height of the drawing, in its own units.
const HEIGHT: f32 = 20.0;

/// A small line from left to right; `None` breaks it. The highest value is at the top, but not
/// what is below `least_top`.
#[must_use]
pub fn spark(values: &[Option<f32>], least_top: f32) -> String {
    let top = values.iter().flatten().copied().fold(least_top, f32::max).max(f32::MIN_POSITIVE);
    let pieces = values.split(Option::is_none);
    let mut start = 0;
    let mut lines = String::new();
    for piece in pieces {
        let at = |(nth, value): (usize, &Option<f32>)| {
            let share = (value.unwrap_or_default() / top).clamp(0.0, 1.0);
            format!("{},{:.0}", start + nth, (1.0 - share) * HEIGHT)
        };
        let points: Vec<String> = piece.iter().enumerate().map(at).collect();
        start += piece.len() + 1;
        if points.len() > 1 {
            lines.push_str(&format!("<polyline points=\"{}\"/>", points.join(" ")));
        }
    }
    let width = values.len().saturating_sub(1).max(1);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{lines}</svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_broken_where_nothing_is_known() {
        let values = [Some(1.0), Some(2.0), None, Some(0.0), Some(4.0)];
        let svg = spark(&values, 0.0);
        assert!(
            svg.contains("<polyline points=\"0,15 1,10\"/><polyline points=\"3,20 4,0\"/>"),
            "{svg}"
        );
        assert!(!spark(&[None, Some(1.0)], 0.0).contains("polyline"));
        assert!(!spark(&[], 0.0).contains("NaN") && !spark(&[Some(0.0); 3], 0.0).contains("NaN"));
    }
}
