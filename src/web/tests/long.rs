//! Streams of which very much is known, and days that stand for streams.

use super::*;

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
    assert_eq!(page.matches("<summary>Its curve").count(), 10);
    assert_eq!(page.matches("<h3><time").count(), 50);
    assert!(page.contains("The 50 most watched of 1"), "{page}");
    assert!(page.contains(">W149<") || page.contains("/W149\""), "the most watched: {page}");
    assert!(!page.contains("/W1\""), "and not the least: {page}");
    assert!(page.len() + taken() < 100_000, "{} bytes", page.len());
    let path = format!("/api/v1/streams/ninja/{START_MS}/mirror");
    let all: serde_json::Value = serde_json::from_str(&rig.get(&owner, &path).await.text).unwrap();
    assert!(all.as_array().unwrap().len() > 100, "the API has all");
}
