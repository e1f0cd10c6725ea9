//! Opens the user's browser, where there is one and somebody to see it.

use std::io::{self, IsTerminal};

/// Whether a browser was asked to open the address. Never from a script, a service or a test.
pub(super) fn open(address: &str) -> bool {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    is_web
        && io::stdout().is_terminal()
        && io::stderr().is_terminal()
        && has_screen()
        && ::open::that_detached(address).is_ok()
}

/// Without a screen, Linux would open a browser of text in our own terminal.
#[cfg(all(unix, not(target_os = "macos")))]
fn has_screen() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_screen() -> bool {
    true
}
