//! `CLIPHOUND_SPEED`: a life faster than real time, against a simulated Twitch only.

use std::collections::BTreeMap;

use super::{
    endpoints::Endpoints,
    origin::{ConfigErrors, Mistake, Origin},
    reader::Reader,
};

pub(super) const VARIABLES: &[(&str, &str)] = &[("CLIPHOUND_SPEED", "speed")];

/// Endpoints that every run talks to.
const ALWAYS_USED: [&str; 4] =
    ["endpoints.irc", "endpoints.helix", "endpoints.oauth", "endpoints.eventsub"];

/// The speed that an environment asks for, for commands that need no other setting;
/// `None` for real time.
///
/// # Errors
/// When it is not a number from 0.1 to 1000.
pub fn of_environment(environment: &BTreeMap<String, String>) -> Result<Option<f64>, ConfigErrors> {
    let Some(text) = environment.get("CLIPHOUND_SPEED").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=cliphound_clock::MAX_SPEED).contains(&speed) => Ok(Some(speed)),
        _ => Err(ConfigErrors(vec![Mistake::new(format!(
            "CLIPHOUND_SPEED must be a number from 0.1 to 1000 times, not “{text}”"
        ))])),
    }
}

/// Reads the speed, 0.1 to 1000. Other than 1 it is refused unless every endpoint is on
/// loopback; of those that only some features use, the ones that somebody set.
pub(super) fn read(reader: &mut Reader<'_>, endpoints: &Endpoints) -> f64 {
    let speed = reader.number("speed", 1.0, 0.1..=cliphound_clock::MAX_SPEED, " times");
    let elsewhere: Vec<String> = endpoints
        .all()
        .into_iter()
        .filter(|(key, endpoint)| {
            !endpoint.is_loopback() && (ALWAYS_USED.contains(key) || was_set(reader, key))
        })
        .map(|(key, endpoint)| format!("{key} ({endpoint})"))
        .collect();
    if speed.to_bits() != 1f64.to_bits() && !elsewhere.is_empty() {
        reader.mistake(
            "speed",
            format!(
                "CLIPHOUND_SPEED is for a simulated Twitch on this machine only: unset it, or point these to 127.0.0.1: {}",
                elsewhere.join(", ")
            ),
        );
    }
    speed
}

fn was_set(reader: &Reader<'_>, key: &str) -> bool {
    reader.settings.iter().any(|setting| setting.key == key && setting.origin != Origin::Default)
}
