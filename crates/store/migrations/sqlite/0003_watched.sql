-- When Cliphound ran, what of each channel it heard, and where VODs lie.

-- A run of Cliphound, up to its newest sign of life.
CREATE TABLE runs (
    start_ms INTEGER NOT NULL PRIMARY KEY,
    end_ms   INTEGER NOT NULL,
    -- It ended in good order, and `end_ms` is exact.
    is_clean INTEGER NOT NULL,
    CHECK (end_ms >= start_ms)
);

-- Stretches of a channel; those of one kind don't overlap. `live`: the channel was followed,
-- and whether it was live. `gap`: it was (or may have been) live and was not watched, and why.
-- `held`: moments were held back by a pause or a mute. No CHECK on the words: newer versions
-- know more of them.
CREATE TABLE stretches (
    channel  INTEGER NOT NULL REFERENCES channels (id),
    kind     TEXT    NOT NULL CHECK (kind IN ('live', 'gap', 'held')),
    start_ms INTEGER NOT NULL,
    end_ms   INTEGER NOT NULL,
    word     TEXT    NOT NULL,
    PRIMARY KEY (channel, kind, start_ms),
    CHECK (end_ms > start_ms)
) WITHOUT ROWID;
CREATE INDEX stretches_by_end ON stretches (end_ms);

-- VODs as Twitch told of them, so that a moment's place in one can be told later.
CREATE TABLE vods (
    vod_id     TEXT    NOT NULL PRIMARY KEY,
    channel    INTEGER NOT NULL REFERENCES channels (id),
    started_ms INTEGER NOT NULL,
    length_s   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX vods_by_start ON vods (channel, started_ms);
