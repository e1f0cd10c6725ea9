-- Who was away asks what became of moments since, however old these are.
CREATE INDEX intents_by_change ON intents (updated_ms);
-- Clips of viewers are asked for stream by stream.
CREATE INDEX viewer_clips_by_channel ON viewer_clips (channel, created_ms);
