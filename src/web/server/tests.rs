use axum::{http::StatusCode, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::*;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const PATIENCE: Duration = Duration::from_secs(60);

type Bound = watch::Receiver<Option<At>>;

async fn server(listen: SocketAddr) -> (Server, Bound, tempfile::TempDir) {
    let (access, dir) = crate::web::access::tests::access(&[]).await;
    let (bound, address) = watch::channel(None);
    let with = |access: &Access| access.clone();
    let routes = Router::new()
        .route("/", get(async || "here"))
        .route("/bug", get(async || -> &'static str { panic!("for the test") }))
        .layer(axum::middleware::from_fn_with_state(with(&access), super::super::headers::harden))
        .layer(axum::middleware::from_fn_with_state(
            with(&access),
            super::super::host::refuse_strangers,
        ));
    let (crew, stop) = (Crew::default(), CancellationToken::new());
    (Server { listen, access, routes, crew, stop, bound }, address, dir)
}

async fn listening(mut address: Bound) -> SocketAddr {
    let bound = timeout(PATIENCE, address.wait_for(Option::is_some)).await.unwrap().unwrap();
    bound.as_ref().unwrap().address
}

fn start(server: Server) -> (Crew, CancellationToken) {
    let (crew, stop) = (server.crew.clone(), server.stop.clone());
    let post = Post::lasting("web", PATIENCE).until(&stop);
    crew.watch(post, async move { server.run().await });
    (crew, stop)
}

#[tokio::test]
async fn it_answers_this_machine_survives_bugs_and_ends() {
    let (server, address, _dir) = server(ANY).await;
    let (crew, stop) = start(server);
    let url = format!("http://{}", listening(address).await);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(&url).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.text().await.unwrap(), "here");
    let stranger = http.get(&url).header("host", "evil.example").send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(http.get(format!("{url}/bug")).send().await.is_err());
    assert_eq!(http.get(&url).send().await.unwrap().text().await.unwrap(), "here");
    assert_eq!((crew.panics(), crew.alarm.is_cancelled()), (1, false));
    stop.cancel();
    crew.tasks.close();
    timeout(PATIENCE, crew.tasks.wait()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_taken_port_is_tried_again() {
    let other = TcpListener::bind(ANY).await.unwrap();
    let taken = other.local_addr().unwrap();
    let (server, address, _dir) = server(taken).await;
    let (_crew, stop) = start(server);
    Clock::system().sleep(AGAIN_AFTER / 2).await;
    assert_eq!(*address.borrow(), None);
    drop(other);
    tokio::time::advance(AGAIN_AFTER).await;
    // The database works in real time.
    tokio::time::resume();
    assert_eq!(listening(address).await, taken);
    stop.cancel();
}

#[tokio::test(start_paused = true)]
async fn half_a_head_holds_a_place_for_a_few_seconds() {
    let (ours, mut theirs) = tokio::io::duplex(4_096);
    theirs.write_all(b"GET / HTT").await.unwrap();
    let few = Duration::from_secs(6);
    timeout(few, answer(ours, Peer(ANY), Router::new())).await.unwrap();
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_send_what_they_announced_is_given_up() {
    let routes = Router::new().route("/", axum::routing::post(async |sent: String| sent));
    let (ours, mut theirs) = tokio::io::duplex(4_096);
    let begun = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf";
    let silent = async {
        theirs.write_all(begun).await.unwrap();
        let mut answer = String::new();
        theirs.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let ((), answer) = tokio::join!(answer(ours, Peer(ANY), routes), silent);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
