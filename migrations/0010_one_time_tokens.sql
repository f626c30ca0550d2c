-- migrate:up
-- Each is mailed, and works once.
create table one_time_tokens (
  id uuid primary key,
  purpose text not null
    check (purpose in ('email_verification', 'password_reset', 'email_change', 'registration')),
  token_hash bytea not null,
  -- Null for a registration, and for a reset until its mail finds an owner of the address.
  user_id uuid references users (id) on delete cascade,
  -- Where the token is mailed to, so the address that it proves.
  email text not null,
  -- The address that an email_change ends.
  former_email text,
  expires_at timestamptz not null,
  mailed_at timestamptz,
  used_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index one_time_tokens_token_hash_idx on one_time_tokens (token_hash);
create index one_time_tokens_user_id_idx on one_time_tokens (user_id);
create index one_time_tokens_email_mailed_at_idx on one_time_tokens (email, mailed_at);
create index one_time_tokens_expires_at_idx on one_time_tokens (expires_at);

-- What a user is made of when the registration is confirmed.
create table pending_registrations (
  one_time_token_id uuid primary key references one_time_tokens (id) on delete cascade,
  username text,
  first_name text,
  last_name text,
  password_hash text not null,
  created_at timestamptz not null default now()
);

-- migrate:down
drop table pending_registrations, one_time_tokens;
