//! `[[signals]]`: what the streamer takes for a sign of a moment, besides chat.

use std::fmt;

use super::{
    origin::Origin,
    reader::Reader,
    tables::{Fields, Table},
};

/// The list's name in the file.
pub(super) const LIST: &str = "signals";
/// The keys of each of its tables.
pub(super) const FIELDS: &[&str] = &["name", "on", "at_least", "reward", "does"];

/// So many signals can be named: each event is held against all of them.
const MOST: usize = 50;
/// Longest name, in characters: it goes into `trigger` of the records and into titles.
const LONGEST_NAME: usize = 40;
/// Longest name of a reward, in characters; Twitch allows 45.
const LONGEST_REWARD: usize = 100;

/// Something that the streamer named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSignal {
    /// For people; in the records `signal:NAME`.
    pub name: String,
    /// What it takes.
    pub on: On,
    /// What it does.
    pub does: Does,
    /// Where it was written.
    pub origin: Origin,
}

/// What happens in the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// A hype train reaches a level that is high enough.
    HypeTrain {
        /// The lowest level, from 1.
        level: u32,
    },
    /// Somebody cheers.
    Cheer {
        /// The fewest bits.
        bits: u32,
    },
    /// A reward is redeemed with channel points.
    Redemption {
        /// The reward's name in lower case.
        reward: String,
    },
    /// Somebody gives subscriptions away.
    Gift {
        /// The fewest at once.
        count: u32,
    },
    /// A raid arrives.
    Raid {
        /// The fewest viewers.
        viewers: u32,
    },
}

/// What a signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Raises the score for 30 s, so that less of chat is enough.
    Raise,
    /// Makes a moment at once.
    Force,
}

/// What can be written for `on`.
const EVENTS: [&str; 5] = ["hype_train", "cheer", "redemption", "subscription_gift", "raid"];

/// The signals that hold: those of the file, or without any the usual ones.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<NamedSignal> {
    let Some((tables, origin)) = reader.tables(LIST) else {
        let usual = usual();
        usual.iter().for_each(|signal| reader.show(LIST, signal.to_string(), Origin::Default));
        return usual;
    };
    if tables.is_empty() {
        reader.show(LIST, "-".to_owned(), origin.clone());
    }
    if tables.len() > MOST {
        let message = format!("there are {} signals: {MOST} can be named", tables.len());
        reader.mistake_at(origin, message);
    }
    tables.iter().filter_map(|table| signal(reader, table)).collect()
}

/// Large enough to be rare in any channel, and only a hint: nothing is forced.
fn usual() -> Vec<NamedSignal> {
    [("hype train", On::HypeTrain { level: 2 }), ("cheer", On::Cheer { bits: 1_000 })]
        .map(|(name, on)| NamedSignal {
            name: name.to_owned(),
            on,
            does: Does::Raise,
            origin: Origin::Default,
        })
        .to_vec()
}

fn signal(reader: &mut Reader<'_>, table: &Table) -> Option<NamedSignal> {
    let mut fields = Fields::new(LIST, table);
    let (name, on) = (name(&mut fields), on(&mut fields));
    let does = does(&mut fields, on.as_ref());
    reader.mistakes.append(&mut fields.mistakes);
    let signal = NamedSignal { name: name?, on: on?, does: does?, origin: table.origin.clone() };
    reader.show(LIST, signal.to_string(), signal.origin.clone());
    Some(signal)
}

fn name(fields: &mut Fields<'_>) -> Option<String> {
    if !fields.has("name") {
        fields.mistake(
            "name",
            "is missing: say what people shall read, such as name = \"clip that\"",
        );
    }
    let name = fields.text("name")?;
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        let problem = format!("must be 1 to {LONGEST_NAME} characters on one line");
        fields.mistake("name", &problem);
        return None;
    }
    Some(name.to_owned())
}

fn on(fields: &mut Fields<'_>) -> Option<On> {
    let known = EVENTS.join(", ");
    if !fields.has("on") {
        fields.mistake("on", &format!("is missing: say what it takes, one of {known}"));
    }
    let event = fields.text("on")?;
    if !EVENTS.contains(&event) {
        fields.mistake("on", &format!("must be one of {known}, not “{event}”"));
        return None;
    }
    if event == "redemption" {
        return redemption(fields);
    }
    if fields.has("reward") {
        fields.mistake("reward", &format!("goes with on = \"redemption\" only, not “{event}”"));
    }
    Some(match event {
        "hype_train" => On::HypeTrain { level: at_least(fields, 100, "(the level)")? },
        "cheer" => On::Cheer { bits: at_least(fields, 1_000_000, "bits")? },
        "raid" => On::Raid { viewers: at_least(fields, 10_000_000, "viewers")? },
        _ => On::Gift { count: at_least(fields, 10_000, "subscriptions")? },
    })
}

fn redemption(fields: &mut Fields<'_>) -> Option<On> {
    if fields.has("at_least") {
        fields.mistake("at_least", "means nothing for a redemption: leave it out");
    }
    if !fields.has("reward") {
        fields.mistake("reward", "is missing: name the reward as your viewers see it");
    }
    let reward = fields.text("reward")?;
    if reward.is_empty() || reward.chars().count() > LONGEST_REWARD {
        fields.mistake("reward", "must be the name of a reward, as your viewers see it");
        return None;
    }
    Some(On::Redemption { reward: reward.to_lowercase() })
}

/// From one on, where nothing was said.
fn at_least(fields: &mut Fields<'_>, most: u32, unit: &str) -> Option<u32> {
    if fields.has("at_least") { fields.number("at_least", 1..=most, unit) } else { Some(1) }
}

/// Raises, where nothing was said.
fn does(fields: &mut Fields<'_>, on: Option<&On>) -> Option<Does> {
    let written = if fields.has("does") { fields.text("does")? } else { "raise" };
    let does = match written {
        "raise" => Does::Raise,
        "force" => Does::Force,
        other => {
            fields.mistake("does", &format!("must be raise or force, not “{other}”"));
            return None;
        }
    };
    // The engine waits out the greetings and thanks: there is nothing to raise.
    if does == Does::Raise && matches!(on, Some(On::Raid { .. } | On::Gift { .. })) {
        fields.mistake(
            "does",
            "must be force for raids and gifts: chat greets and thanks then, which is no moment, so there is nothing to raise",
        );
        return None;
    }
    Some(does)
}

impl fmt::Display for NamedSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let does = match self.does {
            Does::Raise => "raises",
            Does::Force => "forces",
        };
        write!(f, "{}: {} {does}", self.name, self.on)
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HypeTrain { level } => write!(f, "hype_train of level {level} and more"),
            Self::Cheer { bits } => write!(f, "cheer of {bits} bits and more"),
            Self::Redemption { reward } => write!(f, "redemption of “{reward}”"),
            Self::Gift { count } => write!(f, "subscription_gift of {count} and more"),
            Self::Raid { viewers } => write!(f, "raid of {viewers} viewers and more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{gone::GONE, origin::Mistake, raw::Raw, toml_file};
    use super::*;

    fn load(text: &str) -> (Vec<NamedSignal>, Vec<String>, Vec<String>) {
        let (entries, mistakes) = toml_file::parse("cliphound.toml", text, GONE);
        let raw: Raw = entries.into_iter().collect();
        let mut reader = Reader::new(&raw, mistakes);
        let signals = read(&mut reader);
        let shown = reader.settings.iter().map(|s| format!("{} ({})", s.value, s.origin));
        let mistakes = reader.mistakes.iter().map(Mistake::to_string).collect();
        (signals, shown.collect(), mistakes)
    }

    fn check(text: &str, expected: &str) {
        let (_, shown, mistakes) = load(text);
        assert_eq!((shown.join("; ").as_str(), mistakes.len()), (expected, 0), "{mistakes:?}");
    }

    fn check_mistake(text: &str, expected: &str) {
        let (_, _, mistakes) = load(text);
        assert_eq!(mistakes, [expected], "{text}");
    }

    #[test]
    fn each_signal_is_shown_with_its_place() {
        check(
            "",
            "hype train: hype_train of level 2 and more raises (default); cheer: cheer of 1000 bits and more raises (default)",
        );
        check("signals = []", "- (cliphound.toml, line 1)");
        check(
            "[clips]\nvod = true\n[[signals]]\nname = 'wow'\non = 'redemption'\nreward = 'Clip THAT'\ndoes = 'force'\n[[signals]]\nname = 'big'\non = 'cheer'\nat_least = 500",
            "wow: redemption of “clip that” forces (cliphound.toml, line 3); big: cheer of 500 bits and more raises (cliphound.toml, line 8)",
        );
        check(
            "[[signals]]\nname = 'r'\non = 'raid'\nat_least = 50\ndoes = 'force'",
            "r: raid of 50 viewers and more forces (cliphound.toml, line 1)",
        );
        check(
            "[[signals]]\nname = 'g'\non = 'subscription_gift'\ndoes = 'force'",
            "g: subscription_gift of 1 and more forces (cliphound.toml, line 1)",
        );
    }

    #[test]
    fn each_mistake_has_its_sentence() {
        let named = |rest: &str| format!("[[signals]]\nname = 'x'\n{rest}");
        for (text, expected) in [
            (
                "[signals]\nname = 'x'".to_owned(),
                "signals is a list: write [[signals]], once for each (cliphound.toml, line 1)",
            ),
            (
                "[[signal]]\nname = 'x'".to_owned(),
                "there is no section [signal]; did you mean signals? (cliphound.toml, line 1)",
            ),
            (
                "[[signals]]\non = 'cheer'".to_owned(),
                "signals.name is missing: say what people shall read, such as name = \"clip that\" (cliphound.toml, line 1)",
            ),
            (
                "[[signals]]\nname = ' '\non = 'cheer'".to_owned(),
                "signals.name must be 1 to 40 characters on one line (cliphound.toml, line 2)",
            ),
            (
                named("does = 'raise'"),
                "signals.on is missing: say what it takes, one of hype_train, cheer, redemption, subscription_gift, raid (cliphound.toml, line 1)",
            ),
            (
                named("on = 'follow'"),
                "signals.on must be one of hype_train, cheer, redemption, subscription_gift, raid, not “follow” (cliphound.toml, line 3)",
            ),
            (named("on = 3"), "signals.on must be text in quotes, not 3 (cliphound.toml, line 3)"),
            (
                named("on = 'cheer'\nreward = 'y'"),
                "signals.reward goes with on = \"redemption\" only, not “cheer” (cliphound.toml, line 4)",
            ),
            (
                named("on = 'redemption'"),
                "signals.reward is missing: name the reward as your viewers see it (cliphound.toml, line 1)",
            ),
            (
                named("on = 'redemption'\nreward = 'y'\nat_least = 5"),
                "signals.at_least means nothing for a redemption: leave it out (cliphound.toml, line 5)",
            ),
            (
                named("on = 'cheer'\nat_least = 0"),
                "signals.at_least must be a whole number from 1 to 1000000 bits, not 0 (cliphound.toml, line 4)",
            ),
            (
                named("on = 'cheer'\nat_lest = 5"),
                "there is no setting signals.at_lest; did you mean at_least? (cliphound.toml, line 4)",
            ),
            (
                named("on = 'cheer'\ndoes = 'shout'"),
                "signals.does must be raise or force, not “shout” (cliphound.toml, line 4)",
            ),
            (
                named("on = 'raid'"),
                "signals.does must be force for raids and gifts: chat greets and thanks then, which is no moment, so there is nothing to raise (cliphound.toml, line 1)",
            ),
        ] {
            check_mistake(&text, expected);
        }
        let many = "[[signals]]\nname = 'x'\non = 'cheer'\n".repeat(51);
        check_mistake(&many, "there are 51 signals: 50 can be named (cliphound.toml, line 1)");
    }
}
