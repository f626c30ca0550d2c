-- migrate:up
-- What a file was uploaded for. The file of a document that was uploaded as such has no purpose: it goes with it.
alter table files add column purpose text
  check (purpose in ('assistants', 'batch', 'evals', 'fine-tune', 'user_data', 'vision'));
alter table files add column expires_at timestamptz;
create index files_team_id_listed_idx on files (team_id, id desc) where purpose is not null and deleted_at is null;
create index files_expires_at_idx on files (expires_at) where deleted_at is null;

-- A file that comes in parts; the row goes when it expires, whatever became of it.
create table uploads (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  owner_id uuid not null references users (id),
  file_id uuid references files (id) on delete cascade,
  name text not null,
  purpose text not null check (purpose in ('assistants', 'batch', 'evals', 'fine-tune', 'user_data', 'vision')),
  bytes bigint not null check (bytes > 0),
  status text not null default 'pending' check (status in ('pending', 'completed', 'cancelled')),
  -- How long the file is kept, from when it is whole.
  keep_seconds integer check (keep_seconds > 0),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index uploads_team_id_idx on uploads (team_id);
create index uploads_owner_id_idx on uploads (owner_id);
create index uploads_file_id_idx on uploads (file_id);
create index uploads_expires_at_idx on uploads (expires_at);
call isolate_tenants('uploads');

create table upload_parts (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  -- Not by cascade: a part's blob goes before its row, which tells where it is.
  upload_id uuid not null references uploads (id),
  storage_provider text not null,
  storage_key text not null,
  bytes bigint not null,
  created_at timestamptz not null default now()
);
create unique index upload_parts_storage_key_idx on upload_parts (storage_provider, storage_key);
create index upload_parts_upload_id_idx on upload_parts (upload_id);
create index upload_parts_team_id_idx on upload_parts (team_id);
call isolate_tenants('upload_parts');

-- migrate:down
drop table upload_parts, uploads;
drop index files_expires_at_idx;
drop index files_team_id_listed_idx;
alter table files drop column expires_at;
alter table files drop column purpose;
