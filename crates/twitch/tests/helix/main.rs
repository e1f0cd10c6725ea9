//! Helix and tokens against a server on loopback: each status, each way to lose an answer.

#[cfg(test)]
mod chat;
#[cfg(test)]
mod clips;
#[cfg(test)]
mod emotes;
#[cfg(test)]
mod eventsub;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod shared_file;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod vod;
