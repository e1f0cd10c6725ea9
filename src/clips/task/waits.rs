//! What a clip's task does while it waits: the moment may go on, and somebody may say no.

use super::{ClipApi, ClipTask, Stopped, Update};

impl<A: ClipApi> ClipTask<A> {
    /// Waits; whether the time has come, or somebody said no before. Until the clip is called for,
    /// it takes up what is new about the moment; then the moment stays as it was, so that a restart
    /// writes the very same line (and the file leaves it out).
    pub(super) async fn wait(&mut self, until_ms: i64, is_called: bool) -> Result<bool, Stopped> {
        loop {
            let clock = self.context.time.clock();
            tokio::select! {
                () = self.stop.cancelled() => return Err(Stopped),
                () = clock.sleep_until_ms(until_ms) => return Ok(true),
                Ok(()) = self.updates.changed() => {}
            }
            let update = self.updates.borrow_and_update().clone();
            match update {
                Update::Order(newer) if !is_called => self.extend(*newer).await,
                Update::Order(_) => {}
                Update::TurnedDown => {
                    self.is_turned_down = true;
                    return Ok(false);
                }
            }
        }
    }

    /// Waits to the end, whatever is said meanwhile.
    pub(super) async fn wait_out(&mut self, until_ms: i64) -> Result<(), Stopped> {
        while !self.wait(until_ms, false).await? {}
        Ok(())
    }
}
