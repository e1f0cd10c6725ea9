-- Whose words in chat a promise's title is, and in which message they were: what is deleted there is
-- found by one look. NULL: it is not from chat, or not any more.
ALTER TABLE intents ADD COLUMN said_by TEXT;
ALTER TABLE intents ADD COLUMN said_in TEXT;

-- Of before nobody knows: what somebody asked for is taken for their words, until it is deleted once.
UPDATE intents SET said_by = (
        SELECT substr(m.cause, 8) FROM moments m
        WHERE m.channel = intents.channel AND m.trigger_ms = intents.trigger_ms
          AND m.cause LIKE 'manual:%')
    WHERE automatic = 0 AND clip_id IS NULL AND title <> ''
      AND NOT EXISTS (SELECT 1 FROM titles t
                      WHERE t.channel = intents.channel AND t.trigger_ms = intents.trigger_ms)
      AND NOT EXISTS (SELECT 1 FROM recuts r
                      WHERE r.channel = intents.channel AND r.trigger_ms = intents.trigger_ms);
UPDATE intents SET said_in = (
        SELECT l.message_id FROM chat_lines l
        WHERE l.channel = intents.channel AND l.trigger_ms = intents.trigger_ms
          AND l.sent_ms = l.trigger_ms AND l.login = intents.said_by AND l.message_id <> '')
    WHERE said_by IS NOT NULL;

CREATE INDEX intents_said_by ON intents (channel, said_by) WHERE said_by IS NOT NULL;
CREATE INDEX intents_said_in ON intents (said_in) WHERE said_in IS NOT NULL;

-- Whoever is to be forgotten is found without reading all there is.
CREATE INDEX channels_by_login ON channels (login);
CREATE INDEX moments_asked_for ON moments (cause) WHERE automatic = 0;
CREATE INDEX viewer_clips_by_creator ON viewer_clips (lower(creator));
CREATE INDEX outbox_by_key ON outbox (key);
CREATE INDEX outbox_by_cause ON outbox (json_extract(payload, '$.cause'));

-- The broadcaster ids of a channel, between blanks: its row, which has them, goes first.
ALTER TABLE forgetting ADD COLUMN ids TEXT NOT NULL DEFAULT '';
