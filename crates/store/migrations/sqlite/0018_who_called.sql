-- User id at Twitch of the account that asked for the clip: should another one be logged in at the next
-- start, the clip of a call whose answer was lost is looked for as that of who called.
ALTER TABLE intents ADD COLUMN called_by TEXT;
