//! What chat comes through: TCP or TLS, with or without WebSocket. Time-outs are real time.

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::lines::LineBuffer;
use crate::net::{CHUNK_BYTES, Dialler, Duplex, Endpoint, Frames, within};

/// A peer that does not take a few bytes for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens sockets to one place. Tests open pipes within the process instead.
pub(super) trait Dial: Send + Sync {
    /// A fresh connection, ready for the first line.
    fn dial(&self) -> BoxFuture<'_, io::Result<Socket>>;
}

/// A connection that carries lines.
pub(super) struct Socket {
    pipe: Pipe,
    lines: LineBuffer,
}

enum Pipe {
    Bytes { stream: Box<dyn Duplex>, chunk: Box<[u8]> },
    Frames(Box<Frames>),
}

impl Socket {
    /// Lines straight over a stream.
    pub(super) fn bytes(stream: Box<dyn Duplex>) -> Self {
        let chunk = vec![0; CHUNK_BYTES].into_boxed_slice();
        Self { pipe: Pipe::Bytes { stream, chunk }, lines: LineBuffer::default() }
    }

    fn frames(stream: Frames) -> Self {
        Self { pipe: Pipe::Frames(Box::new(stream)), lines: LineBuffer::default() }
    }

    /// A line that was already received.
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        self.lines.next_line()
    }

    /// How many lines were too long since this was asked last.
    pub(super) fn take_too_long(&mut self) -> u64 {
        self.lines.take_too_long()
    }

    /// Waits for more bytes; false when the peer has closed. Nothing is lost when this is
    /// dropped before it is done.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        match &mut self.pipe {
            Pipe::Bytes { stream, chunk } => {
                let received = stream.read(chunk).await?;
                self.lines.push(&chunk[..received]);
                Ok(received > 0)
            }
            Pipe::Frames(stream) => {
                let Some(message) = stream.next().await else { return Ok(false) };
                match message.map_err(io::Error::other)? {
                    Message::Text(text) => self.lines.push(text.as_bytes()),
                    Message::Binary(bytes) => self.lines.push(&bytes),
                    Message::Close(_) => return Ok(false),
                    // Pings are answered by the library.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(true),
                }
                // A line never goes on in the next frame.
                self.lines.end_line();
                Ok(true)
            }
        }
    }

    /// Sends one line, without its line end.
    pub(super) async fn send(&mut self, line: &str) -> io::Result<()> {
        let text = format!("{line}\r\n");
        within(SEND_TIMEOUT, "the server took nothing", async {
            match &mut self.pipe {
                Pipe::Bytes { stream, .. } => {
                    stream.write_all(text.as_bytes()).await?;
                    stream.flush().await
                }
                Pipe::Frames(stream) => {
                    stream.send(Message::text(text)).await.map_err(io::Error::other)
                }
            }
        })
        .await
    }
}

/// Opens sockets over the network.
pub(crate) struct Network {
    endpoint: Endpoint,
    dialler: Dialler,
}

impl Network {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, dialler: Dialler::default() }
    }

    async fn open(&self) -> io::Result<Socket> {
        match &self.endpoint.web_socket {
            Some(url) => self.dialler.frames(&self.endpoint, url).await.map(Socket::frames),
            None => self.dialler.bytes(&self.endpoint).await.map(Socket::bytes),
        }
    }
}

impl Dial for Network {
    fn dial(&self) -> BoxFuture<'_, io::Result<Socket>> {
        Box::pin(self.open())
    }
}
