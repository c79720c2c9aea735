-- +goose Up
-- Each line's hash covers the line and the hash of the one before it. Lines from before this have none.
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE audit DROP COLUMN hash;
