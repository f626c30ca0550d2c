-- migrate:up
-- Which state of the project's passages the statistics describe: what was counted in it holds until the next.
alter table project_stats add column revision bigint not null default 1;

-- migrate:down
alter table project_stats drop column revision;
