//! What chat tells, as the engine's inputs: the same for live chat and for logs. Pure.

use cliphound_engine::{Input, Live, Message, Role};
use cliphound_twitch::chat::{
    ChatEvent, ChatMessage, Signal,
    event::{NoticeKind, UserNotice},
    signal::Stage,
};

/// The input for an event; `None` when it changes no decision.
#[must_use]
pub fn input(event: ChatEvent) -> Option<Input> {
    match event {
        ChatEvent::Message(message) => Some(Input::Message(chat_line(message))),
        ChatEvent::UserNotice(notice) => user_notice(&notice),
        ChatEvent::ChatCleared { user: Some(user) } => Some(Input::UserCleared { user }),
        ChatEvent::ChatCleared { user: None } => Some(Input::ChatCleared),
        ChatEvent::MessageDeleted { id } => Some(Input::MessageDeleted { id }),
        ChatEvent::Joined => Some(Input::Reconnected),
        ChatEvent::Lost(_) => Some(Input::Disconnected),
        ChatEvent::Signal(signal) => signalled(&signal),
        ChatEvent::RoomState(_) | ChatEvent::Notice { .. } => None,
    }
}

fn chat_line(message: ChatMessage) -> Message {
    let role = role(&message);
    Message {
        id: Some(message.id).filter(|id| !id.is_empty()),
        user: Some(message.login).filter(|login| !login.is_empty()),
        text: message.text,
        emotes: message.emotes,
        role,
        bits: message.bits,
    }
}

/// The highest of the sender's roles.
fn role(message: &ChatMessage) -> Role {
    if message.broadcaster {
        Role::Broadcaster
    } else if message.moderator {
        Role::Moderator
    } else if message.vip {
        Role::Vip
    } else if message.subscriber {
        Role::Subscriber
    } else {
        Role::Viewer
    }
}

/// The text that somebody adds to a subscription is Twitch's prompt, not chat's reaction:
/// it does not count as a message.
fn user_notice(notice: &UserNotice) -> Option<Input> {
    match &notice.kind {
        NoticeKind::Raid { viewers } => Some(Input::Raid { viewers: *viewers }),
        NoticeKind::Subscription => Some(Input::Subscription),
        NoticeKind::Gift { count } => Some(Input::Gift { count: *count }),
        NoticeKind::Other(_) => None,
    }
}

fn signalled(signal: &Signal) -> Option<Input> {
    match signal {
        Signal::Online => Some(Input::Live(Live::Online)),
        Signal::Offline => Some(Input::Live(Live::Offline)),
        // Chat tells these as well, by a notice or with the message, and there they count.
        Signal::Raid { .. }
        | Signal::Subscribed { .. }
        | Signal::Gifted { .. }
        | Signal::Cheer { .. }
        | Signal::BitsUsed { .. } => None,
        Signal::AdBreak { seconds, .. } => Some(Input::AdBreak { seconds: *seconds }),
        Signal::Poll { stage, .. } | Signal::Prediction { stage, .. } => {
            (*stage != Stage::Progress).then_some(Input::Poll)
        }
        // What the streamer named of these decides: `crate::named_signals`.
        Signal::HypeTrain { .. } | Signal::Redemption { .. } => None,
        // For titles only.
        Signal::Updated { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::chat::Loss;

    use super::*;

    #[test]
    fn a_message_keeps_what_decides() {
        let message = ChatMessage {
            id: "m1".into(),
            user_id: "7".into(),
            login: "ann".into(),
            text: "Kappa".into(),
            emotes: vec!["Kappa".into()],
            broadcaster: false,
            moderator: true,
            vip: false,
            subscriber: true,
            bits: 5,
        };
        let expected = Message {
            id: Some("m1".into()),
            user: Some("ann".into()),
            text: "Kappa".into(),
            emotes: vec!["Kappa".into()],
            role: Role::Moderator,
            bits: 5,
        };
        assert_eq!(input(ChatEvent::Message(message)), Some(Input::Message(expected)));
    }

    #[test]
    fn what_is_missing_is_none() {
        let expected = Message { role: Role::Broadcaster, ..Message::default() };
        let message = ChatMessage { broadcaster: true, moderator: true, ..ChatMessage::default() };
        assert_eq!(input(ChatEvent::Message(message)), Some(Input::Message(expected)));
    }

    #[test]
    fn events() {
        let notice = |kind| {
            let (login, text, id) = ("ann".to_owned(), Some("wow".to_owned()), "n1".to_owned());
            ChatEvent::UserNotice(UserNotice { kind, login, text, id })
        };
        let (title, seconds) = (String::new(), Some(60));
        let poll = |stage| Signal::Poll { stage, title: title.clone(), seconds };
        let prediction = |stage| Signal::Prediction { stage, title: title.clone(), seconds };
        for (event, expected) in [
            (notice(NoticeKind::Raid { viewers: 9 }), Some(Input::Raid { viewers: 9 })),
            (notice(NoticeKind::Subscription), Some(Input::Subscription)),
            (notice(NoticeKind::Gift { count: 5 }), Some(Input::Gift { count: 5 })),
            (notice(NoticeKind::Other("announcement".into())), None),
            (ChatEvent::ChatCleared { user: None }, Some(Input::ChatCleared)),
            (
                ChatEvent::ChatCleared { user: Some("bob".into()) },
                Some(Input::UserCleared { user: "bob".into() }),
            ),
            (
                ChatEvent::MessageDeleted { id: "m1".into() },
                Some(Input::MessageDeleted { id: "m1".into() }),
            ),
            (ChatEvent::Signal(Signal::Online), Some(Input::Live(Live::Online))),
            (ChatEvent::Signal(Signal::Offline), Some(Input::Live(Live::Offline))),
            // Chat's own notice of the raid counts; this would be the second time.
            (ChatEvent::Signal(Signal::Raid { login: "ann".into(), viewers: 9 }), None),
            (
                ChatEvent::Signal(Signal::AdBreak { seconds: 90, automatic: true }),
                Some(Input::AdBreak { seconds: 90 }),
            ),
            (ChatEvent::Signal(poll(Stage::Begin)), Some(Input::Poll)),
            (ChatEvent::Signal(poll(Stage::Progress)), None),
            (ChatEvent::Signal(poll(Stage::End)), Some(Input::Poll)),
            (ChatEvent::Signal(prediction(Stage::Begin)), Some(Input::Poll)),
            (ChatEvent::Signal(prediction(Stage::End)), Some(Input::Poll)),
            (ChatEvent::Joined, Some(Input::Reconnected)),
            (ChatEvent::Lost(Loss::PUT_OUT), Some(Input::Disconnected)),
            (ChatEvent::Notice { msg_id: String::new(), text: String::new() }, None),
        ] {
            assert_eq!(input(event.clone()), expected, "{event:?}");
        }
    }
}
