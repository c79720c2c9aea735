-- +goose Up
-- How the audio of a leg fared. It is known before or after the record of its call was written.
CREATE TABLE qualities (
    leg     TEXT PRIMARY KEY,
    quality TEXT NOT NULL
);

-- +goose Down
DROP TABLE qualities;
