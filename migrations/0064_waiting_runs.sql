-- migrate:up
-- A run may wait for a human; it has no holder then, and its session answers nothing else.
alter table runs drop constraint runs_status_check;
alter table runs add constraint runs_status_check
  check (status in ('queued', 'running', 'waiting', 'done', 'failed', 'cancelled'));
-- How often it was put aside: taking it up again then is no sign of a process that died.
alter table runs add column pauses integer not null default 0;
drop index runs_session_id_running_idx;
create unique index runs_session_id_active_idx on runs (session_id) where status in ('running', 'waiting');
-- What tools did for an answer; the events of its run say it in full for a while.
alter table messages add column tool_calls jsonb not null default '[]';

-- migrate:down
update runs set status = 'cancelled', finished_at = now() where status = 'waiting';
alter table messages drop column tool_calls;
drop index runs_session_id_active_idx;
create unique index runs_session_id_running_idx on runs (session_id) where status = 'running';
alter table runs drop column pauses;
alter table runs drop constraint runs_status_check;
alter table runs add constraint runs_status_check
  check (status in ('queued', 'running', 'done', 'failed', 'cancelled'));
