-- Alerts about no channel: a log-in that has ended concerns all of them.

-- SQLite can't take a NOT NULL away, so the table is made anew.
CREATE TABLE outbox_new (
    -- The order in which an alert's rows are sent.
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    alert      TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    -- Which clip, moment, stream or trouble it is about.
    key        TEXT    NOT NULL,
    -- NULL: it is about no channel.
    channel    INTEGER REFERENCES channels (id),
    payload    TEXT    NOT NULL CHECK (json_valid(payload)),
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    tries      INTEGER NOT NULL DEFAULT 0,
    due_ms     INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    error      TEXT,
    UNIQUE (alert, event, key)
);
INSERT INTO outbox_new (id, alert, event, key, channel, payload, state, tries, due_ms, created_ms,
                        ended_ms, error)
    SELECT id, alert, event, key, channel, payload, state, tries, due_ms, created_ms, ended_ms,
           error
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (alert, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_end ON outbox (alert, ended_ms) WHERE state <> 'waiting';
CREATE INDEX outbox_by_channel ON outbox (channel, event, created_ms);
