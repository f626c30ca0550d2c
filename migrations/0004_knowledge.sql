-- migrate:up
create table files (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  owner_id uuid not null references users (id),
  storage_provider text not null,
  storage_key text not null,
  name text not null,
  mime_type text not null,
  bytes bigint not null,
  sha256 text not null,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index files_storage_key_idx on files (storage_provider, storage_key);
create index files_team_id_idx on files (team_id);
create index files_owner_id_idx on files (owner_id);
create index files_deleted_at_idx on files (deleted_at) where deleted_at is not null;
call isolate_tenants('files');

create table documents (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  file_id uuid not null references files (id),
  title text not null,
  mime_type text not null,
  bytes bigint not null,
  sha256 text not null,
  status text not null check (status in ('pending', 'processing', 'ready', 'failed')),
  -- Why it failed: a stable reason, and a sentence for the reader.
  error_reason text,
  error text,
  -- Starts of its ingestion since it was last asked for; bounds what a document that kills its worker may cost.
  attempts integer not null default 0,
  progress real not null default 0,
  page_count integer,
  chunk_count integer not null default 0,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index documents_project_id_sha256_idx on documents (project_id, sha256) where deleted_at is null;
create index documents_project_id_created_at_idx on documents (project_id, created_at desc, id desc) where deleted_at is null;
-- The two above leave out the deleted, which go with their project all the same.
create index documents_project_id_idx on documents (project_id);
create index documents_team_id_idx on documents (team_id);
create index documents_file_id_idx on documents (file_id);
create index documents_deleted_at_idx on documents (deleted_at) where deleted_at is not null;
create index documents_unfinished_idx on documents (updated_at) where status in ('pending', 'processing');
call isolate_tenants('documents');

-- One run that makes a document searchable. Chunks and postings are written by batches while it is `writing`;
-- search sees those of `live` ones only, so one update of this row shows or hides a document whole.
create table indexings (
  -- A number and not a uuid: it stands in every posting.
  id integer generated always as identity primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  document_id uuid not null references documents (id) on delete cascade,
  state text not null check (state in ('writing', 'live', 'trashed', 'discarded')),
  chunk_count integer not null default 0,
  -- Summed length of the chunks in terms.
  total_len bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index indexings_document_id_state_idx on indexings (document_id, state) where state <> 'discarded';
create index indexings_document_id_idx on indexings (document_id);
create index indexings_project_id_hidden_idx on indexings (project_id, id) where state <> 'live';
create index indexings_project_id_idx on indexings (project_id);
create index indexings_team_id_idx on indexings (team_id);
create index indexings_discarded_idx on indexings (id) where state = 'discarded';
call isolate_tenants('indexings');

create table chunks (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  document_id uuid not null references documents (id) on delete cascade,
  indexing_id integer not null references indexings (id) on delete cascade,
  ordinal integer not null,
  content text not null,
  token_count integer not null,
  page integer,
  -- UTF-16 code units into the document's extracted text, end exclusive.
  start_offset integer not null,
  end_offset integer not null,
  heading_path text[] not null default '{}',
  -- No fixed dimension: it follows the configured embedder.
  embedding vector,
  embedding_model text,
  created_at timestamptz not null default now()
);
create unique index chunks_indexing_id_ordinal_idx on chunks (indexing_id, ordinal);
create index chunks_document_id_idx on chunks (document_id);
create index chunks_project_id_idx on chunks (project_id);
create index chunks_team_id_idx on chunks (team_id);
call isolate_tenants('chunks');

-- Postings for BM25: one row for each term of a chunk. The key's order makes a search an index-only scan.
-- No foreign keys: checking them for each posting takes two thirds of the time to write one. Each batch holds
-- its indexing's row instead, and a trigger on that row takes the postings along.
create table chunk_terms (
  team_id uuid not null,
  project_id uuid not null,
  term text collate "C" not null,
  chunk_id uuid not null,
  indexing_id integer not null,
  tf smallint not null,
  dl smallint not null,
  primary key (project_id, term, chunk_id) include (tf, dl, indexing_id, team_id)
);
create index chunk_terms_indexing_id_idx on chunk_terms (indexing_id);
call isolate_tenants('chunk_terms');

create function erase_postings() returns trigger
  language plpgsql as $$
begin
  delete from chunk_terms where indexing_id = old.id;
  return old;
end $$;
create trigger indexings_erase_postings before delete on indexings
  for each row execute function erase_postings();

-- Chunks and their summed length in terms, of the searchable documents of a project.
create table project_stats (
  project_id uuid primary key references projects (id) on delete cascade,
  team_id uuid not null references teams (id) on delete cascade,
  n integer not null default 0,
  total_len bigint not null default 0
);
create index project_stats_team_id_idx on project_stats (team_id);
call isolate_tenants('project_stats');

-- migrate:down
drop table project_stats, chunk_terms, chunks, indexings, documents, files;
drop function erase_postings();
