//! Lines as a broken chat server would send them. Pure.

/// What a line becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Noise {
    /// It comes twice.
    Twice,
    /// It comes after lines that were written later; the hub holds it back.
    Late,
    /// Its second half is missing.
    Truncated,
    /// A megabyte without an end stands before it.
    Enormous,
    /// Lines that nobody can read stand before it.
    Invalid,
    /// NOTICEs that mean nothing stand before it.
    Notices,
}

/// Bytes of what has no end.
const ENORMOUS: usize = 1_000_000;

/// A line of a room as bytes, with what comes with it.
pub(super) fn spoil(line: &str, room: &str, noise: Option<Noise>) -> Vec<u8> {
    let whole = |line: &str| [line.as_bytes(), b"\r\n"].concat();
    match noise {
        None | Some(Noise::Late) => whole(line),
        Some(Noise::Twice) => whole(line).repeat(2),
        Some(Noise::Truncated) => [&line.as_bytes()[..line.len() / 2], b"\r\n"].concat(),
        Some(Noise::Enormous) => {
            let mut bytes = format!(":x!x@x.tmi.twitch.tv PRIVMSG #{room} :").into_bytes();
            bytes.resize(ENORMOUS, b'x');
            bytes.extend(whole(line));
            bytes
        }
        Some(Noise::Invalid) => [invalid(room), whole(line)].concat(),
        Some(Noise::Notices) => [notices(room), whole(line)].concat(),
    }
}

/// No UTF-8, broken tags, NUL, control characters, lines of nothing.
fn invalid(room: &str) -> Vec<u8> {
    let from = b":x!x@x.tmi.twitch.tv PRIVMSG #".as_slice();
    let from = [from, room.as_bytes(), b" :"].concat();
    let lines: [&[&[u8]]; 14] = [
        &[&from, b"\xff\xfe\xc3\x28 no text"],
        &[b"@display-name=\xed\xa0\x80;id=1 ", &from, b"a surrogate"],
        &[b"@;;==;=;badges;emotes=25:9-2,a-b/:::;tmi-sent-ts=later;user-id=-1 ", &from, b"tags"],
        &[b"@tmi-sent-ts=99999999999999999999999;user-id=340282366920938463463374607431768211456 ", &from, b"numbers"],
        &[b"@emotes=25:0-4294967295;bits=18446744073709551616 ", &from, b"Kappa"],
        &[&from, b"a\0b\x07\x08\x1b[2J\x1b]0;title\x07\x7f"],
        &[&from, "\u{202e}\u{200b}\u{feff}\u{e0000}".as_bytes()],
        &[b"@no-end"],
        &[b":"],
        &[b"@ : PRIVMSG"],
        &[b"PRIVMSG"],
        &[b":tmi.twitch.tv 999999 * :what"],
        &[b"   "],
        &[b"\r\r"],
    ];
    let mut bytes = Vec::new();
    for line in lines {
        line.iter().for_each(|part| bytes.extend_from_slice(part));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn notices(room: &str) -> Vec<u8> {
    let lines = [
        format!("@msg-id=nobody_knows_this :tmi.twitch.tv NOTICE #{room} :Something new."),
        format!("@msg-id= :tmi.twitch.tv NOTICE #{room} :"),
        format!(":tmi.twitch.tv NOTICE #{room}"),
        "@msg-id=slow_on :tmi.twitch.tv NOTICE :This room is in slow mode.".to_owned(),
        ":tmi.twitch.tv NOTICE * :Maintenance tonight.".to_owned(),
        "@msg-id=unrecognized_cmd :tmi.twitch.tv NOTICE #nowhere_at_all :What?".to_owned(),
    ];
    lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(noise: Option<Noise>, expected: impl Fn(&[u8]) -> bool) {
        let bytes = spoil("0123456789", "room", noise);
        assert!(
            expected(&bytes),
            "{noise:?}: {}",
            String::from_utf8_lossy(&bytes[..40.min(bytes.len())])
        );
    }

    #[test]
    fn what_becomes_of_a_line() {
        let ends_well = |bytes: &[u8]| bytes.ends_with(b"\r\n0123456789\r\n");
        check(None, |bytes| bytes == b"0123456789\r\n");
        check(Some(Noise::Late), |bytes| bytes == b"0123456789\r\n");
        check(Some(Noise::Twice), |bytes| bytes == b"0123456789\r\n0123456789\r\n");
        check(Some(Noise::Truncated), |bytes| bytes == b"01234\r\n");
        check(Some(Noise::Enormous), |bytes| {
            bytes.len() > ENORMOUS && bytes.iter().filter(|b| **b == b'\n').count() == 1
        });
        check(Some(Noise::Invalid), |bytes| {
            std::str::from_utf8(bytes).is_err() && bytes.contains(&0) && ends_well(bytes)
        });
        check(Some(Noise::Notices), |bytes| ends_well(bytes) && bytes.starts_with(b"@msg-id="));
    }
}
