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

    /// Changes the lines of which something else stays, deletes those of which nothing does, and says
    /// how many; what they were leaves no bytes in the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_lines(
        &self,
        stays: impl Fn(&WaitingLine) -> Option<String> + Send,
    ) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        let changed = self.named(waiting_lines::change(conn, stays).await)?;
        if changed > 0 {
            self.keeper.connections.leave_no_traces(&mut turn).await?;
        }
        Ok(changed)
    }

    /// All of this record's were written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_lines(&self, record: &str) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(waiting_lines::remove_of(self.connection(&mut turn)?, record).await)
    }
}
