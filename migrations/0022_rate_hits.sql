-- migrate:up
-- Requests that count against the limits of sign-in and sign-up, so that a restart does not forget them.
create table rate_hits (
  id uuid primary key,
  -- Of the limit's name and whom it counts, which may be an address.
  key_hash bytea not null,
  hit_at timestamptz not null,
  expires_at timestamptz not null
);
create index rate_hits_key_hash_hit_at_idx on rate_hits (key_hash, hit_at desc);
create index rate_hits_expires_at_idx on rate_hits (expires_at);

-- migrate:down
drop table rate_hits;
