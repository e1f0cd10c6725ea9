//! What lies in our own folder: tokens.json, records, emotes, names of channels.

use std::fs;

use cliphound::{
    config::title::plain_title,
    records::{Record, renamed},
};
use cliphound_twitch::{
    ChannelLogin,
    emotes::{Cache, Emote, Fetched, Place, Service, SetIds},
    oauth::stored::TokenBook,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

use crate::{bytes::spoilt_text, hold::hold, json::spoilt_json_text};

const SECRET: &str = "hushhushhush";

#[test]
fn any_tokens_file() {
    let good = json!({"version": 1, "tokens": [
        {"user_id": "7", "login": "ann", "roles": ["clipper", "bot"], "scopes": ["clips:edit"],
         "access_token": SECRET, "refresh_token": SECRET, "updated": "2026-11-01T12:00:00Z"},
        {"roles": ["broadcaster"], "access_token": SECRET, "updated": "x", "replaces": "ab"}]});
    hold("tokens.json", 100, spoilt_json_text(vec![good], 4), |text| {
        match TokenBook::parse(&text) {
            Ok(book) => {
                let again = TokenBook::parse(&book.to_json().unwrap()).unwrap();
                prop_assert_eq!(again.to_json().unwrap(), book.to_json().unwrap());
            }
            // It never repeats what it could not read: that may be a token.
            Err(bad) => {
                let told = format!("{} {:?}", bad, bad);
                prop_assert!(!told.contains(SECRET), "{}", told);
            }
        }
        Ok(())
    });
}

#[test]
fn any_record_is_one_line_and_read_back() {
    let url = || option::of("https://[a-z]{1,9}");
    let texts = (".{0,20}", url(), url(), ".{0,30}", ".{0,80}");
    let numbers = (any::<i64>(), any::<i64>(), any::<i64>(), option::of(any::<f32>()));
    hold("records", 200, (texts, numbers), |(texts, numbers)| {
        let (channel, clip_url, edit_url, trigger, title) = texts;
        let (time_ms, start_ms, end_ms, score) = numbers;
        let record = Record {
            time_ms,
            channel,
            clip_url,
            edit_url,
            start_ms,
            end_ms,
            score,
            trigger,
            title,
        };
        let line = record.to_line();
        prop_assert_eq!(line.split('\t').count(), 9);
        prop_assert!(!line.replace('\t', "").contains(char::is_control));
        let read = Record::parse(&line).unwrap();
        prop_assert_eq!(Record::parse(&read.to_line()).unwrap(), read);
        Ok(())
    });
}

#[test]
fn any_line_as_a_record() {
    let lines = [
        "2026-03-01T12:00:00.250Z\tninja\thttps://clips.twitch.tv/S\t-\t2026-03-01T11:59:40.000Z\t2026-03-01T11:59:55.000Z\t0.812\temote:PogChamp\twhat a day",
        "# time\tchannel\tclip_url\tedit_url\tmoment_start\tmoment_end\tscore\ttrigger\ttitle",
    ];
    hold("lines of records", 100, spoilt_text(&lines, 5), |line| {
        if let Some(read) = Record::parse(&line) {
            prop_assert!(Record::parse(&read.to_line()).is_some());
        }
        Ok(())
    });
}

#[test]
fn any_stored_emotes() {
    let folder = tempfile::tempdir().unwrap();
    let emote = ("[A-Za-z0-9]{1,20}", "[A-Za-z0-9:()é]{1,20}");
    let sample = json!({"version": 1, "service": "7tv", "place": "global",
        "ids": {"set": "S", "user": null}, "emotes": [{"id": "1", "name": "EZ"}]});
    let case = (vec(emote, 0..6), option::of(spoilt_json_text(vec![sample], 4)));
    hold("stored emotes", 4, case, move |(emotes, spoilt)| {
        let cache = Cache::new(folder.path());
        let (service, place) = (Service::SevenTv, Place::Global);
        let Some(spoilt) = spoilt else {
            let emotes = emotes.into_iter().map(|(id, name)| Emote { id, name }).collect();
            let known = Fetched { emotes, ids: SetIds::default() };
            cache.store(service, &place, &known).unwrap();
            prop_assert_eq!(cache.load(service, &place), Some(known));
            return Ok(());
        };
        fs::write(folder.path().join("7tv-global.json"), spoilt).unwrap();
        if let Some(found) = cache.load(service, &place) {
            prop_assert!(found.emotes.len() <= 10_000);
        }
        Ok(())
    });
}

#[test]
fn any_name_of_a_channel() {
    let dir = tempfile::tempdir().unwrap();
    hold("names of channels", 50, spoilt_text(&["ninja", "#Some_Name", "../etc"], 4), |name| {
        if let Ok(login) = ChannelLogin::parse(&name) {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            prop_assert!(login.as_str().chars().all(is_plain) && !login.as_str().is_empty());
            prop_assert!(login.as_str().len() <= 64);
        }
        Ok(())
    });
    let old = ChannelLogin::parse("ninja").unwrap();
    hold("names of renamed channels", 10, spoilt_text(&["7 other\n"], 4), move |note| {
        fs::write(dir.path().join("ninja.renamed"), note).unwrap();
        let _ = renamed::names(dir.path(), std::slice::from_ref(&old)).unwrap();
        Ok(())
    });
}

#[test]
fn any_title() {
    hold("titles", 100, spoilt_text(&["what a day", "\u{1f389}\u{200d}e\u{301}"], 5), |text| {
        let title = plain_title(&text);
        prop_assert!(title.chars().count() <= 140 && !title.contains(char::is_control));
        prop_assert_eq!(plain_title(&title), title);
        Ok(())
    });
}
