import { payingFor, type ChatModel } from '#modules/ai';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { Logger } from '#platform/telemetry/logger';
import { newId, type TeamId } from '#shared/ids';
import type { MemoriesRepository } from './memories.repository.ts';
import { MAX_MEMORIES } from './memories.service.ts';
import { readNotes } from './read-notes.ts';
import type { UnreadWords, UnreadWordsRepository } from './unread-words.repository.ts';

export type TakeMemoriesDependencies = {
  readonly unreadWords: () => UnreadWordsRepository;
  readonly unitOfWork: UnitOfWork<{
    readonly memories: Pick<MemoriesRepository, 'recall' | 'lockEnabled' | 'count' | 'insert'>;
  }>;
  /** The team's usual model. */
  readonly pickModel: (teamId: TeamId, name: undefined) => Promise<ChatModel>;
  readonly instructions: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
};

/** In one run of the job; who is left waits for the next. */
const MAX_PEOPLE = 50;
const MAX_MESSAGES = 20;
const MAX_CHARACTERS = 8000;
const MAX_ANSWER_TOKENS = 600;
const TIMEOUT_MS = 60_000;
/** It quotes sentences, and cannot take notes. */
const EXTRACTIVE = 'builtin';

export type TakeMemories = ReturnType<typeof createTakeMemories>;

/**
 * Has a model note what users said of themselves, after their answers and off their way. Only what they wrote is read,
 * never what a document or a model said. It is tried once: a failure costs the notes, and no money again.
 */
export function createTakeMemories(dependencies: TakeMemoriesDependencies) {
  const { unreadWords, unitOfWork, pickModel, instructions, logger } = dependencies;

  async function takeNotes(words: UnreadWords, signal: AbortSignal): Promise<readonly string[]> {
    const messages = await unreadWords().list(words, MAX_MESSAGES);
    if (messages.length === 0) return [];
    const model = await pickModel(words.teamId, undefined);
    if (model.provider === EXTRACTIVE) return [];
    const known = await unitOfWork.run(teamScope(words.teamId), ({ memories }) =>
      memories.recall(words.userId, MAX_MEMORIES),
    );
    const content = JSON.stringify({ notes: known, written: fit(messages) });
    const request = {
      turns: [
        { role: 'system', content: instructions },
        { role: 'user', content },
      ] as const,
      passages: [],
      maxTokens: MAX_ANSWER_TOKENS,
      temperature: 0,
    };
    const { teamId, userId } = words;
    return payingFor({ teamId, userId }, async () => {
      let answer = '';
      for await (const event of model.stream(request, signal)) {
        if (event.type === 'text-delta') answer += event.text;
      }
      return readNotes(answer);
    });
  }

  /** Turned off or full meanwhile, nothing is kept. */
  async function keep({ teamId, userId }: UnreadWords, notes: readonly string[]): Promise<void> {
    await unitOfWork.run(teamScope(teamId), async ({ memories }) => {
      if (!(await memories.lockEnabled(userId))) return;
      const room = MAX_MEMORIES - (await memories.count(userId));
      for (const content of notes.slice(0, Math.max(0, room))) {
        await memories.insert({ id: newId(), teamId, userId, content, source: 'taken' });
      }
    });
  }

  async function take(words: UnreadWords, signal: AbortSignal): Promise<void> {
    const line = { team_id: words.teamId, user_id: words.userId };
    try {
      const notes = await takeNotes(
        words,
        AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      );
      if (notes.length > 0) await keep(words, notes);
      logger.info({ ...line, notes: notes.length }, 'memories taken');
    } catch (error) {
      logger.warn({ ...line, err: error }, 'memories not taken');
    }
  }

  /** Idempotent: what was read once is not read again. */
  return async (signal: AbortSignal): Promise<void> => {
    for (let people = 0; people < MAX_PEOPLE && !signal.aborted; people += 1) {
      const words = await unreadWords().claim();
      if (!words) return;
      await take(words, signal);
    }
  };
}

/** The youngest that fit, oldest first. */
function fit(messages: readonly string[]): readonly string[] {
  let room = MAX_CHARACTERS;
  const kept = messages.toReversed().flatMap((content) => {
    const part = content.slice(0, Math.max(0, room)).toWellFormed();
    room -= part.length;
    return part === '' ? [] : [part];
  });
  return kept.toReversed();
}
