//! Messages of EventSub as Twitch documents them, and what they mean: the same as IRC's lines.

#[cfg(test)]
mod any_json;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod signals;
