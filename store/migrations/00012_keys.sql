-- +goose Up
-- By what users get into the console besides their passwords: sessions, tokens for scripts, second factors. A session and a
-- token are named by the hash of what their holder shows.
CREATE TABLE keys (
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    owner TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- +goose Down
DROP TABLE keys;
