//! Tells of a panic in the log: the task, the place in the code, and as much of the message as
//! can hold no secret and nobody's chat.

use std::{
    any::Any,
    panic::{PanicHookInfo, set_hook},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use super::heart;

/// A told message is not longer than this.
const LONGEST: usize = 200;
/// Formatted messages of the standard library that hold numbers only.
const NUMBERS_ONLY: [&str; 3] = ["index out of bounds:", "range start index", "range end index"];

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Panics of this process since [`tell`], whoever owns what panicked.
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Relaxed)
}

/// From now on, panics of this process are told in the log and nowhere else. The log is to be
/// started before.
pub fn tell() {
    set_hook(Box::new(told));
}

fn told(panic: &PanicHookInfo<'_>) {
    COUNT.fetch_add(1, Relaxed);
    let task = heart::name();
    let task = task.as_deref().or(std::thread::current().name().map(|_| "a thread"));
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        task = task.unwrap_or("a thread"),
        location,
        "a task panicked (please report this as a bug): {}",
        message(panic.payload()),
    );
}

/// A message that stands in the code is told whole. One that was put together may quote what
/// it is about, such as a line of chat or a token: of it only the beginning is told.
fn message(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return (*text).to_owned();
    }
    let Some(text) = payload.downcast_ref::<String>() else {
        return "no message".to_owned();
    };
    if NUMBERS_ONLY.iter().any(|start| text.starts_with(start)) && !text.contains(['`', '"', '\''])
    {
        return text.chars().take(LONGEST).collect();
    }
    let end = text.find(['`', '"', '\'', '“', '‘', ':', '\n']).unwrap_or(text.len());
    let beginning: String = text[..end].chars().take(LONGEST).collect();
    let beginning = beginning.trim_end();
    if beginning.len() == text.len() {
        return beginning.to_owned();
    }
    format!("{beginning} … (the rest is left out, for it may quote chat or a secret)")
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn check(panics: fn(), expected: &str) {
        let payload = catch_unwind(panics).unwrap_err();
        let told = message(&*payload);
        assert!(told.starts_with(expected), "{told}");
        assert!(!told.contains("hush"), "{told}");
    }

    fn refused() -> Result<(), &'static str> {
        Err("hush")
    }

    #[test]
    fn what_a_panic_quotes_is_left_out() {
        check(|| panic!("the window is empty: by design"), "the window is empty: by design");
        check(|| panic!("no token {}", ["\"hush\""][0]), "no token …");
        check(|| assert!(["hush é"][0][..6].is_empty()), "");
        check(|| assert!([1, 2][["a", "b", "c"].len()] > 0), "index out of bounds: the len is 2");
        check(|| refused().expect("a token"), "a token …");
        check(|| refused().unwrap(), "called …");
        check(|| assert_eq!("hush", "other"), "assertion …");
        check(|| std::panic::panic_any(7), "no message");
    }
}
