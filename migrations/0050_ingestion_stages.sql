-- migrate:up
-- The stage that a document's ingestion is at or stopped at. `attempts` counts how often it was tried there since it
-- last got on.
alter table documents add column stage text check (stage in ('fetch', 'parse', 'split', 'embed', 'index'));
-- When a stage that failed is tried again.
alter table documents add column retry_at timestamptz;
create index documents_failed_idx on documents (updated_at desc, id desc) where status = 'failed' and deleted_at is null;

-- Which run writes it: each run that takes it over counts on, and the word of an earlier one is refused.
alter table indexings add column run integer not null default 1;
-- By the database's clock; nobody writes it after this.
alter table indexings add column leased_until timestamptz;
-- What its content was made with. One made with something else is outdated.
alter table indexings add column fingerprint text;
-- Every chunk is there; only their vectors may be missing.
alter table indexings add column is_written boolean not null default false;
alter table indexings add column page_count integer;

-- One try to ingest a document, from the stage it began at to the one where it ended.
create table ingestion_attempts (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  document_id uuid not null references documents (id) on delete cascade,
  first_stage text not null check (first_stage in ('fetch', 'parse', 'split', 'embed', 'index')),
  stage text not null check (stage in ('fetch', 'parse', 'split', 'embed', 'index')),
  -- One that paused goes on as the same attempt.
  outcome text not null check (outcome in ('running', 'paused', 'succeeded', 'failed', 'interrupted', 'cancelled')),
  error_reason text,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz
);
create index ingestion_attempts_document_id_idx on ingestion_attempts (document_id, id desc);
create index ingestion_attempts_team_id_idx on ingestion_attempts (team_id);
call isolate_tenants('ingestion_attempts');

-- migrate:down
drop table ingestion_attempts;
alter table indexings
  drop column run, drop column leased_until, drop column fingerprint, drop column is_written, drop column page_count;
drop index documents_failed_idx;
alter table documents drop column stage, drop column retry_at;
