//! Whether what somebody came in by still holds, for what stays open after it was answered.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_store::access::CameIn;

use super::{Access, Pass, Viewer, rights};
use crate::web::Problem;

/// How often it is looked, real time: log-outs and changes are also made by other processes.
const EVERY: Duration = Duration::from_secs(3);

impl Access {
    /// Ends when the session or token that somebody came in by is over, or they may do something
    /// else by now than when they came. While the database can't tell, it goes on.
    pub async fn until_changed(self, viewer: Viewer) {
        // Nobody else than tests comes in by nothing.
        let Some(pass) = viewer.pass else { return std::future::pending().await };
        loop {
            Clock::system().sleep(EVERY).await;
            if let Ok(false) = self.still_holds(&viewer, pass).await {
                return;
            }
        }
    }

    /// Whether what somebody may do is what it was when they came in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds(&self, viewer: &Viewer) -> Result<bool, Problem> {
        match viewer.pass {
            Some(pass) => self.still_holds(viewer, pass).await,
            None => Ok(true),
        }
    }

    /// Whether somebody may do now exactly what they could when they came in.
    async fn still_holds(&self, viewer: &Viewer, pass: Pass) -> Result<bool, Problem> {
        let now = self.comes_in(pass).await?;
        Ok(now.is_some_and(|now| now.role == viewer.role && now.grants == viewer.grants))
    }

    /// Whoever would come in now by the same session or token.
    async fn comes_in(&self, pass: Pass) -> Result<Option<Viewer>, Problem> {
        let store = &self.0.store;
        let Some(person) = store.person(pass.person).await? else { return Ok(None) };
        let grants = store.grants(pass.person).await?;
        if let Some(id) = pass.session {
            let sessions = self.sessions(pass.person).await?;
            if !sessions.iter().any(|session| session.id == id) {
                return Ok(None);
            }
            return Ok(rights::by_session(self.web(), &person, &grants, id, String::new()));
        }
        let tokens = store.tokens(Some(pass.person)).await?;
        let by = tokens.into_iter().find(|token| Some(token.id) == pass.token);
        let by = by.filter(|token| token.expires_ms.is_none_or(|ends_ms| ends_ms > self.now_ms()));
        Ok(by.and_then(|by| rights::by_token(self.web(), &CameIn { by, person, grants })))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Role, people::Wanted, tests::access, tokens::Wish},
        *,
    };

    /// An access with an owner, and somebody of another role with a session or a token.
    struct Scene {
        access: Access,
        id: i64,
        _dir: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let (access, dir) = access(&[]).await;
        for (name, role) in [("ann", Role::Owner), ("bob", Role::Editor)] {
            access.add_person(&Wanted { name, role: Some(role), twitch: None }).await.unwrap();
        }
        let id = access.id_of("bob").await.unwrap();
        Scene { access, id, _dir: dir }
    }

    impl Scene {
        async fn session(&self) -> Viewer {
            let person = self.access.somebody(self.id).await.unwrap();
            let (parts, ()) = axum::http::Request::new(()).into_parts();
            let begun = self.access.begin(&person, &self.access.sender(&parts)).await.unwrap();
            let word = begun.cookie.split(['=', ';']).nth(1).unwrap();
            self.access.by_session(word).await.unwrap().unwrap()
        }

        async fn holds(&self, viewer: &Viewer) -> bool {
            self.access.still_holds(viewer, viewer.pass.unwrap()).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_session_holds_until_it_ends() {
        let scene = scene().await;
        let (one, other) = (scene.session().await, scene.session().await);
        assert!(scene.holds(&one).await && scene.holds(&other).await);
        let pass = one.pass.unwrap();
        scene.access.end_session(pass.person, pass.session.unwrap()).await.unwrap();
        assert!(!scene.holds(&one).await && scene.holds(&other).await);
    }

    #[tokio::test]
    async fn another_role_password_or_person_is_noticed() {
        let scene = scene().await;
        let access = &scene.access;
        let viewer = scene.session().await;
        access.set_role(scene.id, Some(Role::Viewer)).await.unwrap();
        assert!(!scene.holds(&viewer).await, "another role");
        let viewer = scene.session().await;
        access.grant(scene.id, "ninja", Some(Role::Editor)).await.unwrap();
        assert!(!scene.holds(&viewer).await, "another grant");
        let viewer = scene.session().await;
        access.0.store.set_password(scene.id, "another").await.unwrap();
        assert!(!scene.holds(&viewer).await, "another password");
        let viewer = scene.session().await;
        assert!(scene.holds(&viewer).await);
        access.remove_person(scene.id).await.unwrap();
        assert!(!scene.holds(&viewer).await, "nobody is there");
    }

    #[tokio::test]
    async fn a_token_holds_until_it_ends() {
        let scene = scene().await;
        let wish = Wish { name: "x", role: Role::Viewer, channels: &[], days: None };
        scene.access.add_token(scene.id, &wish).await.unwrap();
        let by = scene.access.tokens(Some(scene.id)).await.unwrap().remove(0);
        let pass =
            Pass { person: scene.id, session: None, token: Some(by.id), most: None, unbound: None };
        let viewer = scene.access.comes_in(pass).await.unwrap().unwrap();
        assert!(scene.holds(&viewer).await);
        assert_eq!(viewer.role, Some(Role::Viewer));
        scene.access.end_token(Some(scene.id), by.id).await.unwrap();
        assert!(!scene.holds(&viewer).await);
    }
}
