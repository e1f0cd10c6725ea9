//! In whose time zone pages and the API write times and cut days.

use axum::{
    body::Body,
    http::{Request, header},
};

use super::*;

/// What somebody is shown whose browser tells this zone.
async fn get(rig: &Rig, zone: &str, path: &str) -> String {
    let request = Request::get(path)
        .extension(Viewer::owner("ann"))
        .header(header::COOKIE, format!("cliphound=x; cliphound_zone={zone}"));
    let answer = rig.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.text
}

#[tokio::test]
async fn days_are_the_viewers_unless_a_zone_is_typed() {
    let rig = evening().await;
    // 10:16 in UTC, and past midnight there.
    let far = "Pacific/Kiritimati";
    for (zone, typed, day) in [
        (far, "", "2026-11-22"),
        (far, "?zone=UTC", "2026-11-21"),
        ("UTC", "", "2026-11-21"),
        ("UTC", "?zone=Pacific/Kiritimati", "2026-11-22"),
    ] {
        let page = get(&rig, zone, &format!("/analytics{typed}")).await;
        assert!(page.contains(&format!("<th scope=\"row\">{day}</th>")), "{zone} {typed}: {page}");
        let sums = get(&rig, zone, &format!("/api/v1/analytics{typed}")).await;
        assert!(sums.contains(&format!("\"{day}\"")), "{zone} {typed}: {sums}");
    }
    let page = get(&rig, far, "/analytics").await;
    assert!(page.contains("Moments an hour, Pacific/Kiritimati"), "{page}");
    let moments = async |zone: &str| {
        get(&rig, zone, "/api/v1/moments?verdict=any&from=2026-11-22").await.contains("\"key\"")
    };
    assert!(moments(far).await && !moments("UTC").await);
    let export = async |zone: &str| {
        let csv = get(&rig, zone, "/api/v1/export/moments.csv?from=2026-11-22&to=2026-11-22").await;
        csv.lines().count()
    };
    assert_eq!((export(far).await, export("UTC").await), (4, 1));
}

#[tokio::test]
async fn curves_and_their_tables_have_the_viewers_times() {
    let rig = evening().await;
    let path = format!("/streams/ninja/{START_MS}");
    for (zone, clock) in [("Asia/Tokyo", "19:00"), ("UTC", "10:00")] {
        let page = get(&rig, zone, &path).await;
        for part in [format!("\">{clock}</time>"), format!("<th scope=\"row\">{clock}</th>")] {
            assert!(page.contains(&part), "{zone}: {part} in {page}");
        }
        assert!(page.contains("<summary>As a table</summary>"), "{page}");
        let typed = get(&rig, zone, &format!("{path}?zone=Asia/Kolkata")).await;
        assert!(typed.contains("<th scope=\"row\">15:30</th>"), "{typed}");
    }
}

#[tokio::test]
async fn a_cookie_that_names_no_zone_changes_nothing() {
    let rig = evening().await;
    let own = rig.get(&Viewer::owner("ann"), "/analytics").await.text;
    for zone in ["", "Mars/Base", "../../../etc/passwd", "%3Cb%3E"] {
        assert_eq!(get(&rig, zone, "/analytics").await, own, "{zone}");
    }
}

/// Any change of a filter sends its form: the days stay those of the zone that was typed.
#[tokio::test]
async fn a_typed_zone_stays_when_a_filter_changes() {
    let rig = evening().await;
    for path in ["/review", "/streams", "/analytics"] {
        let page = get(&rig, "UTC", &format!("{path}?zone=Asia/Tokyo&from=2026-11-20")).await;
        let forms = page.split("<form class=\"filters\" method=\"get\"").skip(1);
        let forms: Vec<_> = forms.map(|rest| rest.split("</form>").next().unwrap()).collect();
        assert!(!forms.is_empty(), "{page}");
        for form in forms {
            let zone = form.split("name=\"zone\"").nth(1).unwrap_or_default();
            assert!(zone.starts_with(" value=\"Asia/Tokyo\""), "{path}: {form}");
        }
    }
    let plain = get(&rig, "UTC", "/review").await;
    assert!(!plain.contains("name=\"zone\""), "the cookie's zone is nobody's wish: {plain}");
}
