-- +goose Up
-- What the wires need to go on with what stands: one opaque body for each thing of a kind. Some hold keys of live calls.
CREATE TABLE kept (
    kind TEXT  NOT NULL,
    id   TEXT  NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (kind, id)
);

-- Calls that live. A row goes in the commit that writes the call's record.
CREATE TABLE live_calls (
    id    TEXT PRIMARY KEY,
    entry TEXT NOT NULL
);

-- +goose Down
DROP TABLE live_calls;
DROP TABLE kept;
