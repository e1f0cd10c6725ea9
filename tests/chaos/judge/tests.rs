//! The comparison can fail: a good night, doctored in every way that it has to notice.

use cliphound_store::{IntentKey, Review, Words};

use super::*;
use crate::dead::Dead;

const CALL_MS: i64 = 1_007_000;
const HEADER: &str =
    "time\tchannel\tclip_url\tedit_url\tmoment_start\tmoment_end\tscore\ttrigger\ttitle";

fn key() -> IntentKey {
    IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 1_000_000 }
}

fn clip(id: &str) -> ClipRecord {
    ClipRecord {
        id: id.to_owned(),
        url: url(id),
        channel: "ninja".to_owned(),
        broadcaster_id: "7".to_owned(),
        creator_id: "1".to_owned(),
        title: "wow".to_owned(),
        duration_s: 60.0,
        call_ms: CALL_MS,
        ready_ms: CALL_MS + 20_000,
        start_ms: 0,
        end_ms: 0,
        answered: true,
        duplicate_of: None,
        vod_offset: None,
        from_vod: false,
        fault: None,
    }
}

fn columns(id: &str) -> String {
    let times = "1970-01-01T00:16:30.000Z\t1970-01-01T00:16:40.000Z";
    format!("1970-01-01T00:16:47.000Z\tninja\t{}\t-\t{times}\t0.900\thype\twow", url(id))
}

/// The log's line of a moment of ninja.
fn told_line(at_ms: i64, trigger_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
    format!(
        r#"{{"timestamp":"{at}","message":"moment: 9 people","channel":"ninja","trigger_ms":{trigger_ms}}}"#
    )
}

/// One moment with its clip.
fn good() -> Evidence {
    let moment = MomentRow {
        key: key(),
        login: "ninja".to_owned(),
        start_ms: 990_000,
        end_ms: 1_000_000,
        score: 0.9,
        threshold: 0.5,
        cause: "hype".to_owned(),
        reasons: "[]".to_owned(),
        learning: false,
        automatic: true,
    };
    let intent = Intent {
        words: Words::default(),
        key: key(),
        login: "ninja".to_owned(),
        start_ms: 990_000,
        end_ms: 1_000_000,
        automatic: true,
        state: IntentState::Confirmed,
        due_ms: CALL_MS,
        title: "wow".to_owned(),
        duration_s: 60.0,
        attempts: 1,
        reason: None,
        clip_id: Some("A".to_owned()),
        clip_url: Some(url("A")),
        edit_url: None,
        called_ms: Some(CALL_MS),
        created_ms: 1_000_000,
        updated_ms: CALL_MS,
        called_by: None,
        from_vod: false,
        dry: false,
        review: Review::None,
    };
    Evidence {
        is_fair: true,
        speed: 100.0,
        clips: vec![clip("A")],
        moments: vec![moment],
        intents: vec![intent],
        owners: [("A".to_owned(), key())].into(),
        accepted: [key()].into(),
        clip_urls: format!("# {HEADER}\n{}\n", columns("A")).into_bytes(),
        moments_tsv: format!("# {HEADER}\tstate\n{}\tconfirmed\n", columns("A")).into_bytes(),
        log: vec![told_line(1_000_000, 1_000_000)],
        ..Evidence::default()
    }
}

/// What is said after a change for the worse; nothing, when `expected` is empty.
fn check(expected: &str, change: impl FnOnce(&mut Evidence)) {
    let mut evidence = good();
    change(&mut evidence);
    let complaints = judge(&evidence).complaints;
    let is_said = complaints.iter().any(|complaint| complaint.contains(expected));
    assert_eq!(expected.is_empty(), complaints.is_empty(), "“{expected}”: {complaints:?}");
    assert!(expected.is_empty() || is_said, "“{expected}”: {complaints:?}");
}

#[test]
fn a_good_night_has_no_complaints() {
    check("", |_| {});
}

#[test]
fn lost_intents_are_seen() {
    check("was accepted and is gone", |night| {
        night.accepted.insert(IntentKey { trigger_ms: 5, ..key() });
    });
    check("has not ended: unknown", |night| night.intents[0].state = IntentState::Unknown);
    check("is missed in fair weather", |night| night.intents[0].state = IntentState::Missed);
    check("says not why", |night| {
        night.is_fair = false;
        night.intents[0].state = IntentState::Missed;
    });
    check("was told in the log and is not kept", |night| {
        night.log.push(told_line(9_000, 9_000));
    });
    check("moments.tsv says []", |night| {
        night.moments_tsv = format!("# {HEADER}\tstate\n").into_bytes();
    });
    check("moments.tsv says refused", |night| {
        night.moments_tsv = format!("# {HEADER}\tstate\n{}\trefused\n", columns("A")).into_bytes();
    });
    check("lines of no moment", |night| {
        let line = columns("A").replace("ninja", "other");
        night.moments_tsv.extend(format!("{line}\tmissed\n").into_bytes());
    });
}

#[test]
fn clips_made_twice_are_seen() {
    let second = |ready_ms: i64| ClipRecord { answered: false, ready_ms, ..clip("B") };
    check("belongs to no intent", |night| night.clips.push(second(CALL_MS + 240_000)));
    check("clip_urls.txt has no line of", |night| night.clips.push(second(CALL_MS + 240_000)));
    // Answered, it was known, whenever it was shown.
    check("belongs to no intent", |night| {
        night.clips.push(ClipRecord { answered: true, ..second(i64::MAX) });
    });
    check("", |night| night.clips.push(second(CALL_MS + 300_001)));
    check("", |night| {
        night.clips.push(ClipRecord { answered: true, ..second(i64::MAX) });
        night.net_ms.push(CALL_MS - 10_000);
    });
    check("belongs to no intent", |night| {
        night.clips.push(ClipRecord { answered: true, ..second(i64::MAX) });
        night.net_ms.push(CALL_MS - 100_000);
    });
    check("belongs to no intent", |night| {
        night.clips.push(ClipRecord { answered: true, ..second(CALL_MS + 240_000) });
        night.net_ms.push(CALL_MS - 10_000);
    });
    check("moments.tsv says [\"confirmed\", \"missed\"]", |night| {
        night.moments_tsv.extend(format!("{}\tmissed\n", columns("A")).into_bytes());
    });
}

#[test]
fn a_kill_excuses_what_it_cut_off_and_nothing_else() {
    let unknown = ClipRecord { ready_ms: i64::MAX, ..clip("B") };
    check("", |night| {
        night.clips.push(unknown.clone());
        night.kills_ms.push(CALL_MS + 500);
    });
    check("belongs to no intent", |night| {
        night.clips.push(unknown.clone());
        night.kills_ms.push(CALL_MS + 300_000);
    });
    let unpromised = |night: &mut Evidence| {
        night.moments.clear();
        night.intents.clear();
        night.accepted.clear();
        night.clips.clear();
        night.moments_tsv = format!("# {HEADER}\tstate\n").into_bytes();
        night.clip_urls = format!("# {HEADER}\n").into_bytes();
    };
    let lost = "was told in the log and is not kept";
    check(lost, unpromised);
    check("", |night| {
        unpromised(night);
        night.kills_ms.push(1_000_100);
    });
    check(lost, |night| {
        // A later one was promised before the kill.
        unpromised(night);
        let mut later = good();
        let (moment, intent) = (&mut later.moments[0], &mut later.intents[0]);
        (moment.key.trigger_ms, moment.start_ms) = (1_000_050, 990_050);
        (intent.key.trigger_ms, intent.start_ms) = (1_000_050, 990_050);
        intent.created_ms = 1_000_080;
        night.log.push(told_line(1_000_070, 1_000_050));
        night.moments.push(moment.clone());
        night.intents.push(intent.clone());
        night.kills_ms.push(1_010_000);
    });
    // Twitch's clock had jumped by a quarter of an hour: the log knows when it was told.
    for jump_ms in [-900_000, 900_000] {
        let jumped = |night: &mut Evidence| {
            unpromised(night);
            night.log[0] = told_line(1_000_000 - jump_ms, 1_000_000);
        };
        check(lost, |night| {
            jumped(night);
            night.kills_ms.push(1_000_100);
        });
        check("", |night| {
            jumped(night);
            night.kills_ms.push(1_000_100 - jump_ms);
        });
    }
    check("moments.tsv says []", |night| {
        // A moment is kept with its promise, or not at all.
        unpromised(night);
        night.moments = good().moments;
        night.kills_ms.push(1_000_100);
    });
    // But for one in the stretch of another, whose line comes after its row.
    let overlapped = |night: &mut Evidence| {
        let mut second = good().moments.remove(0);
        (second.key.trigger_ms, second.start_ms, second.end_ms) = (1_005_000, 1_000_000, 1_005_000);
        night.moments.push(second);
        night.log.push(told_line(1_005_000, 1_005_000));
    };
    check("moments.tsv says []", overlapped);
    check("", |night| {
        overlapped(night);
        night.kills_ms.push(1_005_100);
    });
    check("moments.tsv says []", |night| {
        // Nobody knows when it was decided.
        overlapped(night);
        night.log.clear();
        night.kills_ms.push(1_005_100);
    });
    let missed = |night: &mut Evidence| {
        unpromised(night);
        let Evidence { moments, intents, .. } = good();
        *night = Evidence { moments, intents, ..night.clone() };
        let intent = &mut night.intents[0];
        (intent.state, intent.clip_id, intent.from_vod) = (IntentState::Missed, None, true);
        intent.reason = Some("why".to_owned());
        let line = columns("A").replace(&url("A"), "-");
        night.moments_tsv.extend(format!("{line}\tmissed\n").into_bytes());
    };
    check("is missed in fair weather", missed);
    check("", |night| {
        missed(night);
        night.kills_ms.push(CALL_MS + 100);
    });
}

#[test]
fn torn_lines_and_damage_are_seen() {
    check("its last line has no end", |night| night.clip_urls.truncate(night.clip_urls.len() - 1));
    check("too few or too many columns", |night| night.clip_urls.extend(b"1970\tninja\n"));
    check("its header is missing", |night| night.moments_tsv[0] = b'!');
    check("no UTF-8", |night| night.moments_tsv.push(255));
    check("control character", |night| {
        night.clip_urls = String::from_utf8_lossy(&night.clip_urls).replace("wow", "w\0w").into();
    });
    check("clip_urls.txt has 2 lines", |night| {
        night.clip_urls.extend(format!("{}\n", columns("A")).into_bytes());
    });
    check("1 lines of no clip", |night| {
        night.clip_urls.extend(format!("{}\n", columns("Z")).into_bytes());
    });
    check("damaged: row 3 missing", |night| night.damage.push("row 3 missing".to_owned()));
    check("damaged: ninja.bad", |night| night.bad_models.push("ninja.bad".to_owned()));
    check("damaged: x.mp4 is not whole", |night| {
        night.bad_videos.push("x.mp4 is not whole".to_owned());
    });
    let dead =
        r#"{"message":"Twitch no longer accepts the token, and it can't be renewed any more"}"#;
    check("nobody revoked the token", |night| night.log.push(dead.to_owned()));
    check("", |night| {
        night.log.push(dead.to_owned());
        night.log_ins = 1;
    });
    check("panicked", |night| night.log.push("thread 'main' panicked at x".to_owned()));
}

/// A night with these kills.
fn killed<const KILLS: usize>(dead: [Dead; KILLS]) -> impl FnOnce(&mut Evidence) {
    move |night: &mut Evidence| night.dead = dead.into()
}

#[test]
fn what_a_kill_left_is_seen_though_the_next_start_mends_it() {
    let whole = || Found::Whole([key()].into());
    let of = |database: Found| Dead { database, ..Dead::default() };
    check("", killed([of(Found::Nothing), of(Found::Nothing), of(whole()), of(whole())]));
    check("kill 1 left no database", killed([of(whole()), of(Found::Nothing)]));
    for before in [Found::Nothing, whole()] {
        let damaged = Found::Damaged("row 3 missing".to_owned());
        check("kill 1 left a damaged database: row 3", killed([of(before), of(damaged)]));
    }
    check("cliphound.db.bad2 was set aside", |night| {
        night.set_aside.push("cliphound.db.bad2".to_owned());
    });
    check("the log: {", |night| {
        night.log.push(r#"{"message":"the database x is damaged: it is now y"}"#.to_owned());
    });
}

#[test]
fn half_a_line_is_one_that_is_written_whole_later() {
    let header = format!("# {HEADER}\n");
    let clips = |text: &str| Dead { clip_urls: Some(text.as_bytes().to_vec()), ..Dead::default() };
    let line = columns("A");
    for good in ["", "# time\tch", header.as_str()] {
        check("", killed([clips(good)]));
    }
    for half in 1..=line.len() {
        check("", killed([clips(&format!("{header}{}", &line[..half]))]));
    }
    // Behind the clip's address a restart may know less.
    check("", killed([clips(&format!("{header}{}", line.replace("\t-\t", "\thttps://edit")))]));
    let other = columns("B");
    check("what kill 0 cut off is not there", killed([clips(&format!("{header}{other}"))]));
    check("what kill 0 cut off is not there", killed([clips("# tame")]));
    let torn = format!("{header}1970-01-01T{line}\n");
    check("kill 0 left a torn clip_urls.txt: a line with a time", killed([clips(&torn)]));
    let half_inside = format!("{header}{}\n{line}\n", &line[..40]);
    check("kill 0 left a torn clip_urls.txt: a line with too few", killed([clips(&half_inside)]));
    check("kill 0 left a torn clip_urls.txt: its header", killed([clips(&format!("{line}\n"))]));
    check("kill 1 left no clip_urls.txt", killed([clips(&header), Dead::default()]));
    let moments = Dead { moments_tsv: Some(format!("{line}\tmissed\n").into()), ..Dead::default() };
    check("kill 0 left a torn moments.tsv: its header", killed([moments]));
}

#[test]
fn what_is_said_of_a_clip_is_held_against_twitch() {
    check("Twitch made no such clip", |night| night.clips.clear());
    check("of somebody else", |night| {
        night.owners = [("A".to_owned(), IntentKey { trigger_ms: 1, ..key() })].into();
    });
    check("was never shown", |night| night.clips[0].ready_ms = i64::MAX);
    check("is unconfirmed, though A was shown", |night| {
        night.intents[0].state = IntentState::Unconfirmed;
    });
}
