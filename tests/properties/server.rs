//! A server on loopback that answers whatever the case at hand says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_util::task::TaskTracker;

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Sent for a path that ends in this …
    pub fixed: Option<(&'static str, String)>,
    /// … and for any other, with the right length.
    pub status: u16,
    pub body: Vec<u8>,
    /// Sent as it is instead; then the connection is closed.
    pub raw: Option<Vec<u8>>,
}

/// The server with the threads that it and its clients run on.
pub struct Server {
    pub runtime: Runtime,
    pub address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
}

impl Server {
    pub fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(Answer::default()));
        let (shared, tasks) = (Arc::clone(&answer), TaskTracker::new());
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tasks.spawn(async move { serve(socket, &shared).await });
            }
        });
        Self { runtime, address, answer }
    }

    pub fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }
}

/// Serves one connection until it is closed; `None` is that end.
async fn serve(socket: TcpStream, answer: &Mutex<Answer>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut socket = BufReader::new(socket);
    loop {
        let (path, length) = head(&mut socket).await?;
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.ok()?;
        let Answer { fixed, status, body, raw } = answer.lock().unwrap().clone();
        if let Some(raw) = raw {
            socket.get_mut().write_all(&raw).await.ok()?;
            return None;
        }
        let is_fixed = fixed.as_ref().is_some_and(|(end, _)| path.ends_with(end));
        let (status, body) = match fixed {
            Some((_, text)) if is_fixed => (200, text.into_bytes()),
            _ => (status, body),
        };
        let mut whole =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        whole.extend(body);
        socket.get_mut().write_all(&whole).await.ok()?;
    }
}

/// The path without its query, and the length of the body.
async fn head(socket: &mut BufReader<TcpStream>) -> Option<(String, usize)> {
    use tokio::io::AsyncBufReadExt as _;
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    let target = line.split(' ').nth(1)?;
    let path = target.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        socket.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Some((path, length));
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
}
