//! A long list a page at a time, or those of it that have a part of a name. Pure.

use serde::Deserialize;

/// Rows on a page: more would neither be read nor stay below 100 KB.
pub const A_PAGE: usize = 40;
/// Letters of a name that are looked for; Twitch's have at most 25.
const NAME: usize = 25;

/// What somebody wants to look at, as the address says it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Part of the name.
    name: String,
    /// Which page; the first is 1.
    page: usize,
}

/// Some of all rows.
#[derive(Debug, PartialEq)]
pub struct Part<'a, T> {
    /// The rows.
    pub rows: Vec<&'a T>,
    /// So many come before them.
    pub before: usize,
    /// So many there are in all that fit.
    pub all: usize,
    /// So many are on a page at most.
    a_page: usize,
}

impl Wish {
    /// A part of a name, of which the page.
    #[must_use]
    pub fn new(name: &str, page: usize) -> Self {
        Self { name: name.to_owned(), page }
    }

    /// Part of a name, as it is looked for.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.trim().to_ascii_lowercase().chars().take(NAME).collect()
    }

    /// The same as the end of an address, of another page; empty for the first one of all.
    #[must_use]
    pub fn at(&self, page: usize) -> String {
        let (name, page) = (self.name(), page.to_string());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs((!name.is_empty()).then_some(("name", name)));
        query.extend_pairs((page != "1").then_some(("page", page)));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The same as the end of an address.
    #[must_use]
    pub fn query(&self) -> String {
        self.at(self.page.max(1))
    }
}

impl<'a, T> Part<'a, T> {
    /// The rows that fit; a page beyond the last one is the last one.
    #[must_use]
    pub fn of(all: &'a [T], wish: &Wish, fits: impl Fn(&T) -> bool) -> Self {
        Self::by(A_PAGE, all, wish, fits)
    }

    /// The same with `a_page` rows, at least 1, on a page: of rows that are larger than usual.
    #[must_use]
    pub fn by(a_page: usize, all: &'a [T], wish: &Wish, fits: impl Fn(&T) -> bool) -> Self {
        let rows: Vec<&T> = all.iter().filter(|row| fits(row)).collect();
        let last = rows.len().saturating_sub(1) / a_page;
        let before = wish.page.saturating_sub(1).min(last) * a_page;
        let all = rows.len();
        let rows = rows.into_iter().skip(before).take(a_page).collect();
        Self { rows, before, all, a_page }
    }

    /// The number of the first row, from 1.
    #[must_use]
    pub fn first(&self) -> usize {
        self.before + 1
    }

    /// The number of the last row.
    #[must_use]
    pub fn last(&self) -> usize {
        self.before + self.rows.len()
    }

    /// The page before this one.
    #[must_use]
    pub fn newer(&self) -> Option<usize> {
        (self.before > 0).then_some(self.before / self.a_page)
    }

    /// The page after this one.
    #[must_use]
    pub fn older(&self) -> Option<usize> {
        (self.last() < self.all).then_some(self.before / self.a_page + 2)
    }

    /// Whether there is more than one page of all.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.all > self.a_page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_rows_and_the_numbers_of_its_neighbours() {
        let all: Vec<usize> = (0..100).collect();
        let check =
            |page: usize, first: usize, last: usize, ways: (Option<usize>, Option<usize>)| {
                let part = Part::of(&all, &Wish::new("", page), |_| true);
                let rows: Vec<usize> = part.rows.iter().map(|row| **row).collect();
                assert_eq!(rows, (first - 1..last).collect::<Vec<_>>());
                assert_eq!((part.first(), part.last(), part.all), (first, last, 100));
                assert_eq!((part.newer(), part.older()), ways);
            };
        check(0, 1, 40, (None, Some(2)));
        check(2, 41, 80, (Some(1), Some(3)));
        check(usize::MAX, 81, 100, (Some(2), None));
        let few = Part::of(&all, &Wish::default(), |row| *row < 40);
        assert_eq!((few.newer(), few.older(), few.is_long()), (None, None, false));
        let large = Part::by(10, &all, &Wish::new("", 2), |_| true);
        assert_eq!((large.first(), large.last(), large.is_long()), (11, 20, true));
        assert_eq!((large.newer(), large.older()), (Some(1), Some(3)));
        assert_eq!(Wish::new("Änn & co", 3).query(), "?name=%C3%84nn+%26+co&page=3");
        assert_eq!(Wish::new(" ", 1).query(), "");
    }
}
