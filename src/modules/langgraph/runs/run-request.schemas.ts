import { z } from 'zod';
import { freeObject, text, upTo } from '#platform/http/schema-parts';
import { absent, CheckpointReference, notes } from '../wire/wire-parts.schemas.ts';
import type { Decision } from '../states/pending-approvals.service.ts';
import type { BeginRunInput } from './runs.service.ts';
import { DEFAULT_MODES, STREAM_MODES } from './stream-modes.ts';

const MAX_QUESTION_LENGTH = 32_000;
const MAX_COMMENT_LENGTH = 2000;
const MAX_PARTS = 100;
const MAX_NAME_LENGTH = 255;
const MAX_STEPS = 10_000;

const content = z.union([
  text(MAX_QUESTION_LENGTH),
  z
    .array(z.strictObject({ type: z.literal('text'), text: text(MAX_QUESTION_LENGTH) }))
    .min(1)
    .max(MAX_PARTS),
]);
const question = z
  .strictObject({
    type: z.enum(['human', 'user']).optional(),
    role: z.enum(['human', 'user']).optional(),
    content,
    id: text(MAX_NAME_LENGTH).nullish().describe('Not kept: messages get ids of ours'),
    name: text(MAX_NAME_LENGTH).nullish(),
    additional_kwargs: freeObject().nullish(),
    response_metadata: freeObject().nullish(),
    example: z.boolean().nullish(),
  })
  .refine(({ type, role }) => type ?? role, 'Must say that it is of a human');

const input = z
  .strictObject({
    messages: z.union([question, z.array(question).length(1)], {
      error: 'Must be one message of a human, in text: the thread has what was said before',
    }),
  })
  .describe('One question');

const decision = z.strictObject({
  type: z.enum(['approve', 'reject']),
  message: text(MAX_COMMENT_LENGTH).nullish().describe('The model is told it with a rejection'),
});
const resume = z
  .union([
    z.boolean(),
    z.enum(['approve', 'reject']),
    decision,
    z.strictObject({ decisions: z.array(decision).min(1).max(MAX_PARTS) }),
  ])
  .describe('One decision for all calls, or `decisions` in the order of the interrupt');

const mode = z.enum(STREAM_MODES);
const modes = z.union([mode, z.array(mode).max(STREAM_MODES.length)], {
  error: `Must be of ${STREAM_MODES.join(', ')}: no other is told here`,
});

const config = z.strictObject({
  tags: z.array(text(MAX_NAME_LENGTH)).max(MAX_PARTS).nullish(),
  recursion_limit: upTo(MAX_STEPS).nullish().describe('Agents have limits of their own'),
  configurable: z
    .intersection(z.object({ model: text(MAX_NAME_LENGTH).min(1).nullish() }), freeObject())
    .nullish()
    .describe('`model` is the model that answers; what else it holds changes nothing'),
  metadata: notes.nullish(),
});

/** What every way to begin a run takes. */
const members = {
  assistant_id: text(MAX_NAME_LENGTH)
    .min(1)
    .describe(
      '`agent`, or the id of a project, whose documents are then answered from, or of an agent of one',
    ),
  config: config.nullish(),
  context: freeObject().nullish().describe('Changes nothing'),
  metadata: notes.nullish(),
  stream_mode: modes.nullish(),
  stream_subgraphs: z.boolean().nullish().describe('There are none'),
  stream_resumable: z.boolean().nullish().describe('Every stream is'),
  multitask_strategy: z
    .enum(['reject', 'enqueue', 'interrupt'], {
      error: 'Must be reject, enqueue or interrupt: nothing is rolled back',
    })
    .nullish()
    .describe('While the thread has a run that has not ended; `RUN_IF_BUSY` without it'),
  on_disconnect: z
    .enum(['cancel', 'continue'])
    .nullish()
    .describe('Once nobody reads the stream any more, or waits; `continue` without it'),
  durability: z.enum(['exit', 'async', 'sync']).nullish().describe('Every run is durable'),
  checkpoint_during: z.boolean().nullish(),
  strict_resume: z.boolean().nullish(),
  feedback_keys: absent(z.array(z.never()).max(0)),
  interrupt_before: absent(z.array(z.never()).max(0)),
  interrupt_after: absent(z.array(z.never()).max(0)),
  webhook: absent(z.null()),
  after_seconds: absent(upTo(0)),
  langsmith_tracer: absent(z.null()),
};

export const RunCreate = z
  .strictObject({
    ...members,
    input: input.nullish().describe('One question, unless a command resumes the thread'),
    command: z
      .strictObject({ resume, update: absent(z.null()), goto: absent(z.null()) })
      .nullish()
      .describe('Decides about the calls of tools that the thread waits with'),
    if_not_exists: z
      .enum(['create', 'reject'])
      .nullish()
      .describe('Whether a thread that is not there is made; `reject` without it'),
    on_completion: z.enum(['complete', 'continue']).nullish(),
    checkpoint: CheckpointReference.nullish().describe('The latest one: runs begin there alone'),
    checkpoint_id: CheckpointReference.shape.checkpoint_id,
  })
  .refine(({ input: asked, command }) => Boolean(asked) !== Boolean(command), {
    path: ['input'],
    error: 'Must be one message of a human, or null beside a command',
  })
  .meta({ id: 'LangGraphRunCreate' });

export const StatelessRunCreate = z
  .strictObject({
    ...members,
    input,
    command: absent(z.null()),
    on_completion: z
      .enum(['delete', 'keep', 'complete', 'continue'])
      .nullish()
      .describe('`keep` keeps the thread; else it goes when its stream can be read no more'),
    if_not_exists: z.enum(['create', 'reject']).nullish(),
    checkpoint: absent(z.null()),
    checkpoint_id: absent(z.null()),
  })
  .meta({ id: 'LangGraphStatelessRunCreate' });

/** What a body asks for, in our words. */
export function readRunRequest(
  body: z.output<typeof RunCreate> | z.output<typeof StatelessRunCreate>,
): Omit<BeginRunInput, 'threadId'> {
  const { stream_mode: asked } = body;
  return {
    assistantId: body.assistant_id,
    asked: body.command
      ? { decisions: readDecisions(body.command.resume) }
      : { question: readQuestion(body.input) },
    model: body.config?.configurable?.model ?? undefined,
    metadata: { ...body.config?.metadata, ...body.metadata },
    modes: typeof asked === 'string' ? [asked] : (asked ?? DEFAULT_MODES),
    ifBusy: body.multitask_strategy ?? undefined,
    isBackground: body.on_disconnect !== 'cancel',
    isThreadMade: body.if_not_exists === 'create',
    isThreadKept: body.on_completion === 'keep',
    checkpointId: body.checkpoint?.checkpoint_id ?? body.checkpoint_id ?? undefined,
  };
}

function readDecisions(given: z.output<typeof resume>): readonly Decision[] {
  if (typeof given === 'boolean') return [{ isApproved: given }];
  if (typeof given === 'string') return [{ isApproved: given === 'approve' }];
  const decisions = 'decisions' in given ? given.decisions : [given];
  return decisions.map(({ type, message }) => ({
    isApproved: type === 'approve',
    comment: message ?? undefined,
  }));
}

function readQuestion(asked: z.output<typeof input> | null | undefined): string {
  const { content: said = '' } = [asked?.messages ?? []].flat()[0] ?? {};
  return typeof said === 'string' ? said : said.map((part) => part.text).join('');
}
