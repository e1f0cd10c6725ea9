//! Helix and tokens against a server on loopback: each status, each way to lose an answer.

#[cfg(test)]
mod chat;
#[cfg(test)]
mod clips;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod vod;
