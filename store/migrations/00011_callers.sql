-- +goose Up
-- Whom the caller dialled first, and what his carrier found of his number's signature.
ALTER TABLE calls ADD COLUMN diverted TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calls ADD COLUMN attested TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE calls DROP COLUMN attested;
ALTER TABLE calls DROP COLUMN diverted;
