//! What can't be taken back is asked about first, also of those without a script.

use super::{
    super::{
        access::Role,
        testing::{
            Rig,
            browser::{Browser, FORM},
        },
    },
    learned,
};

/// A form that the script asks about in a dialog.
struct Form {
    action: String,
    asks: String,
}

/// Those of a page.
async fn forms(browser: &Browser<'_>, path: &str) -> Vec<Form> {
    let page = browser.get(path).await.text;
    let forms = page.split("<form ").filter(|form| form.contains("data-sure"));
    let value = |form: &str, name: &str| {
        let (_, rest) = form.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    forms
        .map(|form| Form { action: value(form, "action"), asks: value(form, "data-sure") })
        .collect()
}

async fn csrf(browser: &Browser<'_>) -> String {
    let page = browser.get("/channels").await.text;
    let (_, rest) = page.split_once("name=\"csrf\" content=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn whoever_has_no_script_is_asked_on_a_page_and_nothing_happens_before() {
    let rig = Rig::new().await;
    *rig.wood.learned.lock().unwrap() = Some(learned());
    let owner = rig.browser("xenia", Role::Owner).await;
    let bob = rig.browser("bob", Role::Editor).await;
    let csrf = csrf(&owner).await;
    let token = format!("name=a+<b>+program&role=viewer&csrf={csrf}");
    assert_eq!(owner.post("/settings/tokens", FORM, &token).await.status, 200);
    let done = || rig.wood.by_hand.lock().unwrap().clone();
    let mut answered = Vec::new();
    for path in
        ["/channels", "/channels/ninja/settings", "/settings/tokens", "/settings/people?name=b"]
    {
        for Form { action, asks } in forms(&owner, path).await {
            let before = done();
            let page = owner.post(&action, FORM, &format!("csrf={csrf}")).await;
            assert_eq!(page.status, 200, "{action}: {}", page.text);
            let (title, lost) = asks.split_once("? ").unwrap();
            let back = format!("href=\"{}\"", path.replace('&', "&#38;"));
            for part in [&format!("<h1>{title}?</h1>"), lost, "name=\"sure\" value=\"yes\"", &back]
            {
                assert!(page.text.contains(part), "{action}: {part}: {}", page.text);
            }
            assert_eq!(done(), before, "{action}");
            // Other words are no yes.
            let maybe = owner.post(&action, FORM, &format!("sure=no&csrf={csrf}")).await;
            assert_eq!(maybe.status, 200, "{action}");
            assert_eq!(
                owner.post(&action, FORM, "sure=yes").await.status,
                403,
                "without the token"
            );
            answered.push((action, asks, path));
        }
    }
    let kinds: Vec<_> =
        answered.iter().map(|(_, asks, _)| asks.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, ["Stop", "Forget", "End", "Log", "Remove"]);
    assert_eq!((done(), bob.get("/review").await.status.as_u16()), (vec![], 200));
    for (action, _, path) in answered {
        let sent = owner.post(&action, FORM, &format!("sure=yes&csrf={csrf}")).await;
        assert_eq!((sent.status.as_u16(), sent.to.as_str()), (303, path), "{action}");
    }
    assert_eq!(done(), ["xenia leaves ninja", "xenia renews ninja: None bytes"]);
    assert_eq!(bob.get("/review").await.status, 303, "logged out");
    for (path, gone) in [("/settings/people", "bob"), ("/settings/tokens", "program</th>")] {
        assert!(!owner.get(path).await.text.contains(gone), "{path}");
    }
}
