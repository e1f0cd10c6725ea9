//! All that an engine reads from a chat line's text. Who has it decides as the text did, and
//! needs the text no more.

use serde::{Deserialize, Serialize};

use crate::{
    command::{self, Command},
    input::{Message, Role},
    text::{
        ChannelEmotes, TextFeatures,
        bots::is_known_bot,
        features::read_into,
        prompts::{MOST_WORDS, answers},
        votes::is_vote,
    },
};

/// What a line's text decides. Of its words there are numbers, hashes and the names of its
/// emotes; of a command what it asks for, without the title.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Gist {
    /// What it asks of Cliphound.
    pub(crate) command: Option<Command>,
    /// It is a command to some bot, and no part of the conversation.
    pub(crate) is_command: bool,
    /// It is a vote: by number, or a plain yes or no.
    pub(crate) is_vote: bool,
    /// Keys of the words that it tells chat to write, if its sender may announce.
    pub(crate) announced: Vec<u64>,
    /// What it says; nothing for commands.
    pub(crate) text: TextFeatures,
}

impl Gist {
    /// Reads a line of a channel with these emotes.
    #[must_use]
    pub fn of(message: &Message, emotes: &ChannelEmotes) -> Self {
        let mut gist = Self::default();
        gist.read(message, emotes);
        gist
    }

    /// The same for a gist in which nothing is yet: what is moved at once is waited for.
    pub(crate) fn read(&mut self, message: &Message, emotes: &ChannelEmotes) {
        let text = message.text.as_str();
        let announces =
            message.role >= Role::Moderator || message.user.as_deref().is_some_and(is_known_bot);
        if announces {
            self.announced = answers(text);
        }
        self.is_command = command::is_command(text);
        if self.is_command {
            self.command = Command::parse(text);
        } else {
            read_into(&mut self.text, text, &message.emotes, emotes);
        }
        self.is_vote = is_vote(text, self.text.key);
    }

    /// Whether some text can be read like this; figures from elsewhere are asked first.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.text.is_sound()
            && self.announced.len() <= MOST_WORDS
            && self.command.as_ref().is_none_or(Command::is_sound)
    }
}
