import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Actor } from '#shared/actor';
import { newId, type MemoryId, type TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import type { MemoriesRepository, MemoryRecord } from './memories.repository.ts';
import { renderMemories } from './render-memories.ts';

export type MemoryService = ReturnType<typeof createMemoryService>;

export type MemoryServiceDependencies = {
  readonly memoriesOf: (teamId: TeamId) => MemoriesRepository;
  readonly unitOfWork: UnitOfWork<{ readonly memories: MemoriesRepository }>;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Of one user in one team. */
export const MAX_MEMORIES = 50;

/** What is remembered of a user in the active team, and only if they want it. Nobody else ever sees or gets it. */
export function createMemoryService(dependencies: MemoryServiceDependencies) {
  const { memoriesOf, unitOfWork, logger } = dependencies;

  return {
    async isEnabled({ teamId, userId }: Actor): Promise<boolean> {
      return memoriesOf(teamId).isEnabled(userId);
    },

    /** Turned off, what there is stays, unused, until it is deleted. */
    async setEnabled({ teamId, userId }: Actor, isEnabled: boolean): Promise<boolean> {
      await memoriesOf(teamId).setEnabled({ teamId, userId }, isEnabled);
      return isEnabled;
    },

    async list({ teamId, userId }: Actor, page: PageRequest): Promise<Page<MemoryRecord>> {
      return memoriesOf(teamId).list(userId, page);
    },

    /** @throws CONFLICT while it is turned off or where there are as many as there may be, DUPLICATE */
    async add({ teamId, userId }: Actor, content: string): Promise<MemoryRecord> {
      return unitOfWork.run(teamScope(teamId), async ({ memories }) => {
        if (!(await memories.lockEnabled(userId))) throw isOff();
        if ((await memories.count(userId)) >= MAX_MEMORIES) throw isFull();
        const memory = { id: newId<MemoryId>(), teamId, userId, content, source: 'said' } as const;
        return (await memories.insert(memory)) ?? raiseDuplicate();
      });
    },

    /** @throws NOT_FOUND */
    async remove({ teamId, userId }: Actor, id: MemoryId): Promise<void> {
      if (!(await memoriesOf(teamId).remove(userId, id))) throw notFound('memory', id);
    },

    async removeAll({ teamId, userId }: Actor): Promise<void> {
      await memoriesOf(teamId).removeAll(userId);
    },

    /** For a prompt; empty where there is nothing. An answer never fails for the want of it. */
    async recall({ teamId, userId }: Pick<Actor, 'teamId' | 'userId'>): Promise<string> {
      try {
        return renderMemories(await memoriesOf(teamId).recall(userId, MAX_MEMORIES));
      } catch (error) {
        logger.warn({ err: error, user_id: userId }, 'answered without memories');
        return '';
      }
    },
  };
}

function isOff(): AppError {
  return new AppError('conflict', 'Memory is turned off; turn it on first', {
    reason: 'memory.off',
  });
}

function isFull(): AppError {
  return new AppError('conflict', `There are ${MAX_MEMORIES} memories already; delete some first`, {
    reason: 'memory.full',
  });
}

function raiseDuplicate(): never {
  throw new AppError('duplicate', 'That is remembered already', { reason: 'memory.exists' });
}
