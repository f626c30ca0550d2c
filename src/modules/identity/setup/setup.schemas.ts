import { z } from 'zod';
import { text } from '#platform/http/schema-parts';
import { presentTeam, TeamName, TeamResponse } from '../teams/teams.schemas.ts';
import { presentUser, UserCreate, UserResponse } from '../users/users.schemas.ts';
import type { CompletedSetup, SetupState } from './setup.service.ts';

const MAX_TOKEN_LENGTH = 256;

export const SetupCreate = UserCreate.extend({
  team_name: TeamName.default('Team').describe('Name of the first team'),
  setup_token: text(MAX_TOKEN_LENGTH)
    .optional()
    .describe('SETUP_TOKEN, or the token in the log of the start'),
}).meta({ id: 'SetupCreate' });

export const SetupResponse = z
  .object({
    required: z.boolean().describe('There is no administrator yet'),
    token_required: z.boolean().describe('Whether this caller needs the setup token'),
  })
  .meta({ id: 'SetupResponse' });

export const CompletedSetupResponse = z
  .object({ user: UserResponse, team: TeamResponse })
  .meta({ id: 'CompletedSetupResponse' });

export function presentSetup(state: SetupState): z.input<typeof SetupResponse> {
  return { required: state.isRequired, token_required: state.isTokenRequired };
}

export function presentCompletedSetup({
  user,
  team,
}: CompletedSetup): z.input<typeof CompletedSetupResponse> {
  return { user: presentUser(user), team: presentTeam(team) };
}
