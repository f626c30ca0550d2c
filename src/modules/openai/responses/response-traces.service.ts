import {
  NOTHING,
  type ExportEntry,
  type ExportSubject,
  type Leaver,
  type Pace,
  type UserEraser,
  type UserExporter,
} from '#modules/identity';
import { chain, readPages } from '#platform/db/read-pages';
import type { TeamId } from '#shared/ids';
import type { ResponsesRepository } from './responses.repository.ts';

const BATCH = 100;

/** Removes a user's responses, and those of the teams that go. */
export function createResponseEraser(
  responses: () => Pick<ResponsesRepository, 'countOf' | 'removeOf'>,
): UserEraser {
  return {
    count: async (leaver: Leaver) => ({
      ...NOTHING,
      removed: { responses: await responses().countOf(leaver) },
    }),

    async erase(leaver: Leaver, pace: Pace) {
      while ((await responses().removeOf(leaver, BATCH)) === BATCH) await pace();
    },
  };
}

/** Gives users their responses in teams they are in. */
export function createResponseExporter(
  responsesOf: (teamId: TeamId) => Pick<ResponsesRepository, 'listOwn'>,
): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject): Iterable<ExportEntry> {
      const records = chain(teamIds, (teamId) =>
        readPages((page) => responsesOf(teamId).listOwn(userId, page)),
      );
      yield { name: 'responses.jsonl', records };
    },
  };
}
