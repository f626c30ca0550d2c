-- migrate:up
-- What clients keep with a project, and with a document to narrow searches by.
alter table projects add column metadata jsonb not null default '{}';
alter table documents add column attributes jsonb not null default '{}';
create index documents_attributes_idx on documents using gin (attributes jsonb_path_ops) where attributes <> '{}';

-- Files that were made documents of a project by one call, to be waited for together.
create table document_batches (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  is_cancelled boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index document_batches_team_id_idx on document_batches (team_id);
create index document_batches_project_id_idx on document_batches (project_id);
call isolate_tenants('document_batches');

-- A file of a batch with the document it became, or with why it became none.
create table document_batch_files (
  batch_id uuid not null references document_batches (id) on delete cascade,
  file_id uuid not null references files (id) on delete cascade,
  team_id uuid not null references teams (id) on delete cascade,
  document_id uuid references documents (id) on delete cascade,
  error_reason text,
  error text,
  primary key (batch_id, file_id),
  check (document_id is not null or error_reason is not null)
);
create index document_batch_files_file_id_idx on document_batch_files (file_id);
create index document_batch_files_document_id_idx on document_batch_files (document_id);
create index document_batch_files_team_id_idx on document_batch_files (team_id);
call isolate_tenants('document_batch_files');

-- migrate:down
drop table document_batch_files, document_batches;
drop index documents_attributes_idx;
alter table documents drop column attributes;
alter table projects drop column metadata;
