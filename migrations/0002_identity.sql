-- migrate:up
create table users (
  id uuid primary key,
  email text not null,
  username text,
  first_name text,
  last_name text,
  password_hash text,
  role text not null default 'user' check (role in ('user', 'admin')),
  is_active boolean not null default true,
  email_verified_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index users_email_idx on users (email);

create table teams (
  id uuid primary key,
  name text not null,
  tier text not null default 'free' check (tier in ('free', 'pro', 'enterprise')),
  -- Set on the personal team that each user has.
  personal_user_id uuid references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index teams_personal_user_id_idx on teams (personal_user_id);

create table team_members (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index team_members_team_id_user_id_idx on team_members (team_id, user_id);
create index team_members_user_id_idx on team_members (user_id);

create table auth_sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  user_agent text,
  ip inet,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_sessions_user_id_idx on auth_sessions (user_id);
create index auth_sessions_expires_at_idx on auth_sessions (expires_at);
create index auth_sessions_revoked_at_idx on auth_sessions (revoked_at) where revoked_at is not null;

-- One row a rotation: the family is the sign-in session, the youngest unused row its only live token.
create table refresh_tokens (
  id uuid primary key,
  auth_session_id uuid not null references auth_sessions (id) on delete cascade,
  token_hash bytea not null,
  -- Sealed, so that a repeat within the grace time gets the same child.
  child_sealed bytea,
  used_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create unique index refresh_tokens_token_hash_idx on refresh_tokens (token_hash);
create index refresh_tokens_auth_session_id_idx on refresh_tokens (auth_session_id);
create index refresh_tokens_expires_at_idx on refresh_tokens (expires_at);

-- Wrong passwords by account, known or not, so that the two cannot be told apart.
create table sign_in_attempts (
  email_hash bytea primary key,
  attempts integer not null,
  expires_at timestamptz not null
);
create index sign_in_attempts_expires_at_idx on sign_in_attempts (expires_at);

call isolate_tenants('teams', 'id');
call isolate_tenants('team_members');

-- migrate:down
drop table sign_in_attempts, refresh_tokens, auth_sessions, team_members, teams, users;
