//! `CLIPHOUND_SPEED`: a life faster than real time, against a simulated Twitch only.

use super::{endpoints::Endpoints, reader::Reader};

pub(super) const VARIABLES: &[(&str, &str)] = &[("CLIPHOUND_SPEED", "speed")];

/// Reads the speed, 0.1 to 1000. Other than 1 it is refused unless every endpoint is on loopback.
pub(super) fn read(reader: &mut Reader<'_>, endpoints: &Endpoints) -> f64 {
    let speed = reader.number("speed", 1.0, 0.1..=cliphound_clock::MAX_SPEED, " times");
    let elsewhere: Vec<String> = endpoints
        .all()
        .into_iter()
        .filter(|(_, endpoint)| !endpoint.is_loopback())
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
