-- migrate:up
-- A user of an external issuer may have no address, or none that nobody else has.
alter table users alter column email drop not null;

-- Whom an external issuer means by a subject.
create table identities (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  issuer text not null,
  subject text not null,
  -- The profile as the issuer last told it, and when.
  claims jsonb not null default '{}',
  claims_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index identities_issuer_subject_idx on identities (issuer, subject);
create index identities_user_id_idx on identities (user_id);

-- Whoever was erased is not made anew by a token or an event from before.
create table erased_identities (
  issuer text not null,
  subject_hash bytea not null,
  erased_at timestamptz not null,
  primary key (issuer, subject_hash)
);

-- migrate:down
drop table erased_identities, identities;
update users set email = id || '@external.invalid' where email is null;
alter table users alter column email set not null;
