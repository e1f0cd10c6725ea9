//! The sockets of 7TV and BTTV: clients come, listen, and are told.

use std::sync::Arc;
use std::time::Duration;

use cliphound_clock::Clock;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{EmoteService, Push, wire};
use crate::world::World;

/// 7TV's heartbeat, real time.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// Accepts clients until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    service: EmoteService,
    world: Arc<World>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((socket, _)) => {
                let (world, stop) = (Arc::clone(&world), stop.clone());
                tracker.spawn(async move {
                    stop.run_until_cancelled(client(socket, service, &world)).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a client of the emote sockets could not be accepted");
                world.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn client(socket: TcpStream, service: EmoteService, world: &World) {
    let Ok(mut socket) = accept_async(socket).await else { return };
    let (peer, queue, hello) = world.state().emotes.connect(service);
    talk(&mut socket, peer, queue, hello, world).await;
    world.state().emotes.disconnect(peer);
    drop(socket.close(None).await);
}

async fn talk(
    socket: &mut WebSocketStream<TcpStream>,
    peer: u64,
    mut queue: mpsc::Receiver<Push>,
    hello: Vec<String>,
    world: &World,
) {
    let real = Clock::system();
    let mut beats = 0;
    let mut pushes: Vec<Push> = hello.into_iter().map(Push::Text).collect();
    let has_heartbeat = !pushes.is_empty();
    loop {
        for push in pushes.drain(..) {
            let Push::Text(text) = push else { return };
            if socket.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            push = queue.recv() => match push {
                Some(push) => pushes.push(push),
                None => return,
            },
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => {
                    pushes = world.state().emotes.hear(peer, &text);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            () = real.sleep(HEARTBEAT), if has_heartbeat => {
                beats += 1;
                pushes.push(Push::Text(wire::heartbeat(beats)));
            }
        }
    }
}
