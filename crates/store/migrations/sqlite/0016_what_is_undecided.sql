-- The verdict that holds, beside the moment that it is of: of very many moments those that are to be
-- judged, or were kept, are found without reading all the others.
ALTER TABLE moments ADD COLUMN standing TEXT CHECK (standing IN ('kept', 'rejected'));
UPDATE moments SET standing = (
    SELECT j.verdict FROM judged j
    WHERE j.channel = moments.channel AND j.trigger_ms = moments.trigger_ms);

-- `judged` says what holds; this follows it, whoever writes there.
CREATE TRIGGER judged_first AFTER INSERT ON judged BEGIN
    UPDATE moments SET standing = NEW.verdict
    WHERE channel = NEW.channel AND trigger_ms = NEW.trigger_ms;
END;
CREATE TRIGGER judged_anew AFTER UPDATE OF verdict ON judged BEGIN
    UPDATE moments SET standing = NEW.verdict
    WHERE channel = NEW.channel AND trigger_ms = NEW.trigger_ms;
END;
CREATE TRIGGER judged_no_more AFTER DELETE ON judged BEGIN
    UPDATE moments SET standing = NULL
    WHERE channel = OLD.channel AND trigger_ms = OLD.trigger_ms;
END;
-- Taken over from a damaged database, whose verdicts come later, or not at all.
CREATE TRIGGER moments_begin_undecided AFTER INSERT ON moments WHEN NEW.standing IS NOT NULL BEGIN
    UPDATE moments SET standing = NULL
    WHERE channel = NEW.channel AND trigger_ms = NEW.trigger_ms;
END;

CREATE INDEX moments_by_standing ON moments (standing, trigger_ms);
CREATE INDEX moments_by_standing_and_score ON moments (standing, score, trigger_ms);
CREATE INDEX moments_by_score ON moments (score, trigger_ms);
CREATE INDEX moments_of_channel_by_standing ON moments (channel, standing);
