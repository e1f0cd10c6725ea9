//! What somebody may type, and the tags that it may bring about, as long as one likes.

/// Something of about so many bytes.
pub type Typed = fn(usize) -> String;

/// Texts of a line.
pub const TEXTS: &[(&str, Typed)] = &[
    ("one letter", |n| "a".repeat(n)),
    ("one mark", |n| "!".repeat(n)),
    ("short words", |n| "ab ".repeat(n / 3)),
    ("blanks", |n| format!("a{}b", " ".repeat(n))),
    ("distinct words", |n| (0..n / 6).map(|i| format!("w{i:04} ")).collect()),
    ("distinct characters", |n| ('\u{4e00}'..).take(n / 3).collect()),
    ("characters that look alike to a table", |n| {
        let alike: Vec<char> = ('\u{4e00}'..'\u{8000}').step_by(128).take(63).collect();
        alike.iter().rev().cycle().take(n / 3).collect()
    }),
    ("capitals that grow", |n| "İ".repeat(n / 2)),
    ("marks that combine", |n| format!("e{}", "\u{301}".repeat(n / 2))),
    ("emote names", |n| "KEKW LULW PogChamp ".repeat(n / 19)),
    ("names that begin like emotes", |n| "emote1 emote10 emote100x ".repeat(n / 25)),
    ("mentions", |n| (0..n / 8).map(|i| format!("@ann{i:03} ")).collect()),
    ("laughter", |n| "haha ahah ".repeat(n / 10)),
    ("laughter without an end", |n| "ha".repeat(n / 2)),
    ("wwww and 555", |n| "wwww 555 www5 ".repeat(n / 14)),
    ("negations", |n| "not not never good bad ".repeat(n / 23)),
    ("a clip's title", |n| format!("!clip {}", "x\u{202e}\u{200b} ".repeat(n / 8))),
    ("commands", |n| "!testclip ".repeat(n / 10)),
    ("digits", |n| format!("!cliphound mute {}m", "9".repeat(n))),
    ("a prompt", |n| "type JOIN to win ".repeat(n / 17)),
    ("votes", |n| "1 ".repeat(n / 2)),
];

/// Tags of a line.
pub const TAGS: &[(&str, Typed)] = &[
    ("one emote", |n| format!("emotes=25:{}0-4", "0-4,".repeat(n / 4))),
    ("many emotes", |n| {
        format!("emotes={}", (0..n / 10).map(|i| format!("{i}:0-4/")).collect::<String>())
    }),
    ("emotes far behind", |n| format!("emotes={}", "9:400-404/".repeat(n / 10))),
    ("long emotes over each other", |n| format!("emotes={}", "9:0-99,1-99/".repeat(n / 12))),
    ("escapes", |n| format!("display-name={}", "\\s\\:\\\\".repeat(n / 6))),
    ("many tags", |n| (0..n / 8).map(|i| format!("t{i:05}=;")).collect()),
    ("semicolons", |n| ";".repeat(n)),
    ("badges", |n| format!("badges={}", "vip/1,".repeat(n / 6))),
];

/// A line with these tags and this text.
pub fn line(tags: &str, text: &str) -> String {
    format!("@{tags};tmi-sent-ts=1700000000000 :ann!ann@ann.tmi.twitch.tv PRIVMSG #ninja :{text}")
}
