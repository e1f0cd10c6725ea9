//! What goes on beside the clips: viewers' clips and videos.

use std::sync::atomic::{AtomicUsize, Ordering};

use cliphound_clock::MAX_SPEED;
use cliphound_store::{Kind, Rewrite, Run as Ran, Stretch};
use tokio::sync::{Notify, watch};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::*;
use crate::clips::{
    download::{DownloadApi, Fetcher, Standing},
    viewers::{Collector, LiveNow, LiveStream},
};

/// A clip of a viewer.
fn theirs(id: &str, created_ms: i64, vod_offset: Option<i64>) -> Clip {
    Clip {
        id: id.to_owned(),
        url: format!("https://clips.twitch.tv/{id}"),
        broadcaster_id: "7".to_owned(),
        creator_id: "2".to_owned(),
        creator_name: "Ann".to_owned(),
        title: "wow".to_owned(),
        created_ms,
        duration_s: 28.5,
        thumbnail_url: String::new(),
        vod_offset,
        views: 3,
    }
}

/// A clip of a viewer: channel, start, end.
type Seen = (String, i64, i64);

/// Collects into a folder, and tells what was seen; ends once nobody tells who is live.
fn collect(
    dir: &Path,
    api: Fake,
    store: &Store,
    speed: f64,
) -> (Crew, watch::Sender<LiveNow>, mpsc::Receiver<Seen>) {
    let (live_in, live) = watch::channel(LiveNow::new());
    let (evidence_in, evidence) = mpsc::channel(8);
    let collector = Collector {
        api,
        store: store.clone(),
        records: Arc::new(Records::open(&dir.join("recordings"), &FullDisks::default()).unwrap()),
        clock: Clock::starting_at(START_MS, speed),
        evidence: Box::new(move |id, start_ms, end_ms| {
            evidence_in.try_send((id.to_owned(), start_ms, end_ms)).unwrap();
        }),
    };
    let crew = Crew::default();
    crew.spawn("collector", collector.run(live));
    (crew, live_in, evidence)
}

#[tokio::test]
async fn viewers_clips_are_kept_once_and_handed_on() {
    let dir = folder();
    let fake = Fake::default();
    fake.make("ours", START_MS - 50_000);
    let (placed, unplaced) = (
        theirs("placed", START_MS - 60_000, Some(30)),
        theirs("unplaced", START_MS - 40_000, None),
    );
    fake.0.lock().unwrap().made.extend([placed, unplaced]);
    let all = fake.clone();
    let watched = |views| {
        let mut fake = all.0.lock().unwrap();
        fake.made.iter_mut().filter(|clip| clip.id == "placed").for_each(|clip| clip.views = views);
    };
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    // Whoever was forgotten stays so.
    let of_zoe =
        Clip { creator_name: "Zoe".to_owned(), ..theirs("zoes", START_MS - 50_000, Some(40)) };
    fake.0.lock().unwrap().made.push(of_zoe);
    store.forget_user("zoe").await.unwrap();
    let (crew, live_in, mut evidence) = collect(dir.path(), fake, &store, MAX_SPEED);
    let stream = LiveStream {
        login: "ninja".to_owned(),
        started_ms: START_MS - 100_000,
        title: String::new(),
        game: String::new(),
    };
    live_in.send_replace(LiveNow::from([("7".to_owned(), stream)]));
    // Hourly while it is live.
    let expected = ("7".to_owned(), START_MS - 70_000, START_MS - 41_500);
    assert_eq!(evidence.recv().await, Some(expected));
    watched(40);
    live_in.send_replace(LiveNow::new());
    // A quarter of an hour after its end, the one whose place is not known comes, too.
    while store.viewer_clips("7", 0, 9).await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    let found = store.viewer_clips("7", 0, 9).await.unwrap();
    assert_eq!(found[0].views, 40, "it was watched meanwhile");
    drop(live_in);
    crew.tasks.close();
    crew.tasks.wait().await;
    assert!(evidence.recv().await.is_none(), "no other has a place");
    let lines = lines(dir.path(), "viewer_clips.tsv");
    let told: Vec<_> = lines.iter().map(|line| (line[2].as_str(), line[5].as_str())).collect();
    assert_eq!(
        told,
        [("https://clips.twitch.tv/placed", "30"), ("https://clips.twitch.tv/unplaced", "-")]
    );
}

/// The run before was stopped while the stream ran; its VOD tells when that began.
#[tokio::test]
async fn a_stream_that_ended_while_nobody_ran_is_asked_for_at_the_next_start() {
    for has_vod in [true, false] {
        let dir = folder();
        let fake = Fake::default();
        let (started_ms, left_ms) = (START_MS - 7_200_000, START_MS - 3_600_000);
        let clip = theirs("theirs", left_ms + 600_000, Some(4_150));
        {
            let mut told = fake.0.lock().unwrap();
            told.made.push(clip);
            let vod = Vod { id: "v".to_owned(), started_ms, length_s: 5_400 };
            told.vods.extend(has_vod.then_some(vod));
        }
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let run = Ran { start_ms: started_ms, end_ms: left_ms, is_clean: true };
        let word = "online".to_owned();
        let from_ms = started_ms + 60_000;
        let live = Rewrite {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            kind: Kind::Live,
            from_ms,
            stretches: vec![Stretch { start_ms: from_ms, end_ms: left_ms, word }],
        };
        store.keep_watched(&run, &[live]).await.unwrap();
        let (crew, live_in, mut evidence) = collect(dir.path(), fake, &store, FAST * 10.0);
        while store.viewer_clips("7", 0, 9).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(live_in);
        crew.tasks.close();
        crew.tasks.wait().await;
        let at_ms = started_ms + 4_150_000;
        let expected = has_vod.then(|| ("7".to_owned(), at_ms, at_ms + 28_500));
        assert_eq!(evidence.recv().await, expected, "VOD: {has_vod}");
    }
}

/// Tells no address the first time.
struct Addresses {
    asked: AtomicUsize,
    url: String,
}

impl DownloadApi for Addresses {
    fn standing(&self) -> Standing {
        Standing::Able
    }

    async fn address(&self, _: &str, _: &str) -> Result<Option<String>, HelixError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        Ok((asked > 0).then(|| self.url.clone()))
    }
}

#[tokio::test]
async fn a_video_is_tried_again_until_it_is_there() {
    let dir = folder();
    let key = crashed(dir.path()).await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let created = StateChange::Created { clip_id: "A".to_owned(), edit_url: None };
    store.set_state(&key, &created, START_MS).await.unwrap();
    store.want_download("A").await.unwrap();
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503);
    Mock::given(method("GET")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    let video = ResponseTemplate::new(200).set_body_bytes(b"video".as_slice());
    Mock::given(method("GET")).respond_with(video).mount(&server).await;
    let recordings = dir.path().join("recordings");
    let fetcher = Fetcher {
        api: Addresses { asked: AtomicUsize::new(0), url: format!("{}/a.mp4", server.uri()) },
        store: store.clone(),
        recordings: recordings.clone(),
        clock: Clock::starting_at(START_MS, FAST),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        wake: Arc::new(Notify::new()),
    };
    let done = async {
        while !store.wanted_downloads().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = fetcher.run() => {}
        () = done => {}
    }
    let file = recordings.join("ninja/1970-01-12_A.mp4");
    assert_eq!(std::fs::read(file).unwrap(), b"video");
}

/// Both answers are lost, and Twitch took so long over the first clip that its time is nearer
/// to the second call: the titles tell which is whose, and the first moment gets no second clip.
#[tokio::test]
async fn a_slow_clip_is_known_by_its_title() {
    let dir = folder();
    let fake = Fake::default();
    let lost = || Err(HelixError::AnswerLost("reset".to_owned()));
    fake.0.lock().unwrap().answers.extend([lost(), lost()]);
    let wishes = Wishes { vod: true, ..Wishes::default() };
    let clock = Clock::starting_at(START_MS, FAST / 10.0);
    let mut run = Run::wishing(dir.path(), fake.clone(), wishes, clock).await;
    for (number, title) in ["one", "two"].into_iter().enumerate() {
        let trigger_ms = run.time.clock().now_ms();
        let asked = order(trigger_ms, Cause::Manual("mod".to_owned()));
        run.order(ClipOrder { title: title.to_owned(), ..asked }).await;
        while fake.asked().len() == number {
            tokio::task::yield_now().await;
        }
    }
    let second = run.store.open_intents().await.unwrap().into_iter().find(|i| i.title == "two");
    fake.make("A", second.unwrap().called_ms.unwrap());
    fake.0.lock().unwrap().made[0].title = "one".to_owned();
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    let open = run.store.open_intents().await.unwrap();
    assert!(open.iter().all(|intent| intent.title == "two"), "{open:?}");
    assert!(fake.0.lock().unwrap().asked_of_vods.is_empty());
    run.stop().await;
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][8], "one");
}
