//! The store's part about what is deleted because somebody asked for it.

use super::Store;
use crate::{
    error::StoreError,
    forget::{Forgetting, Forgotten},
    sqlite::forget,
};

impl Store {
    /// What [`Store::forget_channel`] would delete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_of_channel(&self, login: &str) -> Result<Forgotten, StoreError> {
        let mut conn = self.reader().await?;
        self.named(forget::of_channel(&mut conn, login).await)
    }

    /// What [`Store::forget_user`] would change or delete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_of_user(&self, login: &str) -> Result<Forgotten, StoreError> {
        let mut conn = self.reader().await?;
        self.named(forget::of_user(&mut conn, login).await)
    }

    /// The broadcaster ids of the channels that are or were called so here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ids_of(&self, login: &str) -> Result<Vec<String>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(forget::ids(&mut conn, login).await)
    }

    /// Deletes everything about a channel, by its login; of its settings, those of the key `but`
    /// stay. What there is much of goes some thousand rows at a time, the rest at once. Whoever
    /// writes something about it later makes it known again.
    ///
    /// # Errors
    /// When the database fails; asked again, it goes on.
    pub async fn forget_channel(
        &self,
        login: &str,
        but: Option<&str>,
    ) -> Result<Forgotten, StoreError> {
        let mut before = Forgotten::default();
        for many in &forget::MANY {
            loop {
                let mut turn = self.keeper.caught_up().await?;
                let conn = self.connection(&mut turn)?;
                let some = self.named(forget::some(conn, many, login).await)?;
                *(many.count)(&mut before) += some;
                if some < u64::from(many.some) {
                    break;
                }
            }
        }
        let mut turn = self.keeper.caught_up().await?;
        let conn = self.connection(&mut turn)?;
        let mut forgotten = self.named(forget::channel(conn, login, but).await)?;
        for many in &forget::MANY {
            *(many.count)(&mut forgotten) += *(many.count)(&mut before);
        }
        self.keeper.connections.forget_figures(login).await;
        self.keeper.relearn(&mut turn).await?;
        self.keeper.connections.leave_no_traces(&mut turn).await?;
        Ok(forgotten)
    }

    /// Takes a user out, by their login: who asked for a clip and its title, who judged or named
    /// something, and clips that they made themselves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_user(&self, login: &str) -> Result<Forgotten, StoreError> {
        let mut turn = self.keeper.caught_up().await?;
        let conn = self.connection(&mut turn)?;
        let forgotten = self.named(forget::user(conn, login).await)?;
        self.keeper.relearn(&mut turn).await?;
        self.keeper.connections.leave_no_traces(&mut turn).await?;
        Ok(forgotten)
    }

    /// Sees to it that nothing of what was deleted stays in the file's bytes. A large file is
    /// written anew only with `of_any_size`: everybody else who writes waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wipe(&self, of_any_size: bool) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(forget::wipe(self.connection(&mut turn)?, of_any_size).await)?;
        self.keeper.connections.leave_no_traces(&mut turn).await
    }

    /// Keeps that a channel or user is to be forgotten, until [`Store::end_forgetting`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_to_forget(&self, asked: &Forgetting) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(forget::ask(self.connection(&mut turn)?, asked).await)
    }

    /// Who is to be forgotten, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgettings(&self) -> Result<Vec<Forgetting>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(forget::asked(&mut conn).await)
    }

    /// Nothing is left of a channel or user that was to be forgotten, or it shall be known again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_forgetting(&self, kind: &str, login: &str) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(forget::end(self.connection(&mut turn)?, kind, login).await)?;
        self.keeper.connections.leave_no_traces(&mut turn).await
    }
}
