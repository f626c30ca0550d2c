-- migrate:up
-- A run may wait for the one before it in its session; it has no holder then, and no attempt was made.
alter table runs drop constraint runs_status_check;
alter table runs add constraint runs_status_check
  check (status in ('queued', 'running', 'done', 'failed', 'cancelled'));
create index runs_session_id_queued_idx on runs (session_id, created_at, id) where status = 'queued';

-- migrate:down
update runs set status = 'cancelled', finished_at = now() where status = 'queued';
drop index runs_session_id_queued_idx;
alter table runs drop constraint runs_status_check;
alter table runs add constraint runs_status_check check (status in ('running', 'done', 'failed', 'cancelled'));
