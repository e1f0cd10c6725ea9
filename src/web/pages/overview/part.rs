//! The part of the overview that somebody looks at: of hundreds of channels those where something
//! happens, further pages, or those of a name. Pure.

use askama::Template;

use super::Row;
use crate::web::{access::Viewer, paging};

pub use crate::web::paging::Wish;

/// Some of all rows.
#[derive(Debug, PartialEq)]
pub struct Part<'a>(paging::Part<'a, Row>);

#[derive(Template)]
#[template(path = "overview_list.html")]
struct List<'a> {
    rows: &'a str,
    /// Part of a name that was looked for.
    name: &'a str,
    first: usize,
    last: usize,
    all: usize,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
}

impl<'a> Part<'a> {
    /// What a viewer sees of all rows; a page beyond the last one is the last one.
    #[must_use]
    pub fn of(all: &'a [Row], viewer: &Viewer, wish: &Wish) -> Self {
        let name = wish.name();
        let fits = |row: &Row| viewer.sees(&row.login) && row.login.as_str().contains(&name);
        Self(paging::Part::of(all, wish, fits))
    }

    /// The whole of it, as an element that takes the place of the one before.
    #[must_use]
    pub fn whole(&self, wish: &Wish) -> String {
        let rows: String = self.0.rows.iter().map(|row| row.html.as_str()).collect();
        let at = |page: usize| format!("/{}", wish.at(page));
        let list = List {
            rows: &rows,
            name: &wish.name(),
            first: self.0.first(),
            last: self.0.last(),
            all: self.0.all,
            newer: self.0.newer().map(at),
            older: self.0.older().map(at),
        };
        list.render().unwrap_or_default()
    }

    /// What has changed since `sent`: rows alone where they are the same channels in the same
    /// order; `None` when nothing has.
    #[must_use]
    pub fn changed(&self, sent: &Part<'_>, wish: &Wish) -> Option<String> {
        let (now, before) = (self.0.rows.iter(), sent.0.rows.iter());
        let is_same = now.map(|row| &row.login).eq(before.map(|row| &row.login));
        if !is_same || (self.0.before, self.0.all) != (sent.0.before, sent.0.all) {
            return Some(self.whole(wish));
        }
        let pairs = self.0.rows.iter().zip(&sent.0.rows).filter(|(now, before)| now != before);
        let changed: String = pairs.map(|(now, _)| now.html.as_str()).collect();
        (!changed.is_empty()).then_some(changed)
    }

    /// Whether there is more than one page of all.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.0.is_long()
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::ChannelLogin;

    use super::*;

    fn rows(count: usize) -> Vec<Row> {
        let row = |nth| {
            let login = ChannelLogin::parse(&format!("chan{nth:03}")).unwrap();
            Row { html: format!("<tr id=\"on-{login}\">"), login }
        };
        (0..count).map(row).collect()
    }

    fn wish(name: &str, page: usize) -> Wish {
        Wish::new(name, page)
    }

    #[test]
    fn each_page_has_its_channels_and_ways_to_the_others() {
        let (all, owner) = (rows(100), Viewer::owner("x"));
        let check = |wish: &Wish, first: usize, last: usize, links: &[&str]| {
            let whole = Part::of(&all, &owner, wish).whole(wish);
            let is_there = |nth: usize| whole.contains(&format!("on-chan{nth:03}"));
            assert!((0..100).all(|nth| is_there(nth) == (first..=last).contains(&nth)), "{whole}");
            for link in ["/?page=2", "/?page=3", "/\""] {
                assert_eq!(
                    whole.contains(&format!("href=\"{link}")),
                    links.contains(&link),
                    "{link}"
                );
            }
        };
        check(&wish("", 0), 0, 39, &["/?page=2"]);
        check(&wish("", 2), 40, 79, &["/\"", "/?page=3"]);
        check(&wish("", 99), 80, 99, &["/?page=2"]);
        check(&wish(" CHAN01 ", 1), 10, 19, &[]);
        assert!(
            Part::of(&all, &owner, &wish("nobody", 1)).whole(&wish("nobody", 1)).contains("nobody")
        );
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let (before, owner, wish) = (rows(50), Viewer::owner("x"), Wish::default());
        let sent = Part::of(&before, &owner, &wish);
        let changed = |now: &[Row]| Part::of(now, &owner, &wish).changed(&sent, &wish);
        assert_eq!(changed(&before), None);
        let mut now = before.clone();
        now[3].html = "<tr id=\"three\">".to_owned();
        now[45].html = "<tr id=\"on another page\">".to_owned();
        assert_eq!(changed(&now).as_deref(), Some("<tr id=\"three\">"));
        now.swap(0, 1);
        assert!(changed(&now).unwrap().contains("id=\"overview\""));
        assert!(changed(&rows(51)).unwrap().contains("of 51"), "their number is told");
    }
}
