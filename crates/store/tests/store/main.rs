//! The database as its callers use it.

// `cfg(test)` is always set here; it tells clippy that the helpers, too, are tests.
#[cfg(test)]
mod access;
#[cfg(test)]
mod file;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod said;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod story;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod vods;
