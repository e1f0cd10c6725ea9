//! What people do by hand on a page or by the API, handed to the channels' tasks.

use cliphound_engine::Quieting;
use cliphound_twitch::ChannelLogin;
use tokio::sync::mpsc::error::TrySendError;

use super::{channel::ToChannel, inboxes::Onlooker};
use crate::{
    board::Board,
    config::title::plain_title,
    plain::plain,
    web::controls::{CantControl, Controls},
};

/// The way from a page to the channels. It keeps none of them from ending.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// Who is followed.
    pub followed: Onlooker,
    /// Shows at once what was asked for.
    pub board: Board,
}

impl ByHand {
    fn tell(&self, login: &ChannelLogin, line: ToChannel) -> Result<(), CantControl> {
        let gone = || CantControl::NotFollowed(login.clone());
        let inbox = self.followed.get(login).ok_or_else(gone)?;
        inbox.try_send(line).map_err(|error| match error {
            TrySendError::Full(_) => CantControl::Busy(login.clone()),
            TrySendError::Closed(_) => gone(),
        })
    }
}

impl Controls for ByHand {
    fn clip(&self, login: &ChannelLogin, by: &str, title: Option<&str>) -> Result<(), CantControl> {
        let by = plain(by);
        let title = title.map(plain_title).filter(|title| !title.is_empty());
        self.tell(login, ToChannel::Asked { by: by.clone(), title })?;
        tracing::info!(channel = %login, by, "a clip is asked for on the dashboard");
        Ok(())
    }

    fn quiet(&self, login: &ChannelLogin, by: &str, quieting: Quieting) -> Result<(), CantControl> {
        let tell = || self.tell(login, ToChannel::Quiet(quieting));
        self.board.quieted(login, quieting, tell)?;
        let by = plain(by);
        match quieting {
            Quieting::Pause => tracing::info!(channel = %login, by, "is paused on the dashboard"),
            Quieting::Mute(minutes) => {
                tracing::info!(channel = %login, by, minutes, "is muted on the dashboard");
            }
            Quieting::Resume => tracing::info!(channel = %login, by, "goes on by the dashboard"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cliphound_clock::Clock;
    use tokio::sync::mpsc;

    use super::*;
    use crate::{board::state::Mode, daemon::inboxes::Roster, time::TwitchTime};

    #[test]
    fn who_is_followed_and_not_too_busy_is_told() {
        let login = |name| ChannelLogin::parse(name).unwrap();
        let (ann, bob) = (login("ann"), login("bob"));
        let board = Board::new(TwitchTime::new(Clock::system()));
        let (_place, (roster, _inboxes)) = (board.enter(&ann), Roster::new());
        let (inbox, mut lines) = mpsc::channel(2);
        roster.add(ann.clone(), inbox);
        let hand = ByHand { followed: roster.onlooker(), board: board.clone() };
        assert_eq!(hand.clip(&ann, "eve\u{1b}", Some(" what a\u{202e} play ")), Ok(()));
        assert_eq!(hand.quiet(&ann, "eve", Quieting::Pause), Ok(()));
        assert_eq!(board.read(&ann, |state| state.mode()), Some(Mode::Paused), "shown at once");
        assert_eq!(hand.quiet(&ann, "eve", Quieting::Resume), Err(CantControl::Busy(ann.clone())));
        assert_eq!(board.read(&ann, |state| state.mode()), Some(Mode::Paused), "it was not told");
        assert_eq!(hand.clip(&bob, "eve", None), Err(CantControl::NotFollowed(bob)));
        let Some(ToChannel::Asked { by, title }) = lines.try_recv().ok() else {
            panic!("nothing was asked for")
        };
        assert_eq!((by.as_str(), title.as_deref()), ("eve ", Some("what a play")));
    }
}
