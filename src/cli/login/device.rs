//! What the user of a device code sees: where to go, and that we wait.

use std::time::Duration;

use cliphound_twitch::oauth::DeviceCode;
use indicatif::{ProgressBar, ProgressStyle};

/// How often the line on the terminal moves.
const TICK: Duration = Duration::from_millis(200);

/// What to do now.
pub(super) fn invitation(code: &DeviceCode) -> String {
    let minutes = code.lifetime().as_secs().div_ceil(60);
    format!(
        "Open this address on any device, as the account that shall have the role:\n  {}\n\
         and say yes to the code  {}\n(it is good for {minutes} minutes; Ctrl-C breaks off)\n",
        code.verification_uri, code.user_code
    )
}

/// A line on the terminal, for as long as it lives.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn start(lifetime: Duration) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        let minutes = lifetime.as_secs().div_ceil(60);
        bar.set_message(format!("waiting for your yes at Twitch, up to {minutes} min"));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
