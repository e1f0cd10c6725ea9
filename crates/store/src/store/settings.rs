//! The store's part about what was set in the dashboard.

use super::Store;
use crate::{
    error::StoreError,
    setting::{NewSetting, SettingRow},
    sqlite::settings,
};

impl Store {
    /// What was set in the dashboard and holds, by channel and key; a row without a value was
    /// taken back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self) -> Result<Vec<SettingRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(settings::now(&mut conn).await.map_err(Into::into))
    }

    /// The changes of a channel's settings, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting_changes(
        &self,
        login: &str,
        limit: u32,
    ) -> Result<Vec<SettingRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(settings::history(&mut conn, login, limit).await)
    }

    /// Changes settings, all or none; the last fifty changes of each are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_settings(&self, changes: &[NewSetting<'_>]) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(settings::change(self.connection(&mut turn)?, changes).await)
    }

    /// A channel that was called `from` is called `to`: what was set for it goes on holding, unless
    /// something else was set for `to`. How many settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn carry_settings(&self, from: &str, to: &str) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        self.named(settings::carry(self.connection(&mut turn)?, from, to).await)
    }

    /// Changes a setting as long as its newest change has this number; false: it was changed
    /// since, and stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_setting_over(
        &self,
        newest: i64,
        change: &NewSetting<'_>,
    ) -> Result<bool, StoreError> {
        let mut turn = self.turn().await?;
        self.named(settings::change_over(self.connection(&mut turn)?, newest, change).await)
    }
}
