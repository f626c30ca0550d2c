-- migrate:up
-- What a run needs to be executed by another process than the one that began it.
alter table runs
  -- Who holds the run: each taking counts up, and what a former holder writes afterwards is refused.
  add column attempts integer not null default 1,
  add column request json not null default '{}',
  -- What its user signed the request with; the rights are read anew where the run goes on.
  add column credential json not null default '{}';

-- migrate:down
alter table runs drop column attempts, drop column request, drop column credential;
