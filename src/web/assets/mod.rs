//! The style and the script, part of the program. Their addresses change with what they hold,
//! so that browsers may keep them; they are sent packed. The style stands in the pages themselves, too,
//! where they stay small with it: they are seen sooner by what it takes to ask for it.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use super::App;

/// One file a room; they are sent as one.
const WRITTEN: &str = concat!(
    include_str!("base.css"),
    include_str!("chart.css"),
    include_str!("live.css"),
    include_str!("access.css"),
    include_str!("analytics.css"),
    include_str!("review.css"),
    include_str!("streams.css")
);
/// Bytes that a page has at most with the style in it, script and icon: what pages may have at all is
/// 100 KB.
const SMALL: usize = 98_000;
const SCRIPT: &str = include_str!("script.js");
/// Stands in the pages themselves, too: as a picture it would be one more thing to wait for.
pub const ICON: &str = include_str!("icon.svg");

static STYLE: LazyLock<String> = LazyLock::new(|| shortened(WRITTEN));
static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| STANDARD.encode(Sha256::digest(STYLE.as_bytes())));
/// What pages ask for it by.
static STYLE_LINK: LazyLock<String> =
    LazyLock::new(|| format!("<link rel=\"stylesheet\" href=\"{}\">", *STYLE_AT));
static STYLE_AT: LazyLock<String> = LazyLock::new(|| address(&STYLE, "css"));
static SCRIPT_AT: LazyLock<String> = LazyLock::new(|| address(SCRIPT, "js"));

/// Packed with gzip.
type Packed = LazyLock<Vec<u8>>;
static STYLE_PACKED: Packed = LazyLock::new(|| packed(&STYLE));
static SCRIPT_PACKED: Packed = LazyLock::new(|| packed(SCRIPT));
static ICON_PACKED: Packed = LazyLock::new(|| packed(ICON));

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(&STYLE_AT, kept("text/css; charset=utf-8", &STYLE, &STYLE_PACKED))
        .route(script(), kept("text/javascript; charset=utf-8", SCRIPT, &SCRIPT_PACKED))
        .route("/icon.svg", kept("image/svg+xml", ICON, &ICON_PACKED))
}

/// How pages are written to ask for the style.
pub fn style() -> &'static str {
    &STYLE_LINK
}

/// A page as it is sent: with the style in it, unless it would not be small with all that it takes.
pub fn styled(page: String) -> String {
    match page.len() + STYLE.len() + taken() < SMALL {
        true => page.replacen(style(), &format!("<style>{}</style>", *STYLE), 1),
        false => page,
    }
}

/// By which a content security policy knows the style.
pub fn style_hash() -> &'static str {
    &STYLE_HASH
}

/// The script's path.
pub fn script() -> &'static str {
    &SCRIPT_AT
}

/// Without comments, and what stands before and behind a line.
fn shortened(style: &str) -> String {
    let code: String = style
        .split("/*")
        .map(|part| part.split_once("*/").map_or(part, |(_, code)| code))
        .collect();
    code.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn address(content: &str, ending: &str) -> String {
    format!("/assets/{:08x}.{ending}", crc32fast::hash(content.as_bytes()))
}

fn kept(kind: &'static str, content: &'static str, packed: &'static Packed) -> MethodRouter<App> {
    get(move |headers: HeaderMap| async move { sent(kind, content, packed, &headers) })
}

fn sent(kind: &str, content: &'static str, packed: &'static [u8], wanted: &HeaderMap) -> Response {
    let keep = "public, max-age=31536000, immutable";
    let about = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, keep),
        (header::VARY, "accept-encoding"),
    ];
    match !packed.is_empty() && unpacks(wanted) {
        true => (about, [(header::CONTENT_ENCODING, "gzip")], packed).into_response(),
        false => (about, content).into_response(),
    }
}

/// Empty when it can't be packed.
fn packed(content: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let done = packer.write_all(content.as_bytes()).and_then(|()| packer.finish());
    done.unwrap_or_default()
}

/// Whether a browser says that it unpacks gzip.
fn unpacks(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).iter();
    let all = all.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    all.map(str::trim).any(|one| one == "gzip" || one.starts_with("gzip;") && !one.ends_with("=0"))
}

/// Bytes that the first page which somebody looks at takes besides itself, if it has to ask for the style.
pub fn taken() -> usize {
    [&STYLE_PACKED, &SCRIPT_PACKED, &ICON_PACKED].iter().map(|packed| packed.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every other label below a curve may go; nothing else has no place on a phone.
    #[test]
    fn a_phone_shows_all() {
        let mut hidden = Vec::new();
        for rest in WRITTEN.split("@media (max-width").skip(1) {
            let line = rest.lines().next().unwrap();
            let block =
                if line.ends_with("} }") { line } else { rest.split("\n}").next().unwrap() };
            let rules = block.lines().flat_map(|line| line.split('}'));
            hidden.extend(rules.filter(|rule| rule.contains("display: none")));
        }
        assert_eq!(hidden.len(), 1, "{hidden:?}");
        assert!(hidden[0].contains(".ticks li:nth-child(even)"), "{hidden:?}");
    }

    #[test]
    fn a_style_is_shorter_and_means_the_same() {
        let written = "/* One\n   two. */\na { b: c }\n@media (d) {\n  /* E */\n  a { b: f }\n}\n";
        assert_eq!(shortened(written), "a { b: c }\n@media (d) {\na { b: f }\n}");
        assert_eq!(STYLE.matches('{').count(), WRITTEN.matches('{').count());
        assert!(!STYLE.contains("</") && !STYLE.contains("/*"), "it stands in a page");
    }

    #[test]
    fn a_page_has_the_style_in_it_while_that_leaves_it_small() {
        let page = |words: usize| format!("<head>{}</head>{}", style(), "a".repeat(words));
        let small = styled(page(10_000));
        assert!(small.contains("<style>:root {") && !small.contains("stylesheet"));
        assert_eq!(styled(page(90_000)), page(90_000));
    }

    #[test]
    fn who_can_not_unpack_gets_it_plain() {
        let check = |wanted: Option<&'static str>, expected: bool| {
            let wanted = wanted.map(|text| (header::ACCEPT_ENCODING, text.parse().unwrap()));
            assert_eq!(unpacks(&HeaderMap::from_iter(wanted.clone())), expected, "{wanted:?}");
        };
        check(Some("gzip, deflate, br, zstd"), true);
        check(Some("br;q=1.0, gzip;q=0.8"), true);
        check(Some("gzip;q=0"), false);
        check(Some("identity"), false);
        check(None, false);
        let sizes = (taken(), STYLE.len() + SCRIPT.len() + ICON.len());
        assert!(sizes.0 * 2 < sizes.1 && sizes.0 > 1_000, "{sizes:?}");
    }
}
