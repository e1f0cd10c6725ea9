-- Lines of the records that their disk did not take: a crash must not cost them.
CREATE TABLE waiting_lines (
    id       INTEGER PRIMARY KEY,
    -- The file's name.
    record   TEXT NOT NULL,
    text     TEXT NOT NULL,
    -- The clip that it is about, as it stands in the line.
    clip_url TEXT,
    UNIQUE (record, text)
);
