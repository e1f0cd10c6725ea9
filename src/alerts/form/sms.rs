//! A text message by Twilio's API:
//! <https://www.twilio.com/docs/messaging/api/message-resource>.

use url::{Url, form_urlencoded};

use super::Request;
use crate::{
    alerts::{News, text},
    config::alerts::AlertTemplate,
};

/// Parts that a message may have; each is paid for.
const PARTS: usize = 2;
/// Letters of a part of several, by GSM 03.38 and else (UCS-2); 3GPP TS 23.040.
const GSM_PART: usize = 153;
const OTHER_PART: usize = 67;
/// The basic alphabet of GSM 03.38 …
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// … and what takes two places in it.
const EXTENDED: &str = "^{}\\[~]|€";

/// Who sends it.
pub(super) struct Sender<'a> {
    pub(super) account: &'a str,
    pub(super) token: &'a str,
    pub(super) from: &'a str,
}

pub(super) fn request(
    api: &Url,
    sender: &Sender<'_>,
    to: &str,
    template: Option<&AlertTemplate>,
    news: &News,
) -> Request {
    let from = if sender.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("To", to)
        .append_pair(from, sender.from)
        .append_pair("Body", &message(template, news))
        .finish();
    let base = api.as_str().trim_end_matches('/');
    Request {
        url: format!("{base}/2010-04-01/Accounts/{}/Messages.json", sender.account),
        headers: Vec::new(),
        body: body.into_bytes(),
        content_type: "application/x-www-form-urlencoded",
        login: Some((sender.account.to_owned(), sender.token.to_owned())),
    }
}

/// Stands for the link until the rest was cut: values are plain text and never have it.
const LINK: &str = "\0";

/// What fits into [`PARTS`]; the link always does, wherever it stands.
fn message(template: Option<&AlertTemplate>, news: &News) -> String {
    let link = news.url.clone().unwrap_or_default();
    let to_be = News { url: news.url.is_some().then(|| LINK.to_owned()), ..news.clone() };
    let text = simple(&match template {
        Some(template) => text::filled(template, &to_be, &|text: &str| text.to_owned()),
        None => {
            let as_it_is = |text: &str| text.to_owned();
            let mut lines = vec![text::headline(news, &as_it_is)];
            lines.extend(text::details(news, &as_it_is).into_iter().take(1));
            lines.extend(to_be.url);
            lines.join("\n")
        }
    });
    let all = text.replace(LINK, &link);
    let is_gsm = all.chars().all(|c| places(c).is_some());
    let (part, size): (usize, fn(char) -> usize) =
        if is_gsm { (GSM_PART, |c| places(c).unwrap_or(2)) } else { (OTHER_PART, char::len_utf16) };
    let Some((before, after)) = text.split_once(LINK) else {
        return cut(&text, PARTS * part, size);
    };
    // What parts it from the words before it stays with it.
    let words = before.trim_end();
    let link = format!("{}{link}", &before[words.len()..]);
    let room = (PARTS * part).saturating_sub(places_of(&link, size));
    let head = cut(words, room, size);
    if head.len() < words.len() {
        return head + &link;
    }
    let room = room - places_of(&head, size);
    // A second link would rather be cut away whole.
    let after = after.split(LINK).next().unwrap_or_default();
    format!("{head}{link}{}", cut(after, room, size))
}

/// As much as fits.
fn cut(text: &str, room: usize, size: fn(char) -> usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += size(*c);
        used <= room
    };
    let cut: String = text.chars().take_while(fits).collect();
    cut.trim_end().to_owned()
}

fn places_of(text: &str, size: fn(char) -> usize) -> usize {
    text.chars().map(size).sum()
}

/// Places of a letter in GSM 03.38; `None`: it is not in it.
fn places(c: char) -> Option<usize> {
    if BASIC.contains(c) { Some(1) } else { EXTENDED.contains(c).then_some(2) }
}

/// Signs for which the alphabet has others.
fn simple(text: &str) -> String {
    let mut simple = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '“' | '”' | '„' => simple.push('"'),
            '‘' | '’' | '`' | '´' => simple.push('\''),
            '–' | '—' | '−' => simple.push('-'),
            '…' => simple.push_str("..."),
            '×' => simple.push('x'),
            c => simple.push(c),
        }
    }
    simple
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::news::tests::sample;

    fn check(news: &News, expected: &str) {
        assert_eq!(message(None, news), expected);
    }

    #[test]
    fn a_message_is_short_and_has_its_link() {
        let link = "\nhttps://clips.twitch.tv/Abc-1";
        let news = |title: &str| News {
            title: title.to_owned(),
            reason: String::new(),
            score: None,
            ..sample()
        };
        check(&news("“wow”…"), &format!("ninja: \"wow\"...{link}"));
        let long = message(None, &news(&"a".repeat(900)));
        assert_eq!(long.chars().count(), 2 * GSM_PART);
        assert!(long.ends_with(link));
        let other = message(None, &news(&"ж😀".repeat(900)));
        assert!(other.encode_utf16().count() <= 2 * OTHER_PART && other.ends_with(link), "{other}");
    }

    #[test]
    fn in_a_template_the_link_is_never_cut_either() {
        let link = "https://clips.twitch.tv/Abc-1";
        let of = |template: &str, title: &str| {
            let news = News { title: title.to_owned(), ..sample() };
            message(Some(&template.parse().unwrap()), &news)
        };
        assert_eq!(of("{title}: {url} ({channel})", "wow"), format!("wow: {link} (ninja)"));
        assert_eq!(of("{channel} {title}", "wow"), "ninja wow");
        let long = "a".repeat(900);
        let cut = of("{title} {url} and more", &long);
        assert!(cut.ends_with(&format!("a {link}")), "{cut}");
        assert_eq!(cut.chars().count(), 2 * GSM_PART);
        let cut = of("{url} {title}", &long);
        assert!(cut.starts_with(&format!("{link} aaa")), "{cut}");
        assert_eq!(cut.chars().count(), 2 * GSM_PART);
        let no_link = News { url: None, ..sample() };
        assert_eq!(message(Some(&"{channel}{url}".parse().unwrap()), &no_link), "ninja");
    }

    #[test]
    fn twilio_is_asked_as_it_wants() {
        let sender = Sender { account: "AC1", token: "t", from: "+1" };
        let api = Url::parse("https://api.twilio.com").unwrap();
        let request = request(&api, &sender, "+49", Some(&"a&b".parse().unwrap()), &sample());
        assert_eq!(request.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(request.body, b"To=%2B49&From=%2B1&Body=a%26b");
        assert_eq!(request.login, Some(("AC1".to_owned(), "t".to_owned())));
    }
}
