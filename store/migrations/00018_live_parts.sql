-- +goose Up
-- What else of the Floor outlives its process, beside the calls that live.
CREATE TABLE live_parts (
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- +goose Down
DROP TABLE live_parts;
