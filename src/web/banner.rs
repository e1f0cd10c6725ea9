//! What is wrong, at the top of every page: a sentence for everybody, and for those who may do
//! something everywhere why it is so and what to do.

use std::{borrow::Cow, sync::Arc};

use askama::Template;
use axum::body::Bytes;
use futures_util::{Stream, stream};

use super::{
    access::{Role, Viewer},
    events::stream::event,
};
use crate::trouble::{Trouble, Troubles, Watched, Weight};

#[derive(Template)]
#[template(path = "trouble.html")]
struct Banner<'a> {
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    class: &'static str,
    headline: &'static str,
    why: Option<Cow<'a, str>>,
}

/// The element that says it; empty while nothing is wrong.
#[must_use]
pub fn drawn(troubles: &Troubles, viewer: &Viewer) -> String {
    let lines = troubles.all.iter().map(|trouble| Line::of(trouble, viewer)).collect();
    Banner { lines }.render().unwrap_or_default()
}

impl<'a> Line<'a> {
    fn of(trouble: &'a Trouble, viewer: &Viewer) -> Self {
        let class = match trouble.kind.weight() {
            Weight::Wanted => "warn",
            Weight::Bad => "bad",
        };
        Self { class, headline: trouble.kind.headline(), why: why(trouble, viewer).map(sentence) }
    }
}

/// As a sentence begins; names of files and accounts stay as they are.
fn sentence(text: &str) -> Cow<'_, str> {
    let word = text.split(' ').next().unwrap_or_default();
    match text.as_bytes().first() {
        Some(first)
            if first.is_ascii_lowercase() && word.bytes().all(|b| b.is_ascii_lowercase()) =>
        {
            Cow::Owned(format!("{}{}", char::from(first.to_ascii_uppercase()), &text[1..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Why it is so, for who may know: files and accounts are named there.
#[must_use]
pub fn why<'a>(trouble: &'a Trouble, viewer: &Viewer) -> Option<&'a str> {
    viewer.is_everywhere(Role::Editor).then_some(trouble.why.as_str())
}

/// The element, now and whenever it changes, as events; what is new is read out.
pub fn follow(troubles: Watched, viewer: Viewer) -> impl Stream<Item = Bytes> + Send + 'static {
    let begin = (troubles, viewer, None::<Arc<Troubles>>);
    stream::unfold(begin, |(mut troubles, viewer, seen)| async move {
        if seen.is_some() && troubles.changed().await.is_err() {
            return None;
        }
        let now = Arc::clone(&troubles.borrow_and_update());
        let mut bytes = event("", None, &drawn(&now, &viewer)).to_vec();
        if let Some(words) = seen.as_deref().and_then(|seen| new(seen, &now)) {
            bytes.extend_from_slice(&event("say", None, words));
        }
        Some((Bytes::from(bytes), (troubles, viewer, Some(now))))
    })
}

/// What is wrong now and was not before.
fn new(before: &Troubles, now: &Troubles) -> Option<&'static str> {
    let new = now.all.iter().find(|trouble| before.of(trouble.kind).is_none());
    new.map(|trouble| trouble.kind.headline())
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::sync::watch;

    use super::*;
    use crate::trouble::Kind;

    fn troubles(kinds: &[Kind]) -> Arc<Troubles> {
        let why = || "/home/ann is full <b>".to_owned();
        let all = kinds.iter().map(|kind| Trouble { kind: *kind, why: why() }).collect();
        Arc::new(Troubles { all, well: Vec::new() })
    }

    fn viewer(role: Role) -> Viewer {
        Viewer { role: Some(role), ..Viewer::owner("eve") }
    }

    #[test]
    fn a_cause_is_for_those_who_may_do_something() {
        let both = troubles(&[Kind::Disk, Kind::DryRun]);
        for role in [Role::Editor, Role::Owner] {
            let html = drawn(&both, &viewer(role));
            assert!(html.contains("note bad") && html.contains("note warn"), "{html}");
            assert!(html.contains("/home/ann is full &#60;b&#62;"), "{html}");
        }
        let grants = [(cliphound_twitch::ChannelLogin::parse("ann").unwrap(), Role::Owner)].into();
        let of_one = Viewer { role: Some(Role::Viewer), grants, ..Viewer::owner("eve") };
        for viewer in [viewer(Role::Viewer), of_one] {
            let html = drawn(&both, &viewer);
            assert!(html.contains(Kind::Disk.headline()), "{html}");
            assert!(!html.contains("/home"), "{html}");
        }
        assert_eq!(drawn(&troubles(&[]), &viewer(Role::Owner)), "<div id=\"trouble\"></div>");
    }

    #[test]
    fn a_cause_begins_as_a_sentence_does() {
        for (why, expected) in [
            ("a write took more than 3 s", "A write took more than 3 s"),
            ("clips/x.tsv can't be written", "clips/x.tsv can't be written"),
            ("/home/ann is full", "/home/ann is full"),
            ("`ann` has gone", "`ann` has gone"),
            ("über", "über"),
            ("", ""),
        ] {
            assert_eq!(sentence(why), expected);
        }
    }

    #[tokio::test]
    async fn it_comes_and_goes_and_only_what_is_new_is_read_out() {
        let (sender, receiver) = watch::channel(troubles(&[Kind::Disk]));
        let mut events = Box::pin(follow(receiver, viewer(Role::Viewer)));
        let mut next = async || String::from_utf8(events.next().await?.to_vec()).ok();
        let first = next().await.unwrap();
        assert!(first.contains("The disk") && !first.contains("event: say"), "{first}");
        sender.send_replace(troubles(&[Kind::Disk, Kind::LogInEnded]));
        let more = next().await.unwrap();
        assert!(more.contains("data: <section id=\"trouble\""), "{more}");
        let said = "event: say\ndata: Nothing is clipped: the log-in at Twitch has ended.\n\n";
        assert!(more.ends_with(said), "{more}");
        sender.send_replace(troubles(&[]));
        assert_eq!(next().await.unwrap(), "data: <div id=\"trouble\"></div>\n\n");
        drop(sender);
        assert_eq!(next().await, None);
    }
}
