-- Who asks in the dashboard may have capitals in their name; who is forgotten is found by it all the same.
DROP INDEX moments_asked_for;
CREATE INDEX moments_asked_for ON moments (lower(cause)) WHERE automatic = 0;
DROP INDEX outbox_by_cause;
CREATE INDEX outbox_by_cause ON outbox (lower(json_extract(payload, '$.cause')));
