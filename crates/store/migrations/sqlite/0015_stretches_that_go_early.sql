-- What goes with the figures is found without reading the streams, which stay for years.
CREATE INDEX stretches_that_go_early ON stretches (end_ms) WHERE kind <> 'live' OR word = 'offline';
