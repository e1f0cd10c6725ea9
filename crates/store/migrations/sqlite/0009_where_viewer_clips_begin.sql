-- Where a viewer's clip begins on Twitch's clock, as far as Twitch told: `vod_offset` counts from the
-- start of the stream, of which Cliphound may have seen the end only.
ALTER TABLE viewer_clips ADD COLUMN start_ms INTEGER;
