//! The log on stderr: for people or as JSON, on Cliphound's clock, without secrets.

mod harmless;

use std::{
    fmt,
    io::{self, IsTerminal},
};

use anyhow::Context;
use cliphound_clock::Clock;
use tracing::{Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt::{MakeWriter, format::Writer, time::FormatTime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use harmless::Harmless;

use crate::{
    config::{Log, LogFormat},
    crew::panics,
};

/// Starts the log of the whole process, which panics are told in from then on. Call it once.
///
/// # Errors
/// When a log was started before.
pub fn start(log: &Log, clock: Clock) -> anyhow::Result<()> {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    subscriber(log, clock, colours, io::stderr).try_init().context("the log can't be started")?;
    panics::tell();
    Ok(())
}

/// Libraries say at their `debug` and `trace` what they send, tokens included:
/// below `info` only our own crates are heard, whatever the filter asks for.
fn subscriber<W>(log: &Log, clock: Clock, colours: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours = |target: &str| target.starts_with("cliphound");
    let safe = filter_fn(move |about| *about.level() <= Level::INFO || ours(about.target()));
    let filter = EnvFilter::new(log.filter.as_str()).and(safe);
    let layer = tracing_subscriber::fmt::layer()
        .with_timer(LogTime(clock))
        .with_ansi(colours)
        .log_internal_errors(false)
        .with_writer(Harmless { to: writer, colours });
    let layer = match log.format {
        LogFormat::Text => layer.compact().with_target(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter))
}

/// RFC 3339 in UTC with milliseconds, as in the records.
struct LogTime(Clock);

impl FormatTime for LogTime {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        let now = jiff::Timestamp::from_millisecond(self.0.now_ms()).map_err(|_| fmt::Error)?;
        write!(w, "{now:.3}")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::{
        config::GlobalArgs,
        crew::{Broken, Post, named, outcome},
    };

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: &str, verbose: u8, events: impl FnOnce()) -> String {
        let args = GlobalArgs { log_format: Some(format.into()), verbose, ..GlobalArgs::default() };
        let page = Page::default();
        let writer = page.clone();
        let clock = Clock::starting_at(1_500, 0.1);
        let log = Log::from_args(&args).unwrap();
        let subscriber = subscriber(&log, clock, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, events);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn people_get_a_line() {
        let text = logged("text", 0, || {
            tracing::info!(channel = "ninja", "joined");
            tracing::debug!("not asked for");
        });
        assert!(text.starts_with("1970-01-01T00:00:01.5") && text.contains("Z  INFO"), "{text}");
        assert!(text.contains("joined") && text.contains("channel=\"ninja\""), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn colours_are_the_layers_own() {
        let page = Page::default();
        let (writer, clock) = (page.clone(), Clock::starting_at(1_500, 0.1));
        let log = Log::from_args(&GlobalArgs::default()).unwrap();
        let subscriber = subscriber(&log, clock, true, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(value = %"a\u{1b}[8mb", channel = "ninja", "joined");
        });
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("\u{1b}[31mERROR\u{1b}[0m"), "{text:?}");
        assert!(text.contains("a\\u001b[8mb") || text.contains("a\\x1b[8mb"), "{text:?}");
        assert_eq!(text.matches("\\u001b").count(), 1, "{text:?}");
    }

    #[test]
    fn programs_get_an_object_a_line() {
        let text = logged("json", 0, || tracing::warn!(count = 3, "late"));
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(
            (&line["level"], &line["message"], &line["count"]),
            (&"WARN".into(), &"late".into(), &3.into())
        );
    }

    /// Whoever owns the task.
    #[test]
    fn a_panic_is_told_with_its_task_and_counted() {
        let before = panics::count();
        let text = logged("text", 0, || {
            panics::tell();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let post = Post::passing("IRC connection").about("7");
            let broken = runtime.block_on(async {
                let task = named(&post, async { panic!("no token {}", ["\"hush\""][0]) });
                outcome::<()>(TaskTracker::new().spawn(task)).await
            });
            drop(std::panic::take_hook());
            assert_eq!(broken, Err(Broken::Panicked));
        });
        assert!(text.contains("task=\"IRC connection 7\"") && !text.contains("hush"), "{text}");
        assert!(panics::count() > before);
    }

    #[test]
    fn libraries_are_never_heard_below_info() {
        let text = logged("text", 2, || {
            tracing::trace!(target: "tungstenite::protocol", "PASS oauth:hush");
            tracing::debug!(target: "hyper", "authorization: hush");
            tracing::trace!("our own");
        });
        assert!(text.contains("our own") && !text.contains("hush"), "{text}");
    }
}
