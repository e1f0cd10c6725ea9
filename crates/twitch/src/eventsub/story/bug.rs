//! A connection meets a bug.

use super::*;

struct Nervous;

impl Dial for Nervous {
    fn dial<'a>(&'a self, _url: &'a Url) -> BoxFuture<'a, io::Result<Socket>> {
        async { panic!("for the test") }.boxed()
    }
}

/// Whoever reads the queue notices: the sources end with it, and then the daemon.
#[tokio::test(start_paused = true)]
async fn a_connection_that_panics_ends_the_queue() {
    let login = ChannelLogin::parse("ann").unwrap();
    let channels = vec![Watched { login, id: "7".to_owned() }];
    let scopes = ["user:read:chat".to_owned()];
    let plan = Plan::new(&Wishes {
        user_id: "me",
        scopes: &scopes,
        channels: &channels,
        chat: true,
        signals: false,
    });
    let endpoint = Url::parse("ws://127.0.0.1/ws").unwrap();
    let config = EventSubConfig { endpoint, plan, channels, queue: 16, refusals: None };
    let answers = watch::Sender::new(true);
    let rule: Rule = |_| Ok(());
    let api = Api { rule, calls: Mutex::default(), answers, has: Mutex::default() };
    let (clock, tracker, stop) =
        (Clock::starting_at(0, 1.0), TaskTracker::new(), CancellationToken::new());
    let (handle, mut events) =
        start_with(Box::new(Nervous), config, Arc::new(api), clock, &tracker, stop.clone());
    assert_eq!((handle.stats().connections, handle.queue()), (1, Some((0, 16))));
    let heard = timeout(Duration::from_secs(1), events.recv()).await;
    assert_eq!((heard, handle.queue()), (Ok(None), None));
    tracker.close();
    tracker.wait().await;
    assert!(!stop.is_cancelled(), "what others share goes on");
}
