-- migrate:up
-- How a project's passages are found, where it departs from the deployment's settings.
alter table projects add column settings jsonb not null default '{}';

-- migrate:down
alter table projects drop column settings;
