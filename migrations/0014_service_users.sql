-- migrate:up
-- In whose name the keys of a team act: one user a team, who is no person, signs in nowhere and goes with the team.
alter table users add column service_team_id uuid references teams (id) on delete cascade;
create unique index users_service_team_id_idx on users (service_team_id);

-- migrate:down
delete from users where service_team_id is not null;
alter table users drop column service_team_id;
