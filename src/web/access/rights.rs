//! What somebody may do, from the database's words, the settings' names and a token's bounds.

use std::{collections::BTreeMap, sync::Arc};

use cliphound_store::access::{CameIn, Person, TokenRow};
use cliphound_twitch::ChannelLogin;

use super::{Pass, Role, Viewer};
use crate::{config::Web, web::zone::Zone};

/// What somebody may do; `None`: nothing at all, so they are not let in. Words of newer versions
/// grant nothing.
#[must_use]
pub fn of_person(
    web: &Web,
    person: &Person,
    grants: &BTreeMap<String, String>,
) -> Option<(Option<Role>, BTreeMap<ChannelLogin, Role>)> {
    let own = person.role.as_deref().and_then(|word| word.parse().ok());
    let named = person.twitch_login.as_deref().and_then(|login| of_login(web, login));
    let role = own.max(named);
    let grant = |(channel, role): (&String, &String)| {
        Some((ChannelLogin::parse(channel).ok()?, role.parse::<Role>().ok()?))
    };
    let grants: BTreeMap<_, _> = grants.iter().filter_map(grant).collect();
    (role.is_some() || !grants.is_empty()).then_some((role, grants))
}

/// What the settings say about a user of Twitch.
#[must_use]
pub fn of_login(web: &Web, login: &str) -> Option<Role> {
    [(Role::Owner, &web.owners), (Role::Editor, &web.editors), (Role::Viewer, &web.viewers)]
        .into_iter()
        .find(|(_, logins)| logins.iter().any(|named| named.as_str() == login))
        .map(|(role, _)| role)
}

/// Whoever has a session.
#[must_use]
pub fn by_session(
    web: &Web,
    person: &Person,
    grants: &BTreeMap<String, String>,
    session: i64,
    csrf: String,
) -> Option<Viewer> {
    let (role, grants) = of_person(web, person, grants)?;
    let pass =
        Pass { person: person.id, session: Some(session), token: None, most: None, unbound: None };
    let pass = Some(pass);
    let (name, troubles, zone) = (person.name.clone(), Arc::default(), Zone::default());
    Some(Viewer { name, role, grants, csrf, pass, troubles, zone })
}

/// A program: no more than its token says, and no more than the token's person may.
#[must_use]
pub fn by_token(web: &Web, came: &CameIn<TokenRow>) -> Option<Viewer> {
    let (role, grants) = of_person(web, &came.person, &came.grants)?;
    let most: Role = came.by.role.parse().ok()?;
    let (person, token) = (came.person.id, Some(came.by.id));
    let unbound = role.filter(|_| came.by.channels.is_some()).map(|role| role.min(most));
    let pass = Some(Pass { person, session: None, token, most: Some(most), unbound });
    let (name, csrf) = (came.person.name.clone(), String::new());
    let (troubles, zone) = (Arc::default(), Zone::default());
    let whole = Viewer { name, role, grants, csrf, pass, troubles, zone };
    let Some(channels) = &came.by.channels else {
        let role = whole.role.map(|role| role.min(most));
        let grants = whole.grants.into_iter().map(|(at, role)| (at, role.min(most))).collect();
        return Some(Viewer { role, grants, ..whole });
    };
    let channels = channels.split_whitespace().filter_map(|name| ChannelLogin::parse(name).ok());
    let grants =
        channels.filter_map(|at| whole.role_in(&at).map(|role| (at, role.min(most)))).collect();
    Some(Viewer { role: None, grants, ..whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Option<&str>, twitch: Option<&str>) -> Person {
        Person {
            id: 1,
            name: "Ann".to_owned(),
            role: role.map(str::to_owned),
            has_password: true,
            twitch_login: twitch.map(str::to_owned),
            twitch_id: None,
            invite_until_ms: None,
            created_ms: 0,
        }
    }

    fn granted(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(at, role)| ((*at).to_owned(), (*role).to_owned())).collect()
    }

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    #[test]
    fn the_highest_word_counts_and_none_lets_nobody_in() {
        let web = Web { editors: vec![login("ann")], ..Web::default() };
        let check = |person: &Person, expected: Option<Role>| {
            let found = of_person(&web, person, &BTreeMap::new()).and_then(|(role, _)| role);
            assert_eq!(found, expected, "{person:?}");
        };
        check(&person(Some("viewer"), None), Some(Role::Viewer));
        check(&person(Some("viewer"), Some("ann")), Some(Role::Editor));
        check(&person(Some("owner"), Some("ann")), Some(Role::Owner));
        check(&person(None, Some("bob")), None);
        check(&person(Some("emperor"), None), None);
        assert!(of_person(&web, &person(None, None), &granted(&[("x", "emperor")])).is_none());
        assert!(of_person(&web, &person(None, None), &granted(&[("x", "viewer")])).is_some());
    }

    #[test]
    fn a_token_may_no_more_than_it_says_and_than_its_person() {
        let check = |role: Option<&str>,
                     most: &str,
                     channels: Option<&str>,
                     expected: [&str; 3]| {
            let by = TokenRow {
                id: 1,
                person: 1,
                person_name: "Ann".to_owned(),
                name: "x".to_owned(),
                role: most.to_owned(),
                channels: channels.map(str::to_owned),
                created_ms: 0,
                expires_ms: None,
                used_ms: None,
            };
            let came =
                CameIn { by, person: person(role, None), grants: granted(&[("one", "editor")]) };
            let viewer = by_token(&Web::default(), &came).unwrap();
            let word = |role: Option<Role>| role.map_or("-", Role::as_str);
            let found = [
                word(viewer.role),
                word(viewer.role_in(&login("one"))),
                word(viewer.role_in(&login("two"))),
            ];
            assert_eq!(found, expected, "{role:?} {most} {channels:?}");
        };
        check(Some("owner"), "owner", None, ["owner", "owner", "owner"]);
        check(Some("owner"), "editor", None, ["editor", "editor", "editor"]);
        check(Some("viewer"), "owner", None, ["viewer", "editor", "viewer"]);
        check(None, "viewer", None, ["-", "viewer", "-"]);
        check(Some("owner"), "editor", Some("two"), ["-", "-", "editor"]);
        check(None, "owner", Some("one two"), ["-", "editor", "-"]);
    }
}
