//! E-mails to a mail server on loopback: plain, STARTTLS, TLS from the first byte, with a
//! certificate of our own.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cliphound_clock::Clock;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

use super::{super::news::tests::sample, Works, webhook};
use crate::{
    alerts::{mail, post::Postman, verdict::Verdict},
    config::{
        Alert,
        alerts::{Hidden, Receiver, Tls},
    },
};

/// What the server is to do.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Good,
    /// It does not know STARTTLS.
    NoTls,
    /// The password is wrong.
    NoLogin,
    /// It is busy: 451.
    Busy,
    /// It has read the mail, and can't take it now: 452.
    Full,
    /// There is no such mailbox: 550.
    NoMailbox,
}

fn tls() -> (TlsAcceptor, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem(cert.der()))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Talks with one client; gives what it was sent, and whether that came encrypted.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor, tls: Tls, way: Way) -> (String, bool) {
    let (socket, _) = listener.accept().await.unwrap();
    if tls == Tls::Implicit {
        let Ok(stream) = acceptor.accept(socket).await else { return (String::new(), false) };
        return (talk(stream, true, way).await.0, true);
    }
    let (said, socket) = talk(socket, tls == Tls::None || way == Way::NoTls, way).await;
    match socket {
        None => (said, false),
        Some(socket) => {
            let Ok(stream) = acceptor.accept(socket).await else { return (said, false) };
            (talk_on(stream, way).await, true)
        }
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: S,
    is_all: bool,
    way: Way,
) -> (String, Option<S>) {
    socket.write_all(b"220 mail.example\r\n").await.unwrap();
    if is_all {
        return (talk_on(socket, way).await, None);
    }
    let mut stream = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return (String::new(), None);
        }
        if line.starts_with("EHLO") {
            stream.write_all(b"250-mail.example\r\n250 STARTTLS\r\n").await.unwrap();
        } else if line.starts_with("STARTTLS") {
            stream.write_all(b"220 go on\r\n").await.unwrap();
            return (String::new(), Some(stream.into_inner()));
        } else {
            stream.write_all(b"530 STARTTLS first\r\n").await.unwrap();
        }
    }
}

async fn talk_on<S: AsyncRead + AsyncWrite + Unpin>(socket: S, way: Way) -> String {
    let mut stream = BufReader::new(socket);
    let (mut said, mut is_data) = (String::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return said;
        }
        said.push_str(&line);
        let answer = match line.trim_end() {
            "." if is_data => {
                is_data = false;
                if way == Way::Full { "452 no room now" } else { "250 queued" }
            }
            _ if is_data => continue,
            text if text.starts_with("EHLO") => "250-mail.example\r\n250 AUTH PLAIN",
            text if text.starts_with("AUTH") && way == Way::NoLogin => {
                "535 bad hushhushhushhushhushhush"
            }
            text if text.starts_with("AUTH") => "235 welcome",
            text if text.starts_with("RCPT") && way == Way::Busy => "451 later",
            text if text.starts_with("RCPT") && way == Way::NoMailbox => "550 nobody here",
            "DATA" => {
                is_data = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return said;
        }
    }
}

struct Story {
    verdict: Verdict,
    said: String,
    is_encrypted: bool,
}

async fn send(mode: Tls, way: Way, trusts: bool, allow_private: bool) -> Story {
    let dir = tempfile::tempdir().unwrap();
    let (acceptor, pem) = tls();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, pem).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let alert = alert(port, mode, trusts.then_some(ca_file.as_path()), allow_private);
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(serve(listener, acceptor, mode, way));
    let verdict = Postman::new(alert).await.send(&sample(), &Clock::system()).await;
    let is_asked = allow_private;
    let (said, is_encrypted) = match is_asked {
        true => tasks.join_next().await.unwrap().unwrap(),
        false => (String::new(), false),
    };
    Story { verdict, said, is_encrypted }
}

fn alert(port: u16, tls: Tls, ca_file: Option<&Path>, allow_private: bool) -> Alert {
    Alert {
        to: Receiver::Email {
            host: "localhost".to_owned(),
            port,
            tls,
            login: Some(("me".to_owned(), Hidden::from("hushhushhushhushhushhush"))),
            from: "Cliphound <c@example.org>".parse().unwrap(),
            to: vec!["me@example.org".parse().unwrap()],
        },
        ca_file: ca_file.map(Path::to_owned),
        allow_private,
        ..webhook("mail", "")
    }
}

#[tokio::test]
async fn a_mail_comes_in_whatever_way_is_set() {
    for (mode, encrypted) in [(Tls::StartTls, true), (Tls::Implicit, true), (Tls::None, false)] {
        let story = send(mode, Way::Good, true, true).await;
        assert_eq!(story.verdict, Verdict::Sent("250 queued".to_owned()), "{}", story.said);
        assert_eq!(story.is_encrypted, encrypted);
        for part in ["MAIL FROM:<c@example.org>", "RCPT TO:<me@example.org>", "Subject: ninja: wow"]
        {
            assert!(story.said.contains(part), "{part}: {}", story.said);
        }
    }
}

/// The way to one of its addresses is broken: the mail takes the next.
#[tokio::test]
async fn a_mail_finds_an_address_that_can_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let live = listener.local_addr().unwrap();
    let dead = SocketAddr::from(([127, 0, 0, 2], live.port()));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(serve(listener, tls().0, Tls::None, Way::Good));
    let alert = alert(live.port(), Tls::None, None, true);
    let verdict = mail::send_over(&[dead, live], &alert, &sample()).await;
    assert_eq!(verdict, Verdict::Sent("250 queued".to_owned()));
    tasks.join_next().await.unwrap().unwrap();
    let nobody = mail::send_over(&[dead, dead], &alert, &sample()).await;
    let Verdict::Later { why, .. } = nobody else { panic!("{nobody:?}") };
    assert!(why.starts_with("the receiver can't be reached (Connection refused"), "{why}");
    assert!(why.ends_with("): check its address and port, and whether it runs"), "{why}");
    assert_eq!(why.matches("refused").count(), 1, "{why}");
}

#[tokio::test]
async fn without_a_certificate_that_is_trusted_nothing_is_said() {
    for mode in [Tls::StartTls, Tls::Implicit] {
        let story = send(mode, Way::Good, false, true).await;
        let Verdict::Later { why, .. } = story.verdict else { panic!("{:?}", story.verdict) };
        assert!(why.starts_with("the receiver's certificate is not trusted"), "{why}");
        assert!(!story.said.contains("AUTH"), "{}", story.said);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_password() {
    let story = send(Tls::StartTls, Way::NoTls, true, true).await;
    assert!(!matches!(story.verdict, Verdict::Sent(_)), "{:?}", story.verdict);
    assert!(!story.said.contains("AUTH") && !story.said.contains("DATA"), "{}", story.said);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let check = async |way: Way, expected: Option<bool>, words: &str| {
        let story = send(Tls::Implicit, way, true, true).await;
        let (found, why) = match story.verdict {
            Verdict::Later { why, .. } => (None, why),
            Verdict::Never { for_all, why } => (Some(for_all), why),
            Verdict::Sent(why) => panic!("{why}"),
        };
        assert_eq!(found, expected, "{why}");
        assert!(why.contains(words) && !why.contains("hush"), "{why}");
    };
    check(Way::NoLogin, Some(true), "check username and password").await;
    check(Way::NoMailbox, Some(false), "nobody here").await;
    check(Way::Busy, None, "later").await;
}

#[tokio::test]
async fn a_server_of_this_machine_is_refused_unless_allowed() {
    let story = send(Tls::Implicit, Way::Good, true, false).await;
    let Verdict::Later { why, .. } = story.verdict else { panic!("{:?}", story.verdict) };
    assert!(why.contains("allow_private = true"), "{why}");
    let mut alert = alert(25, Tls::Implicit, None, false);
    if let Receiver::Email { host, .. } = &mut alert.to {
        *host = "127.0.0.1".to_owned();
    }
    let verdict = mail::send(&alert, &sample()).await;
    assert!(matches!(verdict, Verdict::Never { for_all: true, .. }), "{verdict:?}");
}

/// Serves one client after the other, each in the next of these ways, then all well; keeps what each said.
async fn serve_all(listener: TcpListener, ways: Vec<Way>, heard: Arc<Mutex<Vec<String>>>) {
    let mut ways = ways.into_iter();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let said = talk(socket, true, ways.next().unwrap_or(Way::Good)).await.0;
        heard.lock().unwrap().push(said);
    }
}

/// By desk and outbox, as every other kind: each mail once and in order, and one that comes again has the
/// id that it had.
#[tokio::test]
async fn a_mail_that_was_not_taken_comes_again_as_the_same_mail() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, mut tasks) = (Arc::<Mutex<Vec<String>>>::default(), tokio::task::JoinSet::new());
    let ways = vec![Way::Busy, Way::Full, Way::Good, Way::Full, Way::Busy];
    tasks.spawn(serve_all(listener, ways, Arc::clone(&heard)));
    let works =
        Works::start(&dir.path().join("c.db"), vec![alert(port, Tls::None, None, true)]).await;
    for number in [1, 2, 3, 2] {
        works.tell(number);
    }
    let sum = works.until("mail", |sum| sum.sent == 3 || sum.failed > 0).await;
    assert_eq!((sum.sent, sum.failed_error), (3, None));
    works.end().await;
    let heard = heard.lock().unwrap();
    let line = |said: &str, name: &str| {
        said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    let subjects: Vec<_> = heard.iter().map(|said| line(said, "Subject: ninja: number ")).collect();
    assert_eq!(subjects, ["", "1", "1", "2", "", "2", "3"], "{heard:?}");
    let ids: Vec<_> = heard.iter().map(|said| line(said, "Message-ID: ")).collect();
    assert!(ids[1].ends_with("@example.org>"), "{ids:?}");
    assert_eq!((&ids[1], &ids[3]), (&ids[2], &ids[5]));
    assert!(ids[2] != ids[3] && ids[5] != ids[6], "each has its own: {ids:?}");
}
