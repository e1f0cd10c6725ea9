-- Clips from the VOD, review, downloads, viewers' clips.

-- SQLite can't change a CHECK, so both tables are made anew. Clips go aside first:
-- dropping intents would delete them, too.
CREATE TABLE clips_before AS SELECT * FROM clips;
DROP TABLE clips;

CREATE TABLE intents_new (
    channel    INTEGER NOT NULL REFERENCES channels (id),
    trigger_ms INTEGER NOT NULL,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'requested', 'created', 'confirmed',
                                                 'unconfirmed', 'unknown', 'vod', 'refused',
                                                 'missed', 'rejected')),
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
    -- The clip is made from the VOD: the live one was certainly not made.
    from_vod   INTEGER NOT NULL DEFAULT 0,
    -- Whether somebody has to say yes first, and what was said.
    review     TEXT    NOT NULL DEFAULT 'none'
                       CHECK (review IN ('none', 'asked', 'accepted', 'rejected')),
    PRIMARY KEY (channel, trigger_ms),
    CHECK (end_ms >= start_ms)
) WITHOUT ROWID;
INSERT INTO intents_new (channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms, title,
                         duration_s, attempts, reason, clip_id, clip_url, edit_url, called_ms,
                         created_ms, updated_ms)
    SELECT channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms, title, duration_s,
           attempts, reason, clip_id, clip_url, edit_url, called_ms, created_ms, updated_ms
    FROM intents;
DROP TABLE intents;
ALTER TABLE intents_new RENAME TO intents;
CREATE INDEX intents_by_end ON intents (channel, end_ms);
CREATE INDEX intents_by_time ON intents (trigger_ms);
CREATE INDEX intents_open ON intents (due_ms)
    WHERE state IN ('waiting', 'requested', 'unknown', 'created', 'vod');
CREATE INDEX intents_in_review ON intents (trigger_ms)
    WHERE state = 'waiting' AND review <> 'none';

CREATE TABLE clips (
    clip_id      TEXT    NOT NULL PRIMARY KEY,
    channel      INTEGER NOT NULL,
    trigger_ms   INTEGER NOT NULL,
    title        TEXT    NOT NULL,
    clip_url     TEXT,
    edit_url     TEXT,
    called_ms    INTEGER,
    confirmed_ms INTEGER,
    download     TEXT    NOT NULL DEFAULT 'none'
                         CHECK (download IN ('none', 'wanted', 'done', 'failed')),
    -- A moment is clipped at most once.
    UNIQUE (channel, trigger_ms),
    FOREIGN KEY (channel, trigger_ms) REFERENCES intents (channel, trigger_ms) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO clips (clip_id, channel, trigger_ms, title, clip_url, edit_url, called_ms,
                   confirmed_ms)
    SELECT clip_id, channel, trigger_ms, title, clip_url, edit_url, called_ms, confirmed_ms
    FROM clips_before;
DROP TABLE clips_before;
CREATE INDEX clips_to_download ON clips (called_ms) WHERE download = 'wanted';

-- Clips that others made of the channels.
CREATE TABLE viewer_clips (
    clip_id    TEXT    NOT NULL PRIMARY KEY,
    channel    INTEGER NOT NULL REFERENCES channels (id),
    creator    TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    vod_offset INTEGER,
    duration_s REAL    NOT NULL,
    title      TEXT    NOT NULL,
    views      INTEGER NOT NULL,
    found_ms   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX viewer_clips_by_time ON viewer_clips (created_ms);
