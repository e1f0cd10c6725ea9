-- Times are Unix milliseconds; flags are 0 or 1.

-- A channel is known by its broadcaster's id, or by `login:LOGIN` while Cliphound
-- has no account to ask Twitch for the id.
CREATE TABLE channels (
    id             INTEGER PRIMARY KEY,
    broadcaster_id TEXT NOT NULL UNIQUE,
    login          TEXT NOT NULL
);

CREATE TABLE moments (
    channel    INTEGER NOT NULL REFERENCES channels (id),
    trigger_ms INTEGER NOT NULL,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL,
    score      REAL    NOT NULL,
    threshold  REAL    NOT NULL,
    cause      TEXT    NOT NULL,
    reasons    TEXT    NOT NULL CHECK (json_valid(reasons)),
    learning   INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    PRIMARY KEY (channel, trigger_ms),
    CHECK (end_ms >= start_ms)
) WITHOUT ROWID;
CREATE INDEX moments_by_time ON moments (trigger_ms);

-- No foreign key to `moments`: a promise to clip must not depend on the order of two writes.
CREATE TABLE intents (
    channel    INTEGER NOT NULL REFERENCES channels (id),
    trigger_ms INTEGER NOT NULL,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'requested', 'created', 'confirmed',
                                                 'unconfirmed', 'unknown', 'refused', 'missed')),
    due_ms     INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    duration_s REAL    NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    reason     TEXT,
    clip_id    TEXT,
    clip_url   TEXT,
    edit_url   TEXT,
    called_ms  INTEGER,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, trigger_ms),
    CHECK (end_ms >= start_ms)
) WITHOUT ROWID;
-- For the overlap check: only the newest intents of a channel end after a new one starts.
CREATE INDEX intents_by_end ON intents (channel, end_ms);
CREATE INDEX intents_by_time ON intents (trigger_ms);
CREATE INDEX intents_open ON intents (due_ms)
    WHERE state IN ('waiting', 'requested', 'unknown', 'created');

CREATE TABLE clips (
    clip_id      TEXT    NOT NULL PRIMARY KEY,
    channel      INTEGER NOT NULL,
    trigger_ms   INTEGER NOT NULL,
    title        TEXT    NOT NULL,
    clip_url     TEXT,
    edit_url     TEXT,
    called_ms    INTEGER,
    confirmed_ms INTEGER,
    -- A moment is clipped at most once.
    UNIQUE (channel, trigger_ms),
    FOREIGN KEY (channel, trigger_ms) REFERENCES intents (channel, trigger_ms) ON DELETE CASCADE
) WITHOUT ROWID;

-- Time first: rows arrive in the order of the key, which is far faster than channel first.
CREATE TABLE windows (
    end_ms    INTEGER NOT NULL,
    channel   INTEGER NOT NULL REFERENCES channels (id),
    messages  INTEGER NOT NULL,
    chatters  INTEGER NOT NULL,
    score     REAL    NOT NULL,
    threshold REAL    NOT NULL,
    sentiment REAL    NOT NULL,
    viewers   INTEGER,
    PRIMARY KEY (end_ms, channel)
) WITHOUT ROWID;
CREATE INDEX windows_by_channel ON windows (channel, end_ms);
