-- A promise of a dry run stays one, whatever the next start is told; and one that was meant to be made and
-- ended as a dry run tells so.
ALTER TABLE intents ADD COLUMN dry INTEGER NOT NULL DEFAULT 0;
-- What told them apart so far: Twitch was asked for nothing.
UPDATE intents SET dry = 1 WHERE state = 'refused' AND called_ms IS NULL AND from_vod = 0;
