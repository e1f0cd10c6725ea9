//! Holds a socket to 7TV or BTTV open, over which changes come. Time-outs are real time.

use std::{collections::BTreeSet, io, time::Duration};

use cliphound_clock::Clock;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;
use url::Url;

use super::{
    bttv_events::Bttv,
    change::{LiveEvent, Topic},
    emote::Service,
    seventv_events::SevenTv,
};
use crate::net::{Backoff, Dialler, Endpoint, Frames, GOOD_LIFE};

/// Silence after which the other side is asked whether it is there.
const PING_AFTER: Duration = Duration::from_secs(60);
/// So many questions without an answer, and it is gone.
const MOST_PINGS: u32 = 2;
/// A peer that does not take a few bytes for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two messages of ours: services close the connection of who floods them.
const PACE: Duration = Duration::from_millis(20);
/// Attempts in a row that fail before it is told, once.
const TOLD_AFTER: u32 = 3;

/// What to do after something was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this text.
    Send(String),
    /// Tell this.
    Tell(LiveEvent),
    /// End this connection and begin another one.
    Reconnect,
}

/// What one service's socket speaks. Pure; it lives longer than a connection.
pub(super) trait Protocol: Send {
    /// A new connection is open.
    fn opened(&mut self) -> Vec<Step>;
    /// These are the topics from now on; called after `opened` too.
    fn want(&mut self, topics: &BTreeSet<Topic>) -> Vec<Step>;
    /// A text was heard.
    fn hear(&mut self, text: &str) -> Vec<Step>;
}

/// One service's socket, and who listens.
#[derive(Debug)]
pub struct Live {
    /// 7TV or BTTV; the others have no socket that is used.
    pub service: Service,
    /// Such as `wss://events.7tv.io/v3`.
    pub url: Url,
    /// For the pauses between connections.
    pub clock: Clock,
    /// What to listen to; while it is nothing, nobody is connected.
    pub topics: watch::Receiver<BTreeSet<Topic>>,
    /// Where to tell it. While it is full, the socket is not read.
    pub events: mpsc::Sender<LiveEvent>,
}

/// Why a connection ended.
enum End {
    /// It was asked for, or the connection was lost: connect again.
    Again(String),
    /// Nobody listens, or there is nothing to listen to any more.
    Unwanted,
}

impl Live {
    /// Lives until nobody listens any more.
    pub async fn run(mut self) {
        let mut protocol: Box<dyn Protocol> = match self.service {
            Service::SevenTv => Box::<SevenTv>::default(),
            Service::Bttv => Box::<Bttv>::default(),
            Service::Ffz | Service::Twitch => return,
        };
        let endpoint = match Endpoint::check(&self.url) {
            Ok(endpoint) => endpoint,
            Err(error) => return tracing::error!(%error, "emotes are not heard live"),
        };
        let dialler = Dialler::default();
        let (mut backoff, mut failures) = (Backoff::new(), 0);
        loop {
            if self.topics.wait_for(|topics| !topics.is_empty()).await.is_err() {
                return;
            }
            let began_ms = self.clock.now_ms();
            let end = match dialler.frames(&endpoint, &self.url).await {
                Ok(socket) => {
                    failures = 0;
                    self.listen(socket, protocol.as_mut()).await
                }
                Err(error) => End::Again(error.to_string()),
            };
            match end {
                End::Unwanted if self.events.is_closed() => return,
                End::Unwanted => continue,
                End::Again(why) => tracing::debug!(service = %self.service, why, "emote socket"),
            }
            failures += 1;
            if failures == TOLD_AFTER {
                tracing::info!(
                    "changes of {} emotes are not heard live for now: they are fetched hourly",
                    self.service
                );
            }
            let lived_ms = self.clock.now_ms() - began_ms;
            if u128::try_from(lived_ms).unwrap_or(0) >= GOOD_LIFE.as_millis() {
                backoff.reset();
            }
            self.clock.sleep(backoff.next_delay()).await;
        }
    }

    async fn listen(&mut self, mut socket: Frames, protocol: &mut dyn Protocol) -> End {
        let topics = self.topics.borrow_and_update().clone();
        let mut steps = protocol.opened();
        steps.extend(protocol.want(&topics));
        let mut pings = 0;
        loop {
            if let Err(end) = self.perform(&mut socket, std::mem::take(&mut steps)).await {
                return end;
            }
            tokio::select! {
                changed = self.topics.changed() => {
                    if changed.is_err() {
                        return End::Unwanted;
                    }
                    let topics = self.topics.borrow_and_update().clone();
                    if topics.is_empty() {
                        return End::Unwanted;
                    }
                    steps = protocol.want(&topics);
                }
                () = self.events.closed() => return End::Unwanted,
                heard = timeout(PING_AFTER, socket.next()) => match heard {
                    Ok(Some(Ok(Message::Text(text)))) => {
                        pings = 0;
                        steps = protocol.hear(&text);
                    }
                    Ok(Some(Ok(Message::Close(_))) | None) => {
                        return End::Again("closed".to_owned());
                    }
                    Ok(Some(Ok(_))) => pings = 0,
                    Ok(Some(Err(error))) => return End::Again(error.to_string()),
                    Err(_) if pings >= MOST_PINGS => return End::Again("silent".to_owned()),
                    Err(_) => {
                        pings += 1;
                        if let Err(error) = send(&mut socket, Message::Ping("".into())).await {
                            return End::Again(error.to_string());
                        }
                    }
                },
            }
        }
    }

    async fn perform(&self, socket: &mut Frames, steps: Vec<Step>) -> Result<(), End> {
        for step in steps {
            match step {
                Step::Tell(event) => {
                    self.events.send(event).await.map_err(|_| End::Unwanted)?;
                }
                Step::Reconnect => return Err(End::Again("it asked for it".to_owned())),
                Step::Send(text) => {
                    let sent = send(socket, Message::text(text)).await;
                    sent.map_err(|error| End::Again(error.to_string()))?;
                    Clock::system().sleep(PACE).await;
                }
            }
        }
        Ok(())
    }
}

async fn send(socket: &mut Frames, message: Message) -> io::Result<()> {
    let sent = timeout(SEND_TIMEOUT, socket.send(message)).await;
    sent.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)
}
