//! A channel's ledger beside what the database has of it: only what differs is written. Pure.

use cliphound_store::{Rewrite, Stretch};
use cliphound_twitch::ChannelLogin;

use super::ledger::{Before, Ledger, Stretches};

/// When nothing could be stored for so many rounds, old stretches are forgotten unstored.
const GIVE_UP: u32 = 60;

/// One channel.
#[derive(Debug)]
pub struct Page {
    /// What is known.
    pub ledger: Ledger,
    /// What is stored, and under which id.
    stored: Option<(String, Stretches)>,
    /// What is being stored.
    pending: Option<(String, Stretches)>,
    failures: u32,
    /// How an earlier run left it, by the machine's clock of then.
    before: Option<Before>,
    /// How far the machine's clock is ahead of ours: what is stored goes by the former.
    set_ms: i64,
}

impl Page {
    /// A channel that is followed from `now_ms` on, and was by an earlier run up to `before`;
    /// nothing is stored yet. The machine's clock is `set_ms` ahead of ours.
    pub fn new(now_ms: i64, before: Option<Before>, set_ms: i64) -> Self {
        let ledger = Ledger::new(now_ms, None);
        let mut page = Self { ledger, stored: None, pending: None, failures: 0, before, set_ms };
        page.set(set_ms);
        page
    }

    /// The machine's clock was set, and is so far ahead of ours now. When the earlier run ended is
    /// known by that clock, so it was that much longer ago.
    pub fn set(&mut self, set_ms: i64) {
        self.set_ms = set_ms;
        if let Some(Before { until_ms, cause }) = self.before {
            self.ledger.resume(Before { until_ms: until_ms.saturating_sub(set_ms), cause });
        }
    }

    /// What is to be stored; `id` is the channel's user id, where it is known.
    pub fn rewrites(&mut self, login: &ChannelLogin, id: Option<&String>) -> Vec<Rewrite> {
        let key = id.map_or_else(|| format!("login:{login}"), Clone::clone);
        // An id that was known stays: the directory may forget a channel that is left.
        let key = match &self.stored {
            Some((stored, _)) if id.is_none() => stored.clone(),
            _ => key,
        };
        self.ledger.cut();
        let mut now = self.ledger.stretches();
        for stretch in now.iter_mut().flat_map(|(_, stretches)| stretches) {
            stretch.start_ms += self.set_ms;
            stretch.end_ms += self.set_ms;
        }
        let mut rewrites = Vec::new();
        let rewrite = |id: &str, kind, from_ms, stretches| Rewrite {
            broadcaster_id: id.to_owned(),
            login: login.to_string(),
            kind,
            from_ms,
            stretches,
        };
        let moves = self.stored.take_if(|(stored, _)| *stored != key);
        if let Some((old, stretches)) = moves {
            for (kind, stretches) in stretches {
                let from_ms = stretches.first().map(|first| first.start_ms);
                rewrites.extend(from_ms.map(|from_ms| rewrite(&old, kind, from_ms, Vec::new())));
            }
        }
        let stored = self.stored.as_ref().map(|(_, stretches)| stretches);
        for (index, (kind, stretches)) in now.iter().enumerate() {
            let before = stored.map_or(&[][..], |stored| &stored[index].1);
            if let Some((from_ms, new)) = difference(before, stretches) {
                rewrites.push(rewrite(&key, *kind, from_ms, new.to_vec()));
            }
        }
        self.pending = Some((key, now));
        rewrites
    }

    /// What was to be stored is, or could not be.
    pub fn stored(&mut self, is_stored: bool) {
        let pending = self.pending.take();
        if is_stored {
            self.failures = 0;
            self.stored = pending;
        } else {
            self.failures += 1;
        }
        if (is_stored || self.failures > GIVE_UP)
            && let (Some(cut_ms), Some((_, stretches))) = (self.ledger.forget(), &mut self.stored)
        {
            for (_, stretches) in stretches {
                stretches.retain(|stretch| stretch.start_ms >= cut_ms + self.set_ms);
            }
        }
    }
}

/// From where on the stretches differ, and those that are new from there on.
fn difference<'a>(before: &[Stretch], now: &'a [Stretch]) -> Option<(i64, &'a [Stretch])> {
    let same = before.iter().zip(now).take_while(|(before, now)| before == now).count();
    let starts = [before.get(same), now.get(same)].into_iter().flatten();
    let from_ms = starts.map(|stretch| stretch.start_ms).min()?;
    Some((from_ms, &now[same..]))
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Live;
    use cliphound_store::Kind;

    use super::*;
    use crate::daemon::watched::cause::Cause;

    /// What a database makes of rewrites: rows by id and kind.
    #[derive(Default)]
    struct Rows(Vec<(String, Kind, Stretch)>);

    impl Rows {
        fn take(&mut self, rewrites: Vec<Rewrite>) {
            for Rewrite { broadcaster_id, kind, from_ms, stretches, .. } in rewrites {
                self.0.retain(|(id, of, row)| {
                    *id != broadcaster_id || *of != kind || row.start_ms < from_ms
                });
                self.0.extend(stretches.into_iter().map(|s| (broadcaster_id.clone(), kind, s)));
            }
        }

        fn check(&self, page: &Page, id: &str) {
            let expected = page.ledger.stretches().into_iter().flat_map(|(kind, all)| {
                all.into_iter().map(move |stretch| (id.to_owned(), kind, stretch))
            });
            let mut found = self.0.clone();
            found.sort_by_key(|(_, kind, stretch)| (*kind, stretch.start_ms));
            assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_database_follows_what_becomes_known() {
        let login = ChannelLogin::parse("ninja").unwrap();
        let id = "7".to_owned();
        let (mut page, mut rows) = (Page::new(0, None, 0), Rows::default());
        let mut keep = |page: &mut Page, id: Option<&String>, is_stored: bool| {
            let rewrites = page.rewrites(&login, id);
            let count = rewrites.len();
            if is_stored {
                rows.take(rewrites);
            }
            page.stored(is_stored);
            rows.check_if(page, id, is_stored);
            count
        };
        page.ledger.joined(500);
        assert_eq!(keep(&mut page, None, true), 2);
        page.ledger.tick(60_000);
        assert_eq!(keep(&mut page, None, true), 1, "a minute is one row");
        assert_eq!(keep(&mut page, None, true), 0);
        // The id becomes known, and that it is live.
        page.ledger.live(61_000, Live::Online, Some(-9));
        keep(&mut page, Some(&id), true);
        // Nothing can be stored for a while, and what was thought is wrong.
        page.ledger.lost(90_000, Some(65_000), Cause::Connection);
        keep(&mut page, Some(&id), false);
        page.ledger.joined(95_000);
        keep(&mut page, Some(&id), true);
        page.ledger.lost(99_000, Some(30_000), Cause::Connection);
        keep(&mut page, Some(&id), true);
    }

    impl Rows {
        fn check_if(&self, page: &Page, id: Option<&String>, is_stored: bool) {
            if is_stored {
                self.check(page, id.map_or("login:ninja", String::as_str));
            }
        }
    }
}
