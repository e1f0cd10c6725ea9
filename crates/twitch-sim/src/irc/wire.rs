//! A client's socket, TCP or WebSocket: lines in, lines out.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::codec::{FramedRead, LinesCodec};

/// Longest line that a client may send, bytes (tags and message of IRCv3).
const MAX_LINE: usize = 8_192;

pub(crate) enum Wire {
    Tcp { reader: FramedRead<OwnedReadHalf, LinesCodec>, writer: OwnedWriteHalf },
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

impl Wire {
    pub fn tcp(socket: TcpStream) -> Self {
        let (reader, writer) = socket.into_split();
        Self::Tcp {
            reader: FramedRead::new(reader, LinesCodec::new_with_max_length(MAX_LINE)),
            writer,
        }
    }

    /// Shakes hands; fails when the client does not speak WebSocket.
    pub async fn web_socket(socket: TcpStream) -> io::Result<Self> {
        let limits = WebSocketConfig::default().max_message_size(Some(8 * MAX_LINE));
        let shaken = tokio_tungstenite::accept_async_with_config(socket, Some(limits)).await;
        shaken.map(|ws| Self::WebSocket(Box::new(ws))).map_err(io::Error::other)
    }

    /// The next lines; `None`: the client is gone, or can't be understood. Loses nothing
    /// when it is dropped half-way.
    pub async fn receive(&mut self) -> Option<Vec<String>> {
        match self {
            Self::Tcp { reader, .. } => reader.next().await?.ok().map(|line| vec![line]),
            Self::WebSocket(socket) => match socket.next().await?.ok()? {
                Message::Text(text) => Some(text.lines().map(str::to_owned).collect()),
                Message::Close(_) => None,
                _ => Some(Vec::new()),
            },
        }
    }

    /// Sends lines, together where there are several.
    pub async fn send(&mut self, lines: &[String]) -> io::Result<()> {
        let mut text = String::with_capacity(lines.iter().map(|line| line.len() + 2).sum());
        for line in lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        match self {
            Self::Tcp { writer, .. } => writer.write_all(text.as_bytes()).await,
            Self::WebSocket(socket) => {
                socket.send(Message::text(text)).await.map_err(io::Error::other)
            }
        }
    }

    /// Says goodbye, as far as the transport has a word for it.
    pub async fn close(&mut self) {
        let _ = match self {
            Self::Tcp { writer, .. } => writer.shutdown().await,
            Self::WebSocket(socket) => socket.close().await.map_err(io::Error::other),
        };
    }
}
