-- migrate:up
alter table users
  -- Until they set a new password, they can do nothing else.
  add column must_reset_password boolean not null default false,
  add column welcome_mailed_at timestamptz;

-- migrate:down
alter table users drop column must_reset_password, drop column welcome_mailed_at;
