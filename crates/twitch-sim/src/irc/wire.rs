//! A client's socket, TCP or WebSocket: lines in, lines out.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
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
        let shaken =
            tokio_tungstenite::accept_hdr_async_with_config(socket, agree, Some(limits)).await;
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

    /// Sends lines with their ends, together. A WebSocket can carry nothing but UTF-8.
    pub async fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp { writer, .. } => writer.write_all(lines).await,
            Self::WebSocket(socket) => {
                let text = String::from_utf8_lossy(lines).into_owned();
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

/// Takes the subprotocol `irc` where a client offers it. Browsers and their kin hang up
/// when nobody answers their offer.
#[expect(clippy::result_large_err, reason = "the library wants it so")]
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offers = offers.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    if offers.any(|offer| offer.trim() == "irc") {
        let irc = HeaderValue::from_static("irc");
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, irc);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is agreed on, when a client offers this.
    fn agreed(offers: &[&'static str]) -> Option<HeaderValue> {
        let mut request = Request::default();
        for offer in offers {
            request.headers_mut().append(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(offer));
        }
        agree(&request, Response::default()).unwrap().headers().get(SEC_WEBSOCKET_PROTOCOL).cloned()
    }

    #[test]
    fn irc_is_agreed_on_by_who_offers_it() {
        assert_eq!(agreed(&[]), None);
        assert_eq!(agreed(&["chat"]), None);
        assert_eq!(agreed(&["irc"]).unwrap(), "irc");
        assert_eq!(agreed(&["chat, irc", "more"]).unwrap(), "irc");
    }
}
