-- migrate:up
-- When the service asked for a new index by itself, since the one there is was made with other settings. Null where
-- people asked for the last one.
alter table documents add column reindex_asked_at timestamptz;
create index documents_reindexing_idx on documents (id)
  where reindex_asked_at is not null and status in ('pending', 'processing');

create index indexings_fingerprint_idx on indexings (fingerprint) where state = 'live';
create index indexings_project_id_fingerprint_idx on indexings (project_id, fingerprint) where state = 'live';

-- migrate:down
drop index indexings_project_id_fingerprint_idx;
drop index indexings_fingerprint_idx;
drop index documents_reindexing_idx;
alter table documents drop column reindex_asked_at;
