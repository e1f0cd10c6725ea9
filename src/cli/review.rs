//! `cliphound review`: what waits for somebody's yes, and the yes or no.

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_store::{Intent, IntentKey, MomentRow, Page, Review, Store, StoreError, Verdict};

use super::{UsageError, must_exist, runtime};
use crate::{
    clips::{row, stands::Stands},
    config::{self, Config, GlobalArgs},
    records::record,
};

/// Options of `review`.
#[derive(clap::Args)]
#[command(after_help = "\
With publish = \"review\" under [clips], moments wait here, and nothing is public until
somebody accepts them. An accepted one is made from the VOD by the running Cliphound
within seconds, or when it is started next.

Example:
  cliphound review list
  cliphound review accept 141981764@1790000000000")]
pub struct ReviewArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// List the moments that wait, the oldest first
    List,
    /// Say yes: the clips are made from the VOD
    Accept {
        /// Keys from the list
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Say no: no clips are made
    Reject {
        /// Keys from the list
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}

/// Lists or decides. Works beside a running daemon, by the database.
///
/// # Errors
/// When a key is wrong or unknown, or the database can't be used.
pub fn run(global: &GlobalArgs, args: &ReviewArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    must_exist(&config.dir)?;
    let decisions = match &args.what {
        What::List => None,
        What::Accept { keys } => Some((parsed(keys)?, Verdict::Kept)),
        What::Reject { keys } => Some((parsed(keys)?, Verdict::Rejected)),
    };
    let database = config.dir.database();
    if !database.exists() {
        anyhow::ensure!(
            decisions.is_none(),
            "there is no database {}: name Cliphound's folder with --dir",
            database.display()
        );
        std::io::stdout().lock().write_all(NOTHING.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut told = String::new();
    let outcome = runtime()?.block_on(async {
        let store = Store::open(&database).await.map_err(in_words)?;
        let outcome = match decisions {
            None => list(&store, &mut told).await,
            Some((keys, decision)) => decide(&store, &keys, decision, &mut told).await,
        };
        store.close().await;
        outcome
    });
    // What was decided before something failed stays decided.
    std::io::stdout().lock().write_all(told.as_bytes()).context("the list can't be written")?;
    outcome.map(|()| ExitCode::SUCCESS)
}

const NOTHING: &str = "nothing waits for review\n";

/// Whoever reviews is often another user than the service's.
fn in_words(error: StoreError) -> anyhow::Error {
    let StoreError::Unwritable { path, .. } = &error else { return error.into() };
    let shown = path.display();
    match refusal(path) {
        Some(ErrorKind::PermissionDenied) => anyhow::anyhow!(
            "the database {shown} can't be written by this user: run this as the user that Cliphound runs as (sudo -u cliphound …)"
        ),
        Some(ErrorKind::ReadOnlyFilesystem) => anyhow::anyhow!(
            "the database {shown} lies on a file system that is mounted read-only: mount it writable first"
        ),
        _ => error.into(),
    }
}

/// Why the system lets nobody write a file, or make others beside it as SQLite does; `None`: it does.
fn refusal(path: &Path) -> Option<ErrorKind> {
    let file = OpenOptions::new().append(true).open(path).err();
    let beside = || tempfile::tempfile_in(path.parent()?).err();
    file.or_else(beside).map(|error| error.kind())
}

fn parsed(keys: &[String]) -> Result<Vec<IntentKey>, UsageError> {
    keys.iter().map(|key| key_of(key)).collect()
}

/// A key as the list shows it: `BROADCASTER_ID@TRIGGER_MS`.
fn key_of(text: &str) -> Result<IntentKey, UsageError> {
    let see = |error| UsageError(format!("{error}: see `cliphound review list`"));
    text.trim().parse().map_err(see)
}

async fn list(store: &Store, told: &mut String) -> anyhow::Result<()> {
    let waiting = store.in_review(Page::MAX).await?;
    if waiting.is_empty() {
        told.push_str(NOTHING);
        return Ok(());
    }
    told.push_str("# key\ttime\tchannel\tscore\ttrigger\tdecision\ttitle\n");
    for intent in &waiting {
        let moment = store.moment(&intent.key).await?;
        told.push_str(&line(intent, moment));
    }
    if waiting.len() as u32 == Page::MAX {
        let _ = writeln!(told, "# … and perhaps more");
    }
    Ok(())
}

fn line(intent: &Intent, moment: Option<MomentRow>) -> String {
    let moment = row::moment(intent, moment);
    let time = jiff::Timestamp::from_millisecond(intent.key.trigger_ms);
    let time = time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let decision = match intent.review {
        Review::Accepted => "accepted",
        Review::Rejected => "rejected",
        Review::None | Review::Asked => "-",
    };
    let (title, cause) =
        (record::text(Some(&intent.title)), record::text(Some(&moment.cause.to_string())));
    let (key, channel, time) = (&intent.key, &intent.login, time.unwrap_or_default());
    let score = moment.score;
    format!("{key}\t{time}\t{channel}\t{score:.3}\t{cause}\t{decision}\t{title}\n")
}

/// Who decides here, in the history of a moment.
const BY: &str = "terminal";

async fn decide(
    store: &Store,
    keys: &[IntentKey],
    verdict: Verdict,
    told: &mut String,
) -> anyhow::Result<()> {
    let decided = match verdict {
        Verdict::Kept => Review::Accepted,
        Verdict::Rejected => Review::Rejected,
    };
    for key in keys {
        match store.decide(key, verdict, BY, Clock::system().now_ms()).await {
            Ok(()) => {
                let _ = writeln!(told, "{key} {}", decided.as_str());
            }
            Err(StoreError::NoIntent(key)) => {
                anyhow::bail!("there is no moment {key}: see `cliphound review list`");
            }
            Err(StoreError::NotInReview { key, .. }) => {
                anyhow::bail!(decided_already(store, &key).await?)
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Why nothing is to be decided about a moment any more.
async fn decided_already(store: &Store, key: &IntentKey) -> anyhow::Result<String> {
    let intent = store.intent(key).await?;
    let (reason, from_vod) =
        intent.as_ref().map_or((None, false), |own| (own.reason.as_deref(), own.from_vod));
    let stands = Stands::of_intent(intent.as_ref()).sentence(reason, from_vod);
    Ok(format!("moment {key} waits for nobody's yes: {stands} See `cliphound review list`"))
}

#[cfg(test)]
mod tests {
    use cliphound_store::NewIntent;

    use super::*;
    use crate::clips::sample;

    #[tokio::test]
    async fn what_was_decided_is_said_and_what_can_not_be_why() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        let key = |at_ms| sample::moment("7", at_ms).key;
        for (at_ms, in_review) in [(60_000, true), (120_000, true), (180_000, false)] {
            let moment = sample::moment("7", at_ms);
            store.record_moment(&moment).await.unwrap();
            let promise = NewIntent { in_review, ..sample::promise(&moment) };
            store.promise(&promise).await.unwrap();
        }
        let said = async |at_ms: &[i64], verdict| {
            let keys: Vec<_> = at_ms.iter().map(|at_ms| key(*at_ms)).collect();
            let mut told = String::new();
            let outcome = decide(&store, &keys, verdict, &mut told).await;
            (told, outcome.err().map(|error| error.to_string()).unwrap_or_default())
        };
        let (told, error) = said(&[60_000, 180_000, 120_000], Verdict::Kept).await;
        assert_eq!(told, "7@60000 accepted\n", "what was decided before is said");
        let expected = "moment 7@180000 waits for nobody's yes: ";
        assert!(error.starts_with(expected) && error.contains("review list"), "{error}");
        let (told, error) = said(&[120_000], Verdict::Rejected).await;
        assert_eq!((told.as_str(), error.as_str()), ("7@120000 rejected\n", ""));
        let (told, error) = said(&[5], Verdict::Kept).await;
        let unknown = "there is no moment 7@5: see `cliphound review list`";
        assert_eq!((told.as_str(), error.as_str()), ("", unknown));
    }

    #[cfg(unix)]
    #[test]
    fn who_may_not_write_is_told_from_a_disk_that_nobody_writes() {
        let said = |path: &str| {
            let (path, detail) = (path.into(), "attempt to write a readonly database".to_owned());
            in_words(StoreError::Unwritable { path, detail }).to_string()
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        std::fs::write(&path, "").unwrap();
        let writable = said(path.to_str().unwrap());
        assert!(writable.contains("attempt to write") && !writable.contains("sudo"), "{writable}");
        // Whoever tests is seldom root, who may write everywhere but to a read-only file system.
        if let Some(kind) = refusal(Path::new("/proc/version")) {
            let told = said("/proc/version");
            assert_eq!(
                told.contains("sudo -u cliphound"),
                kind == ErrorKind::PermissionDenied,
                "{told}"
            );
        }
    }

    #[test]
    fn keys_are_read_as_they_are_shown() {
        for (text, expected) in [
            ("7@1790000000000", Some(("7", 1_790_000_000_000))),
            ("login:ninja@5", Some(("login:ninja", 5))),
            (" 7@5 ", Some(("7", 5))),
            ("7", None),
            ("@5", None),
            ("7@soon", None),
        ] {
            let key = key_of(text).ok();
            let parts = key.as_ref().map(|key| (key.broadcaster_id.as_str(), key.trigger_ms));
            assert_eq!(parts, expected, "{text}");
        }
    }
}
