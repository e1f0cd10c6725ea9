//! People, what is granted to them, and their tokens, when there are many: pages stay small.

use std::collections::BTreeMap;

use cliphound_store::access::{MAX_GRANTS, NewToken};

use super::*;
use crate::web::{access::people::Wanted, testing::browser::FORM};

/// The longest names of channels.
fn logins() -> Vec<String> {
    (0..300).map(|nth| format!("{:a>25}", format!("_{nth:03}"))).collect()
}

async fn somebody(rig: &Rig, name: &str) -> i64 {
    rig.app.access.add_person(&Wanted { name, ..Wanted::default() }).await.unwrap()
}

async fn small(rig: &Rig, path: &str) -> String {
    let page = rig.get(&Viewer::owner("ann"), path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    let size = page.text.len() + taken();
    assert!(size < 100_000, "{path} has {size} bytes with all that it takes");
    page.text
}

/// The link is used up, so the form would be of no use.
#[tokio::test]
async fn who_may_see_nothing_yet_is_told_that_the_password_is_set() {
    let rig = Rig::new().await;
    let id = somebody(&rig, "bob").await;
    let code = rig.app.access.invite(id).await.unwrap();
    let form = format!("code={code}&password=bobs+own+words&again=bobs+own+words");
    let answer = rig.stranger().post("/setup", FORM, &form).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("your password is set"), "{}", answer.text);
    assert!(!answer.text.contains("name=\"again\""), "{}", answer.text);
    assert!(rig.app.access.has_password(id).await.unwrap());
}

#[tokio::test]
async fn a_person_with_three_hundred_channels_is_a_small_page() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let id = somebody(&rig, "bob").await;
    for login in logins() {
        rig.app.access.grant(id, &login, Some(Role::Editor)).await.unwrap();
    }
    let card = small(&rig, "/settings/people").await;
    assert!(card.contains("and 295 more"), "{card}");
    let path = format!("/settings/people/{id}/grants");
    assert!(card.contains(&format!("href=\"{path}\"")), "{card}");
    let first = small(&rig, &path).await;
    assert!(first.contains("Channels of bob") && first.contains("1 to 40 of 300"), "{first}");
    assert!(first.contains(&format!("href=\"{path}?page=2\"")), "{first}");
    assert!(small(&rig, &format!("{path}?page=8")).await.contains("281 to 300 of 300"));
    let found = small(&rig, &format!("{path}?name=_299")).await;
    assert_eq!(found.matches("<tr><th scope=\"row\">").count(), 1, "{found}");

    let send = async |query: &str, channel: &str, role: &str| {
        let form = format!("channel={channel}&role={role}");
        rig.post(&ann, &format!("{path}{query}"), &form).await.to
    };
    let back = send("?page=3", &logins()[299], "").await;
    assert_eq!(back, format!("{path}?page=3"), "where it was taken back, more may follow");
    assert_eq!(send("?page=3", "Ninja", "owner").await, format!("{path}?name=ninja"));
    let rights = rig.app.access.grants(id).await.unwrap();
    assert_eq!((rights.len(), rights["ninja"].as_str()), (300, "owner"));
    let editor = Viewer { role: Some(Role::Editor), ..Viewer::owner("eve") };
    assert_eq!(rig.get(&editor, &path).await.status, 403);
    assert_eq!(rig.post(&editor, &path, "channel=x&role=owner").await.status, 403);
    assert_eq!(rig.get(&ann, "/settings/people/999/grants").await.status, 404);
}

#[tokio::test]
async fn channels_are_granted_up_to_a_bound() {
    let rig = Rig::new().await;
    let id = somebody(&rig, "bob").await;
    let many = |count: u32| -> BTreeMap<String, Role> {
        (0..count).map(|nth| (format!("chan{nth}"), Role::Viewer)).collect()
    };
    let access = &rig.app.access;
    access.set_rights(id, None, Some(&many(MAX_GRANTS))).await.unwrap();
    let refused = access.grant(id, "ninja", Some(Role::Viewer)).await.unwrap_err();
    assert_eq!((refused.status, refused.detail.contains("too many grants")), (409, true));
    assert_eq!(
        access.set_rights(id, None, Some(&many(MAX_GRANTS + 1))).await.unwrap_err().status,
        409
    );
    access.grant(id, "chan1", Some(Role::Owner)).await.unwrap();
    access.grant(id, "chan2", None).await.unwrap();
    access.grant(id, "ninja", Some(Role::Viewer)).await.unwrap();
    assert_eq!(access.grants(id).await.unwrap().len(), MAX_GRANTS as usize);
}

#[tokio::test]
async fn three_hundred_people_are_some_small_pages() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    for nth in 0..300 {
        let id = somebody(&rig, &format!("{:a>32}", format!("_{nth:03}"))).await;
        for login in &logins()[..6] {
            rig.app.access.grant(id, login, Some(Role::Viewer)).await.unwrap();
        }
    }
    let first = small(&rig, "/settings/people").await;
    assert!(first.contains("1 to 15 of 300") && first.contains("href=\"/settings/people?page=2\""));
    assert!(small(&rig, "/settings/people?page=20").await.contains("286 to 300 of 300"));
    let found = small(&rig, "/settings/people?name=_007").await;
    assert_eq!(found.matches("<section class=\"card\" aria-labelledby=\"p").count(), 1, "{found}");
    assert!(small(&rig, "/settings/people?name=zzz").await.contains("Nobody has “zzz”"));
    let id = rig.app.access.people().await.unwrap()[20].id;
    let answer = rig.post(&ann, &format!("/settings/people/{id}/role?page=2"), "role=owner").await;
    assert_eq!(answer.to, "/settings/people?page=2", "where they are to be seen");
    let added = rig.post(&ann, "/settings/people", "name=zoe&role=viewer").await.text;
    assert!(added.contains("The link for zoe") && !added.contains("_007"), "{added}");

    let list = async |query: &str| {
        let answer = rig.get(&ann, &format!("/api/v1/people{query}")).await;
        let list: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status.as_u16(), list.as_array().map(Vec::len))
    };
    assert_eq!(list("").await, (200, Some(301)));
    assert_eq!(list("?page=8").await, (200, Some(21)));
    assert_eq!(list("?page=9").await, (200, Some(0)));
    assert_eq!(list("?name=_00&page=1").await, (200, Some(10)));
    assert_eq!(list("?page=0").await, (422, None));
}

#[tokio::test]
async fn three_hundred_tokens_are_some_small_pages() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let channels = logins().join(" ");
    for name in ["bob", "eve", "zoe"] {
        let person = somebody(&rig, name).await;
        for nth in 0..100 {
            let new = NewToken {
                hash: &crate::web::access::secret::hash(&format!("{name}{nth}")),
                person,
                name: &format!("{:a>60}", format!("_{nth:03}")),
                role: "viewer",
                channels: Some(&channels),
                now_ms: NOW_MS + nth,
                expires_ms: None,
            };
            rig.app.store.add_token(&new).await.unwrap();
        }
    }
    let check = async |query: &str, told: &str| {
        let page = ann.get(&format!("/settings/tokens{query}")).await.text;
        assert!(page.contains(told), "{told}: {page}");
        let size = page.len() + taken();
        assert!(size < 100_000, "{query}: {size} bytes with all that it takes");
    };
    check("", "1 to 40 of 300").await;
    check("", "and 290 more").await;
    check("?page=8", "281 to 300 of 300").await;
    check("?name=eve", "1 to 40 of 100").await;
    check("?name=nobody", "No token has “nobody”").await;
}
