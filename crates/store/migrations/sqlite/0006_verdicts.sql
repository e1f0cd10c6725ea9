-- What editors think of moments, what they call them, and clips that were cut anew by hand.

-- Every verdict; those of a moment that were not undone lie on top of each other.
CREATE TABLE verdicts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    channel    INTEGER NOT NULL,
    trigger_ms INTEGER NOT NULL,
    verdict    TEXT    NOT NULL CHECK (verdict IN ('kept', 'rejected')),
    -- A name of the log-in, or `terminal`.
    by         TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    undone_ms  INTEGER,
    undone_by  TEXT,
    FOREIGN KEY (channel, trigger_ms) REFERENCES moments (channel, trigger_ms) ON DELETE CASCADE
);
CREATE INDEX verdicts_by_moment ON verdicts (channel, trigger_ms, id);
CREATE INDEX verdicts_by_person ON verdicts (by, id) WHERE undone_ms IS NULL;

-- The verdict that holds, NULL after an undo, and the number of its newest change: who follows
-- the verdicts remembers the highest number that they saw.
CREATE TABLE judged (
    channel    INTEGER NOT NULL,
    trigger_ms INTEGER NOT NULL,
    verdict    TEXT    CHECK (verdict IN ('kept', 'rejected')),
    change     INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (channel, trigger_ms),
    FOREIGN KEY (channel, trigger_ms) REFERENCES moments (channel, trigger_ms) ON DELETE CASCADE
) WITHOUT ROWID;

-- What an editor calls a moment whose clip has another title already: Twitch can't rename it.
CREATE TABLE titles (
    channel    INTEGER NOT NULL,
    trigger_ms INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    by         TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (channel, trigger_ms),
    FOREIGN KEY (channel, trigger_ms) REFERENCES moments (channel, trigger_ms) ON DELETE CASCADE
) WITHOUT ROWID;

-- Clips cut anew: each is a moment of its own (`trigger_ms`), asked for by hand, and its intent
-- leads the life of any other.
CREATE TABLE recuts (
    channel    INTEGER NOT NULL,
    trigger_ms INTEGER NOT NULL,
    -- The trigger of the moment that it is cut of.
    of_ms      INTEGER NOT NULL,
    by         TEXT    NOT NULL,
    asked_ms   INTEGER NOT NULL,
    PRIMARY KEY (channel, trigger_ms),
    FOREIGN KEY (channel, trigger_ms) REFERENCES moments (channel, trigger_ms) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX recuts_by_moment ON recuts (channel, of_ms);

-- What chat wrote around moments: a few lines each, for some days, until they are deleted there.
-- No foreign key to `moments`: they come in no order.
CREATE TABLE chat_lines (
    channel    INTEGER NOT NULL REFERENCES channels (id),
    trigger_ms INTEGER NOT NULL,
    nth        INTEGER NOT NULL,
    sent_ms    INTEGER NOT NULL,
    message_id TEXT    NOT NULL,
    login      TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    PRIMARY KEY (channel, trigger_ms, nth)
) WITHOUT ROWID;
CREATE INDEX chat_lines_by_message ON chat_lines (message_id);
CREATE INDEX chat_lines_by_login ON chat_lines (login);
CREATE INDEX chat_lines_by_time ON chat_lines (trigger_ms);
