import { invalid } from '#platform/errors/app-error';
import { openWhenRead } from '#shared/begin-stream';
import type { ChatModel, ChatRequest } from '../chat-model.ts';

/** What some models can do and others cannot, under the names that errors and tables tell. */
export const ABILITIES = [
  'tools',
  /** To be kept from calling several tools at once. */
  'single_tool_calls',
  'json',
  'json_schema',
  'images',
  'image_urls',
  'stop',
  'seed',
  'reasoning_effort',
  'embeddings',
  'moderations',
] as const;

export type Ability = (typeof ABILITIES)[number];

type Need = { readonly ability: Ability; readonly field: string };

/** The same model, which refuses what it cannot do before anything is called. */
export function withinAbilities(model: ChatModel, abilities: ReadonlySet<Ability>): ChatModel {
  return {
    name: model.name,
    provider: model.provider,
    stream: (request, signal) =>
      openWhenRead(() => {
        assertAble(model.name, { request, abilities });
        return model.stream(request, signal);
      }),
  };
}

/** The abilities that a model must have to answer a request. */
export function abilitiesNeeded(request: ChatRequest): readonly Ability[] {
  return needsOf(request).map(({ ability }) => ability);
}

/** @throws VALIDATION_ERROR `model.ability_missing`, which names each ability that is missing */
function assertAble(
  name: string,
  { request, abilities }: { request: ChatRequest; abilities: ReadonlySet<Ability> },
): void {
  const missing = needsOf(request).filter(({ ability }) => !abilities.has(ability));
  if (missing.length === 0) return;
  const errors = missing.map(({ ability, field }) => ({
    field,
    message: `The model "${name}" has not the ability "${ability}"`,
  }));
  throw invalid(errors, 'model.ability_missing');
}

function needsOf(request: ChatRequest): readonly Need[] {
  const { turns, tools = [], responseFormat, mayCallToolsInParallel: isParallel } = request;
  const images = turns.flatMap((turn) => turn.images ?? []);
  const usesTools = tools.length > 0 || turns.some(({ toolCalls }) => toolCalls?.length);
  const needs: readonly (Need & { readonly isNeeded: boolean })[] = [
    { ability: 'tools', field: 'tools', isNeeded: usesTools },
    {
      ability: 'single_tool_calls',
      field: 'parallel_tool_calls',
      isNeeded: tools.length > 0 && isParallel === false,
    },
    { ability: 'json', field: 'response_format', isNeeded: responseFormat?.type === 'json' },
    {
      ability: 'json_schema',
      field: 'response_format',
      isNeeded: responseFormat?.type === 'json_schema',
    },
    { ability: 'images', field: 'messages', isNeeded: images.length > 0 },
    {
      ability: 'image_urls',
      field: 'messages',
      isNeeded: images.some(({ kind }) => kind === 'url'),
    },
    { ability: 'stop', field: 'stop', isNeeded: (request.stop?.length ?? 0) > 0 },
    { ability: 'seed', field: 'seed', isNeeded: request.seed !== undefined },
    {
      ability: 'reasoning_effort',
      field: 'reasoning_effort',
      isNeeded: request.reasoningEffort !== undefined,
    },
  ];
  return needs.filter(({ isNeeded }) => isNeeded);
}
