-- migrate:up
-- Open invitations only: one that is accepted or revoked is deleted, and the audit log tells of it.
create table invitations (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  -- An invitation holds as long as its author may give the role.
  invited_by_id uuid not null references users (id) on delete cascade,
  token_hash bytea not null,
  expires_at timestamptz not null,
  mailed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index invitations_team_id_email_idx on invitations (team_id, email);
create unique index invitations_token_hash_idx on invitations (token_hash);
create index invitations_invited_by_id_idx on invitations (invited_by_id);
create index invitations_expires_at_idx on invitations (expires_at);
call isolate_tenants('invitations');

-- migrate:down
drop table invitations;
