//! What chat would be read by where EventSub may read it, within Twitch's limits.

use cliphound_twitch::{
    ChannelLogin,
    eventsub::{Plan, Watched, Wishes},
    helix::User,
};

use super::{channels::in_order, finding::Finding, token::Valid};
use crate::config::{ChatSource, Config};

/// The plan that `daemon::sources` would make for the channels that Twitch knows; `None` where
/// there is none to make, or the line of the token says why.
pub(super) fn check(config: &Config, clipper: &Valid, users: &[User]) -> Option<Finding> {
    let listed = &config.twitch.channels;
    let watched = |user: &User| {
        let login = ChannelLogin::parse(&user.login).ok()?;
        Some(Watched { login, id: user.id.clone() })
    };
    let channels: Vec<Watched> = in_order(listed, users).into_iter().filter_map(watched).collect();
    let plan = Plan::new(&Wishes {
        user_id: &clipper.user_id,
        scopes: &clipper.scopes,
        channels: &channels,
        chat: true,
        signals: false,
    });
    judge(config.chat.source, &plan, listed.len().saturating_sub(plan.chat.len()))
}

fn judge(source: ChatSource, plan: &Plan, others: usize) -> Option<Finding> {
    let words = plan.explain();
    let counted = if others == 1 { "1 channel".to_owned() } else { format!("{others} channels") };
    match source {
        ChatSource::Irc => None,
        ChatSource::Auto => Some(Finding::ok("chat", format!("{words}; {counted} by IRC"))),
        ChatSource::EventSub if plan.chat.is_empty() => None,
        ChatSource::EventSub if others == 0 => Some(Finding::ok("chat", words)),
        ChatSource::EventSub => {
            let text = format!(
                "{words}; not heard: {counted}; set chat.source to auto, which reads them by IRC"
            );
            Some(Finding::warn("chat", text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_heard_is_a_warning() {
        let (scopes, channels) = (["user:read:chat".to_owned()], ["ann", "bob"]);
        let channels = channels
            .map(|name| Watched { login: ChannelLogin::parse(name).unwrap(), id: name.to_owned() });
        let plan = |scopes: &[String]| {
            let wishes =
                Wishes { user_id: "7", scopes, channels: &channels, chat: true, signals: false };
            Plan::new(&wishes)
        };
        let told = |source, scopes: &[String], others| {
            judge(source, &plan(scopes), others).map(|finding| finding.to_string())
        };
        let words = "chat of 2 channels by EventSub; begin and end of the stream of 2 channels; 18 subscriptions over 1 connection, cost 8 of 10";
        let ok = |end: &str| Some(format!("ok    chat          {words}{end}"));
        assert_eq!(told(ChatSource::Irc, &scopes, 0), None);
        assert_eq!(told(ChatSource::Auto, &scopes, 1), ok("; 1 channel by IRC"));
        assert_eq!(told(ChatSource::EventSub, &scopes, 0), ok(""));
        let lost = told(ChatSource::EventSub, &scopes, 3).unwrap();
        assert!(lost.starts_with("warn  chat") && lost.contains("not heard: 3 channels"), "{lost}");
        assert_eq!(told(ChatSource::EventSub, &[], 2), None, "the token's line says it");
    }
}
