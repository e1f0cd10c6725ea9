//! How a session goes on as somebody else: over a new connection, while the former one is read
//! until the new one hears what it heard.

use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use tracing::{info, warn};

use super::{
    entry::Identity,
    former::{Former, Said},
    session::{End, Session},
    socket::Socket,
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard, Loss, WhyLost},
};

impl Session<'_> {
    /// Finds out whether we are to be somebody else by now.
    pub(super) fn look_who(&mut self) {
        if self.changes.is_some() {
            let (shared, now) = (Arc::clone(self.shared), self.who.user().cloned());
            self.successor = Some(Box::pin(async move { shared.successor(now).await }));
        }
    }

    /// Goes on over a connection that is logged in as who we are to be.
    pub(super) fn succeed(&mut self, found: Option<(Socket, Identity)>) {
        self.successor = None;
        let Some((socket, who)) = found else { return };
        info!(nick = who.nick, before = self.who.nick, "connected to chat as somebody else");
        let now_ms = self.shared.clock.now_ms();
        let heard = self.joins.disconnect();
        let socket = std::mem::replace(&mut self.socket, socket);
        let before = std::mem::replace(&mut self.who, who);
        self.former = Some(Former::new(socket, before.nick, heard, now_ms));
        self.settle_former();
        self.is_alive();
    }

    /// Ends the former connection soon, once it is of no use any more.
    pub(super) fn settle_former(&mut self) {
        if let Some(former) = &mut self.former {
            let all = former.heard().all(|channel| self.joins.is_heard(channel));
            former.settle(all, self.shared.clock.now_ms());
        }
    }

    /// Takes all lines of the former connection that are there.
    pub(super) async fn take_former_lines(&mut self) -> Result<(), End> {
        while let Some(said) = self.former.as_mut().and_then(Former::next) {
            match said {
                Said::Event(heard) => self.deliver(heard).await?,
                Said::Left(heard) if !self.joins.is_heard(&heard.channel) => {
                    self.shared.counters.channels_heard.fetch_sub(1, Relaxed);
                    self.deliver(heard).await?;
                }
                Said::Ping(text) => {
                    if let Some(former) = &mut self.former
                        && former.socket.send(&format!("PONG :{text}")).await.is_err()
                    {
                        self.end_former().await?;
                    }
                }
                Said::Left(_) | Said::Nothing => {}
            }
            self.settle_former();
        }
        Ok(())
    }

    pub(super) async fn former_heard(&mut self, filled: io::Result<bool>) -> Result<(), End> {
        if filled.is_ok_and(|is_open| is_open) { Ok(()) } else { self.end_former().await }
    }

    /// Closes the former connection. What the new one does not hear by now is lost.
    pub(super) async fn end_former(&mut self) -> Result<(), End> {
        let Some(former) = self.former.take() else { return Ok(()) };
        for channel in self.only_by(&former) {
            warn!(%channel, "the channel is not heard as who we are now");
            self.shared.counters.channels_heard.fetch_sub(1, Relaxed);
            let alive_ms = Some(self.shared.clock.now_ms());
            let event = ChatEvent::Lost(Loss { why: WhyLost::Connection, alive_ms });
            self.deliver(Heard { channel, room_id: None, sent_ms: None, event }).await?;
        }
        Ok(())
    }

    /// Channels that the former connection hears, and the new one does not.
    pub(super) fn only_by(&self, former: &Former) -> Vec<ChannelLogin> {
        former.heard().filter(|channel| !self.joins.is_heard(channel)).cloned().collect()
    }
}
