//! The store's part about lines that wait for the disk of the records. They go to the file at
//! once or not at all: in memory they are already.

use super::Store;
use crate::{disk::FullDisks, error::StoreError, rows::WaitingLine, sqlite::waiting_lines};

impl Store {
    /// The disks that have no room: told of there by the database, and by who else writes beside it.
    #[must_use]
    pub fn full_disks(&self) -> &FullDisks {
        &self.keeper.disks
    }

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

    /// Rewrites the lines of one record for which `change` has another text; the former leaves no
    /// bytes in the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rewrite_lines(
        &self,
        record: &str,
        change: impl Fn(&str) -> Option<String> + Send,
    ) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        if self.named(waiting_lines::rewrite(conn, record, change).await)? > 0 {
            self.keeper.connections.leave_no_traces(&mut turn).await?;
        }
        Ok(())
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
