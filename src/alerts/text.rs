//! The words of an alert, each value made harmless for its receiver on the way. Pure.

use crate::{
    alerts::news::News,
    config::{AlertEvent, alerts::AlertTemplate},
    plain::plain,
};

/// Makes a value harmless.
pub type Escape = dyn Fn(&str) -> String;

/// One line, without addresses that a program would make links of: this may be from chat.
#[must_use]
pub fn line(text: &str) -> String {
    let plain = plain(text).replace("://", ": //");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What it is about, in a few words.
#[must_use]
pub fn headline(news: &News, escape: &Escape) -> String {
    let (channel, title) = (escape(&news.channel), escape(&line(&news.title)));
    match news.event {
        AlertEvent::Clip if title.is_empty() => format!("A clip of {channel}"),
        AlertEvent::Clip => format!("{channel}: {title}"),
        AlertEvent::Failed => format!("No clip of {channel}"),
        AlertEvent::Review => format!("{channel}: a moment waits for review"),
        AlertEvent::Online => format!("{channel} is live"),
        AlertEvent::Trouble => title,
    }
}

/// The rest, a line each; the link is not among it. A title that is the first of the reasons is not
/// said again with them.
#[must_use]
pub fn details(news: &News, escape: &Escape) -> Vec<String> {
    let mut lines = Vec::new();
    let (title, reason) = (line(&news.title), line(&news.reason));
    let others = without(&title, &reason);
    let is_headline = matches!(news.event, AlertEvent::Clip | AlertEvent::Trouble);
    if !is_headline && others.is_none() {
        lines.push(escape(&title));
    }
    lines.extend(news.game.as_deref().map(|game| escape(&line(game))));
    lines.push(escape(others.filter(|_| is_headline).unwrap_or(&reason)));
    lines.extend(news.score.map(|score| format!("score {score:.2}")));
    if news.event == AlertEvent::Review && news.url.is_none() {
        let key = escape(&news.key);
        lines.push(format!("Say yes or no in the dashboard (Review), or in a terminal: cliphound review accept {key}"));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The reasons after the first, where that is the title.
fn without<'a>(title: &str, reasons: &'a str) -> Option<&'a str> {
    let others = reasons.strip_prefix(title).filter(|_| !title.is_empty())?;
    if others.is_empty() { Some(others) } else { others.strip_prefix(", ") }
}

/// A template with its placeholders filled.
#[must_use]
pub fn filled(template: &AlertTemplate, news: &News, escape: &Escape) -> String {
    let text = |text: &str| escape(&line(text));
    template.fill(|placeholder| match placeholder {
        "{channel}" => text(&news.channel),
        "{event}" => news.event.to_string(),
        "{title}" => text(&news.title),
        "{reason}" => text(&news.reason),
        "{score}" => news.score.map(|score| format!("{score:.2}")).unwrap_or_default(),
        // Checked when it was taken in.
        "{url}" => news.url.clone().unwrap_or_default(),
        "{game}" => text(news.game.as_deref().unwrap_or_default()),
        "{cause}" => text(&news.cause),
        "{time}" => time(news.at_ms),
        _ => String::new(),
    })
}

/// Several lines of plain text: the template's, or headline, details and link.
#[must_use]
pub fn plain_text(template: Option<&AlertTemplate>, news: &News) -> String {
    let as_it_is = |text: &str| text.to_owned();
    if let Some(template) = template {
        return filled(template, news, &as_it_is);
    }
    let mut lines = vec![headline(news, &as_it_is)];
    lines.extend(details(news, &as_it_is));
    lines.extend(news.url.clone());
    lines.join("\n")
}

/// What the link is called.
#[must_use]
pub fn link(news: &News) -> &'static str {
    match news.event {
        AlertEvent::Online => "Watch the stream",
        AlertEvent::Review => "Look at it, and say yes or no",
        AlertEvent::Trouble => "Open the dashboard",
        AlertEvent::Failed => "Look at the moment",
        AlertEvent::Clip => "Watch the clip",
    }
}

/// `2026-11-21 14:03 UTC`; nothing beyond the calendar.
fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// At most `most` units of UTF-16, which is what services count.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alerts::news::tests::sample,
        trouble::{Kind, Trouble},
    };

    #[test]
    fn the_usual_text_says_what_why_and_where() {
        let expected = "ninja: wow @everyone <!channel> *bold* http: //evil.example\n31 people in 15 s, usually 6, 12 x Kappa\nscore 0.87\nhttps://clips.twitch.tv/Abc-1";
        assert_eq!(plain_text(None, &sample()), expected);
        let live = News::of_stream("ninja", Some("7"), 5, "Ranked\nto the top", "Chess");
        let expected = "ninja is live\nRanked to the top\nChess\nhttps://www.twitch.tv/ninja";
        assert_eq!(plain_text(None, &live), expected);
    }

    #[test]
    fn a_title_that_is_a_reason_is_said_once() {
        let check = |event: AlertEvent, title: &str, reason: &str, expected: &[&str]| {
            let news = News { event, url: None, score: None, ..sample() };
            let news = News { title: title.to_owned(), reason: reason.to_owned(), ..news };
            let text = plain_text(None, &news);
            let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("Say yes")).collect();
            assert_eq!(lines, expected);
        };
        let (clip, review) = (AlertEvent::Clip, AlertEvent::Review);
        let why = "31 people in 15 s, usually 6";
        let more = format!("{why}, 12 x Kappa");
        let (told, waits) = (format!("ninja: {why}"), "ninja: a moment waits for review");
        check(clip, why, why, &[&told]);
        check(clip, why, &more, &[&told, "12 x Kappa"]);
        check(clip, "wow", &more, &["ninja: wow", &more]);
        check(clip, "31", &more, &["ninja: 31", &more]);
        check(clip, "", &more, &["A clip of ninja", &more]);
        check(review, why, &more, &[waits, &more]);
        check(review, "wow", &more, &[waits, "wow", &more]);
        check(AlertEvent::Failed, why, "too late", &["No clip of ninja", why, "too late"]);
    }

    #[test]
    fn a_moment_that_waits_has_a_link_or_says_where_it_is() {
        let review = News { event: AlertEvent::Review, url: None, ..sample() };
        let text = plain_text(None, &review);
        let end = "\nSay yes or no in the dashboard (Review), or in a terminal: cliphound review accept 7@1790000000000";
        assert!(text.ends_with(end), "{text}");
        let pages = url::Url::parse("https://clips.example.org").unwrap();
        let text = plain_text(None, &review.linked(Some(&pages)));
        let end = "\nscore 0.87\nhttps://clips.example.org/review/7@1790000000000";
        assert!(text.ends_with(end) && !text.contains("terminal"), "{text}");
    }

    #[test]
    fn trouble_says_what_is_wrong_and_what_to_do() {
        let why = "Twitch no longer accepts the token: run `cliphound login`".to_owned();
        let trouble = Trouble { kind: Kind::LogInEnded, why };
        let expected = "Nothing is clipped: the log-in at Twitch has ended\nTwitch no longer accepts the token: run `cliphound login`";
        assert_eq!(plain_text(None, &News::of_trouble(&trouble, 5)), expected);
        let over = plain_text(None, &News::of_trouble_over(Kind::LogInEnded, 5));
        let expected =
            "Cliphound is logged in at Twitch again\nit had begun on 1970-01-01 at 00:00 UTC";
        assert_eq!(over, expected);
    }

    #[test]
    fn a_template_says_it_otherwise() {
        let template = "{event} {score} at {time}: {url}".parse().unwrap();
        let expected = "clip 0.87 at 2026-09-21 14:13 UTC: https://clips.twitch.tv/Abc-1";
        assert_eq!(plain_text(Some(&template), &sample()), expected);
    }

    #[test]
    fn services_count_in_utf_16() {
        for (text, most, expected) in [("abc", 2, "ab"), ("a😀b", 2, "a"), ("a😀b", 3, "a😀")]
        {
            assert_eq!(cut(text, most), expected);
        }
    }
}
