//! Streams of which very much is known, and days that stand for streams.

use axum::{body::Body, http::Request};
use cliphound_store::VodRow;

use super::*;
use crate::web::streams;

fn links(page: &str) -> Vec<String> {
    let links = page.split("<a href=\"/streams/ninja/").skip(1);
    links.map(|rest| format!("/streams/ninja/{}", rest.split('"').next().unwrap())).collect()
}

/// What was known at which times, in hours before now, of a channel that nobody asked about.
async fn unasked(stretches: &[(i64, i64)]) -> Rig {
    let rig = Rig::new().await;
    let before = |hours: i64| NOW_MS - hours * 3_600_000;
    let stretch = |(from_h, to_h): &(i64, i64)| Stretch {
        start_ms: before(*from_h),
        end_ms: before(*to_h),
        word: "unknown".to_owned(),
    };
    let live = Rewrite {
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        kind: Kind::Live,
        from_ms: before(99),
        stretches: stretches.iter().map(stretch).collect(),
    };
    let run = Run { start_ms: before(99), end_ms: NOW_MS, is_clean: true };
    rig.app.store.keep_watched(&run, &[live]).await.unwrap();
    rig
}

fn at(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

#[tokio::test]
async fn a_day_of_the_list_is_the_one_that_opens() {
    let rig = unasked(&[(40, 20), (19, 1)]).await;
    let owner = Viewer::owner("ann");
    for (zone, count) in [("Pacific/Kiritimati", 2), ("America/New_York", 2), ("UTC", 3)] {
        let list = rig.get(&owner, &format!("/streams?zone={zone}")).await.text;
        let days = links(&list);
        assert_eq!(days.len(), count, "{zone}: {list}");
        for path in days {
            let start = path.split(['/', '?']).nth(3).unwrap().parse().unwrap();
            let page = rig.get(&owner, &path).await.text;
            assert!(
                page.contains(&format!("datetime=\"{}\" data-as=\"both\"", at(start))),
                "{page}"
            );
        }
    }
}

#[tokio::test]
async fn a_time_in_the_middle_opens_all_of_its_day() {
    // 06:00 of the day before is 30 hours ago.
    let rig = unasked(&[(29, 20), (19, 1)]).await;
    let (owner, began) = (Viewer::owner("ann"), at(NOW_MS - 29 * 3_600_000));
    let path = format!("/streams/ninja/{}?zone=UTC", NOW_MS - 10 * 3_600_000);
    let page = rig.get(&owner, &path).await.text;
    assert!(page.contains(&format!("datetime=\"{began}\" data-as=\"both\"")), "{page}");
    assert!(page.contains("23 h 00 min"), "{page}");
    assert_eq!(rig.get(&owner, &path.replace("UTC", "Mars")).await.status, 422);
}

#[tokio::test]
async fn a_page_of_very_much_has_bounds() {
    let rig = evening().await;
    let clips: Vec<ViewerClip> = (1..150)
        .map(|nth| ViewerClip { views: nth, ..viewer_clip(&format!("W{nth}"), nth * 46) })
        .collect();
    rig.app.store.add_viewer_clips(&clips).await.unwrap();
    let owner = Viewer::owner("ann");
    let page = rig.get(&owner, &format!("/streams/ninja/{START_MS}")).await.text;
    let missed = page.matches("<span class=\"tag bad\">missed").count();
    assert!(missed > 10, "{missed}");
    assert_eq!(page.matches("<summary>Its curve").count(), missed, "each has its curve");
    assert_eq!(page.matches("<h3><time").count(), 15);
    assert!(page.contains("1 to 15 of 1") && page.contains("the most watched first"), "{page}");
    assert!(page.contains(">W149<") || page.contains("/W149\""), "the most watched: {page}");
    assert!(!page.contains("/W1\""), "and not the least: {page}");
    assert!(page.len() + taken() < 100_000, "{} bytes", page.len());
    let path = format!("/api/v1/streams/ninja/{START_MS}/mirror");
    let all: serde_json::Value = serde_json::from_str(&rig.get(&owner, &path).await.text).unwrap();
    assert!(all.as_array().unwrap().len() > 100, "the API has all");
}

/// What a year ago was live, found and clipped is as old as the moments that are kept.
#[tokio::test]
async fn a_stream_of_last_year_has_its_mirror() {
    let rig = Rig::new().await;
    let (store, owner) = (&rig.app.store, Viewer::owner("ann"));
    const BACK_S: i64 = 400 * 86_400;
    let began_ms = START_MS - BACK_S * 1000;
    let day = at(began_ms).split('T').next().unwrap().to_owned();
    let stretch =
        |start_ms, end_ms, word: &str| Stretch { start_ms, end_ms, word: word.to_owned() };
    let of = |kind, stretches| Rewrite {
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        kind,
        from_ms: began_ms,
        stretches,
    };
    let quiet_ms = began_ms + 10 * 86_400_000;
    let unanswered = stretch(quiet_ms, quiet_ms + 3_000, "unknown");
    let lately = stretch(NOW_MS - 60_000, NOW_MS, "online");
    let known = [
        of(Kind::Live, vec![stretch(began_ms, began_ms + 7_200_000, "online"), unanswered, lately]),
        of(Kind::Gap, vec![stretch(began_ms + 5_000_000, began_ms + 5_060_000, "connection")]),
        of(Kind::Held, vec![stretch(NOW_MS - 30_000, NOW_MS, "held")]),
    ];
    let run = Run { start_ms: began_ms, end_ms: NOW_MS, is_clean: true };
    store.keep_watched(&run, &known).await.unwrap();
    let vod = |vod_id: &str, started_ms| VodRow {
        vod_id: vod_id.to_owned(),
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        started_ms,
        length_s: 7_200,
    };
    // It began to be recorded ten minutes before we came.
    let vods = [vod("97", began_ms - 600_000), vod("98", NOW_MS - 3_600_000)];
    store.keep_vods(&vods).await.unwrap();
    moment(store, "7", "ninja", 1_000 - BACK_S, "hype").await;
    clipped(store, "7", 1_000 - BACK_S, "A").await;
    let theirs = |id: &str, at_s: i64| ViewerClip {
        vod_offset: Some(at_s + 600),
        ..viewer_clip(id, at_s - BACK_S)
    };
    store.add_viewer_clips(&[theirs("V1", 985), theirs("V2", 5_000)]).await.unwrap();

    let get = async |path: &str| -> serde_json::Value {
        let answer = rig.get(&owner, path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    };
    let list = get(&format!("/api/v1/streams?zone=UTC&from={day}&to={day}")).await;
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!((&list[0]["caught"], &list[0]["top"]), (&1.into(), &2.into()), "{list}");
    let quiet = at(quiet_ms).split('T').next().unwrap().to_owned();
    let list = get(&format!("/api/v1/streams?zone=UTC&from={quiet}&to={quiet}")).await;
    assert_eq!(
        list,
        serde_json::json!([]),
        "Twitch was asked, and did not answer for some seconds"
    );
    let path = format!("/streams/ninja/{began_ms}");
    for at_ms in [i64::MIN, i64::MAX] {
        let none = rig.get(&owner, &format!("/streams/ninja/{at_ms}")).await;
        assert_eq!(none.status, 404, "{}", none.text);
    }
    let stream = get(&format!("/api/v1{path}")).await;
    assert_eq!((&stream["moments"], &stream["clips"]), (&1.into(), &1.into()), "{stream}");
    assert_eq!(stream["gaps"][0]["cause"], "connection", "{stream}");
    assert_eq!(stream["vod_url"], serde_json::Value::Null, "Twitch has it no more");
    let mirror = get(&format!("/api/v1{path}/mirror")).await;
    assert_eq!(mirror[0]["became"], "caught", "placed by its VOD: {mirror}");
    let page = rig.get(&owner, &path).await.text;
    assert!(page.contains("No figures of this time are kept"), "{page}");
    let now = get(&format!("/api/v1/streams/ninja/{}", NOW_MS - 1)).await;
    assert_eq!(now["vod_url"], "https://www.twitch.tv/videos/98?t=0h59m0s", "{now}");
    assert_eq!(now["gaps"][0]["kind"], "held", "{now}");
}

/// Each miss has its curve: in its place with the script, on a page of its own without, and for
/// programs.
#[tokio::test]
async fn what_was_missed_has_a_curve() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let stream = format!("/streams/ninja/{START_MS}");
    let page = rig.get(&owner, &stream).await.text;
    let path = page.split("<details data-fetch=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = path.replace("&#38;", "&");
    let start_ms = START_MS + 5_000_000;
    assert_eq!(path, format!("{stream}/curve?start_ms={start_ms}&end_ms={}", start_ms + 30_000));
    assert!(page.contains(&format!("<p id=\"curve-{start_ms}\"><a href=")), "{page}");
    let alone = rig.get(&owner, &path).await;
    let has_link = alone.text.contains(&format!("href=\"{stream}\""));
    assert!(has_link && alone.text.contains("Chat around this highlight"), "{}", alone.text);
    let request = Request::get(&path).extension(owner.clone()).header("x-fragment", "1");
    let part = rig.ask(request.body(Body::empty()).unwrap()).await.text;
    assert!(part.starts_with(&format!("<div id=\"curve-{start_ms}\"><figure")), "{part}");

    let curve = async |query: &str| {
        let answer = rig.get(&owner, &format!("/api/v1{stream}/curve{query}")).await;
        let curve: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status.as_u16(), curve)
    };
    let (from_ms, to_ms) = (start_ms, start_ms + 30_000);
    let (_, around) = curve(&format!("?from_ms={from_ms}&to_ms={to_ms}")).await;
    assert_eq!(
        (&around["step_ms"], around["points"].as_array().unwrap().len()),
        (&5_000.into(), 7)
    );
    let peak = around["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["figures"]["score"].as_f64().unwrap());
    assert!((peak.fold(0.0, f64::max) - 0.65).abs() < 1e-6, "{around}");
    let (_, all) = curve("").await;
    assert!(all["points"].as_array().unwrap().len() <= 301, "{all}");
    assert_eq!(all["points"][0]["figures"]["messages_per_second"], 2.4);
    assert_eq!(curve("?from_ms=5&to_ms=6").await.0, 422);
    for bad in ["start_ms=5&end_ms=4", "start_ms=-9223372036854775808&end_ms=9223372036854775807"] {
        assert_eq!(rig.get(&owner, &format!("{stream}/curve?{bad}")).await.status, 422, "{bad}");
    }
    let far = format!("{stream}/curve?start_ms={}&end_ms={}", i64::MIN, i64::MIN + 9);
    assert_eq!(rig.get(&owner, &far).await.status, 200, "nothing is known of it");
    let stranger = Viewer { role: None, ..Viewer::owner("eve") };
    for path in [path.clone(), format!("/api/v1{stream}/curve"), format!("/api/v1{stream}")] {
        assert_eq!(rig.get(&stranger, &path).await.status, 404, "{path}");
    }
}

/// A page has up to fifty of them: none reads the whole stream, and each is as the whole tells it.
#[tokio::test]
async fn for_a_part_of_a_stream_no_more_is_read_than_is_shown() {
    let rig = evening().await;
    let (owner, start_ms) = (Viewer::owner("ann"), START_MS + 985_000);
    let (from_ms, to_ms) = streams::around(start_ms, start_ms + 30_000);
    let read = async |part: (i64, i64)| {
        streams::part(&rig.app, &owner, "ninja", START_MS, "", part).await.unwrap()
    };
    let (whole, part) = (read((i64::MIN, i64::MAX)).await, read((from_ms, to_ms)).await);
    assert_eq!((whole.windows.len() > 1_400, part.windows.len() < 250), (true, true));
    assert_eq!((whole.outcomes.len(), part.outcomes.len()), (2, 1));
    let points = |of: &streams::Whole| streams::points::points(&of.windows, from_ms, to_ms);
    assert_eq!(points(&part), points(&whole));
    assert_eq!(part.mirror.highlights, whole.mirror.highlights[..1]);
    assert_eq!(whole.mirror.highlights.len(), 2);
}

/// What all of them have in common stands on the first page; the others count their own streams.
#[tokio::test]
async fn a_further_page_of_streams_counts_its_own() {
    let rig = Rig::new().await;
    const DAY_MS: i64 = 86_400_000;
    let (store, owner) = (&rig.app.store, Viewer::owner("ann"));
    let stretches: Vec<_> = (1..=50)
        .rev()
        .map(|days| {
            let start_ms = NOW_MS - days * DAY_MS;
            Stretch { start_ms, end_ms: start_ms + 7_200_000, word: "online".to_owned() }
        })
        .collect();
    let from_ms = stretches[0].start_ms;
    let live = Rewrite { from_ms, stretches, ..live("7", "ninja") };
    let run = Run { start_ms: from_ms, end_ms: NOW_MS, is_clean: true };
    store.keep_watched(&run, &[live]).await.unwrap();
    // A moment of the oldest stream, and two clips of viewers.
    let oldest_s = (from_ms - START_MS) / 1000;
    moment(store, "7", "ninja", oldest_s + 1_000, "hype").await;
    clipped(store, "7", oldest_s + 1_000, "A").await;
    let theirs = |id: &str, at_s: i64| ViewerClip {
        vod_offset: Some(at_s),
        ..viewer_clip(id, oldest_s + at_s)
    };
    store.add_viewer_clips(&[theirs("V1", 985), theirs("V2", 5_000)]).await.unwrap();
    let list = "/streams?zone=UTC&from=2026-09-01&to=2026-11-21";
    let first = rig.get(&owner, list).await.text;
    assert!(first.contains("<strong>1</strong> were caught (50 %)"), "{first}");
    assert!(first.contains("1 to 40 of 50") && !first.contains("first page"), "{first}");
    let second = rig.get(&owner, &format!("{list}&page=2")).await.text;
    assert!(second.contains("41 to 50 of 50") && second.contains(">1 of 2</td>"), "{second}");
    assert!(second.contains("of all 50 streams") && !second.contains("were caught ("), "{second}");
    assert_eq!(links(&second).len(), 10);
}
