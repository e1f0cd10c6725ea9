//! Whether a service of chat answers at all: for whoever looks for trouble.

use std::io;

use url::Url;

use super::{Dialler, Endpoint};

/// Connects as chat, EventSub and the live emotes do, with TLS and WebSocket where the address
/// has them, says nothing, and hangs up. May take 20 s of real time.
///
/// # Errors
/// When the address can't be used, nobody answers there, or what answers is no WebSocket.
pub async fn knock(url: &Url) -> io::Result<()> {
    let endpoint = Endpoint::check(url).map_err(io::Error::other)?;
    let dialler = Dialler::default();
    match &endpoint.web_socket {
        Some(url) => dialler.frames(&endpoint, url).await.map(drop),
        None => dialler.bytes(&endpoint).await.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    /// Somebody who listens, with the address.
    async fn somebody(scheme: &str) -> (TcpListener, Url) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        (listener, url.parse().unwrap())
    }

    #[tokio::test]
    async fn who_listens_without_a_web_socket_is_told_from_one() {
        let (_listener, url) = somebody("irc").await;
        knock(&url).await.unwrap();
        let page = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let (listener, url) = somebody("ws").await;
        let answer = async {
            let (mut peer, _) = listener.accept().await.unwrap();
            peer.write_all(page.as_bytes()).await.unwrap();
            peer
        };
        let (_peer, knocked) = tokio::join!(answer, knock(&url));
        assert!(knocked.unwrap_err().to_string().contains("404"));
        drop(listener);
        knock(&url).await.unwrap_err();
        knock(&"ftp://localhost".parse().unwrap()).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_web_socket_answers() {
        let (listener, url) = somebody("ws").await;
        let answer = async {
            let (peer, _) = listener.accept().await.unwrap();
            tokio_tungstenite::accept_async(peer).await.unwrap()
        };
        let (_peer, knocked) = tokio::join!(answer, knock(&url));
        knocked.unwrap();
    }
}
