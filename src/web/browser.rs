//! Which browser somebody uses, in a few words. Pure.
//!
//! Browsers call themselves by the names of others, too: the first name of the list that is there
//! is the one that is meant.

const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chromium"),
    ("Chromium/", "Chromium"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// What a `User-Agent` says: `Firefox on Linux`.
#[must_use]
pub fn named(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    let is_browser = agent.starts_with("Mozilla/");
    match (first(&BROWSERS).filter(|_| is_browser), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => "another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_their_own_names() {
        let check = |agent: &str, expected: &str| assert_eq!(named(agent), expected, "{agent}");
        let like = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        check(
            &format!("Mozilla/5.0 (X11; Linux x86_64) {like} Chrome/140.0.0.0 Safari/537.36"),
            "Chrome on Linux",
        );
        check(
            &format!("Mozilla/5.0 (X11; Linux x86_64) {like} HeadlessChrome/140.0 Safari/537.36"),
            "Chromium on Linux",
        );
        check(&format!("{windows} {like} Chrome/140.0 Safari/537.36 Edg/140.0"), "Edge on Windows");
        check(&format!("{windows} Gecko/20100101 Firefox/144.0"), "Firefox on Windows");
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Firefox/144.0",
            "Firefox on macOS",
        );
        check("Mozilla/5.0 (PlayStation 5) Safari/605.1.15", "Safari");
        for other in ["", "unknown", "curl/8.9.1", "Linux", "Mozilla/5.0 (compatible)"] {
            check(other, "another program");
        }
    }
}
