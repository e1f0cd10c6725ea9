//! The kinds of channels that streams are made up for: small to saturated, in nine
//! languages, with games and without.

use super::style::Style;
use super::words::Subject::{self, Cooking, Game, Mixed, Talk, Travel};

/// One kind of channel.
pub(crate) struct Channel {
    /// Its login.
    pub login: &'static str,
    pub viewers: u32,
    /// Users' names and Twitch's notices are known.
    pub named: bool,
    /// Chats together with another room.
    pub shared: bool,
    pub style: Style,
}

/// Number of kinds; after the last comes the first again.
pub(crate) const KINDS: usize = 24;

/// Login, viewers, language, subject, delay in s, tempo, lively, sort of chat.
type Row = (&'static str, u32, usize, Subject, i64, f64, f64, Sort);

enum Sort {
    Plain,
    /// Without names and notices, as some archives have it.
    Nameless,
    /// Together with another room.
    Shared,
    /// Faster than Twitch shows.
    Saturated,
}
use Sort::{Nameless, Plain, Saturated, Shared};

const ROWS: [Row; KINDS] = [
    ("mossykettle", 15, 0, Talk, 4, 0.3, 1.0, Plain),
    ("birkenofen", 30, 1, Cooking, 6, 0.6, 1.0, Plain),
    ("sendero_verde", 45, 2, Travel, 8, 1.2, 1.0, Plain),
    ("pixelcaramelo", 60, 3, Game, 3, 1.0, 1.3, Plain),
    ("teahouse_lane", 80, 0, Cooking, 10, 0.8, 1.0, Nameless),
    ("petitatelier", 120, 4, Mixed, 5, 1.0, 0.8, Plain),
    ("tihaya_reka", 250, 5, Talk, 7, 1.0, 1.0, Plain),
    ("yoruneko", 300, 7, Game, 4, 1.3, 1.0, Plain),
    ("haneul_bap", 400, 8, Cooking, 3, 1.2, 1.2, Plain),
    ("qinghe_travel", 500, 6, Travel, 9, 1.0, 1.0, Plain),
    ("quillarcade", 700, 0, Game, 6, 1.0, 1.0, Plain),
    ("kaminabend", 800, 1, Talk, 5, 1.0, 0.7, Shared),
    ("mesa_larga", 900, 2, Talk, 12, 1.0, 1.0, Nameless),
    ("praia_do_jogo", 1_100, 3, Game, 4, 1.2, 1.5, Plain),
    ("rangefinder_tv", 1_300, 0, Travel, 8, 0.8, 1.0, Shared),
    ("zavod_igr", 1_500, 5, Game, 6, 1.0, 1.2, Plain),
    ("saltandspoon", 2_000, 0, Cooking, 7, 0.9, 0.8, Plain),
    ("nachtschicht", 2_500, 1, Game, 3, 1.1, 1.0, Plain),
    ("ramenroji", 3_000, 7, Talk, 5, 1.0, 1.0, Plain),
    ("bukchon_arcade", 4_500, 8, Game, 2, 1.3, 1.3, Plain),
    ("longwanju", 6_000, 6, Talk, 10, 1.0, 1.0, Nameless),
    ("northlanternlive", 9_000, 0, Mixed, 6, 1.0, 1.0, Plain),
    ("estadiochico", 12_000, 2, Game, 5, 1.0, 1.2, Saturated),
    ("harborstage", 25_000, 0, Talk, 8, 1.0, 0.8, Saturated),
];

/// The kind of a number.
pub(crate) fn channel(number: usize) -> Channel {
    let (login, viewers, language, subject, delay_s, tempo, lively, sort) = &ROWS[number % KINDS];
    // A saturated chat shows a little more than it usually has: bursts become plateaus.
    let usual_per_s = 0.35 * f64::from(*viewers).powf(0.68) / 60.0 * tempo;
    let most = (usual_per_s * 1.3).ceil() as usize;
    let style = Style {
        language: *language,
        speak_it: 0.9,
        subject: *subject,
        delay_ms: delay_s * 1000,
        tempo: *tempo,
        lively: *lively,
        most_a_second: matches!(sort, Saturated).then_some(most),
        begins: true,
    };
    Channel {
        login,
        viewers: *viewers,
        named: !matches!(sort, Nameless),
        shared: matches!(sort, Shared),
        style,
    }
}
