//! Values out of Twitch's JSON, whatever is missing or of another type. Pure.

use serde_json::Value;

/// A text; empty when it is missing, `null` or no text.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A text that is there and not empty.
pub(super) fn some_text(value: &Value, key: &str) -> Option<String> {
    Some(text(value, key)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A login, lower case; empty when it is missing.
pub(super) fn login(value: &Value, key: &str) -> String {
    text(value, key).to_ascii_lowercase()
}

/// A whole number, also one that was written as a text; too large ones are cut.
pub(super) fn number(value: &Value, key: &str) -> Option<u32> {
    let number = match value.get(key)? {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|n| n as u64))?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Yes or no, also written as a text; no when it is missing.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    match value.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// An instant, Unix milliseconds.
pub(super) fn time_ms(value: &Value, key: &str) -> Option<i64> {
    let time: jiff::Timestamp = text(value, key).parse().ok()?;
    Some(time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_of_another_type_is_missing() {
        let value = json!({
            "a": "A", "n": 7, "s": " 60 ", "f": 1.9, "big": 1e20, "minus": -3, "null": null,
            "yes": "true", "t": "2026-11-01T12:00:00.5Z", "list": [1],
        });
        assert_eq!(
            (text(&value, "a"), text(&value, "n"), login(&value, "a").as_str()),
            ("A", "", "a")
        );
        assert_eq!((some_text(&value, "null"), text(&Value::Null, "a")), (None, ""));
        let numbers = ["n", "s", "f", "big", "minus", "null", "list", "a", "none"];
        assert_eq!(
            numbers.map(|key| number(&value, key)),
            [Some(7), Some(60), Some(1), Some(u32::MAX), Some(0), None, None, None, None]
        );
        assert!(flag(&value, "yes") && !flag(&value, "n") && !flag(&value, "none"));
        assert_eq!(time_ms(&value, "t"), Some(1_793_534_400_500));
        assert_eq!(time_ms(&value, "a"), None);
    }
}
