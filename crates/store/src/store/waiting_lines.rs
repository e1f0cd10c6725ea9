//! The store's part about lines that wait for the disk of the records. They go to the file at
//! once or not at all: in memory they are already.

use super::Store;
use crate::{error::StoreError, rows::WaitingLine, sqlite::waiting_lines};

impl Store {
    /// Keeps lines, all or none; those that are there already stay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_lines(&self, lines: &[WaitingLine]) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(waiting_lines::keep(self.connection(&mut turn)?, lines).await)
    }

    /// The lines that were kept, in the order in which they came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_lines(&self) -> Result<Vec<WaitingLine>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(waiting_lines::all(&mut conn).await)
    }

    /// All of them were written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_lines(&self) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(waiting_lines::remove_all(self.connection(&mut turn)?).await)
    }
}
