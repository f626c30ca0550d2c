import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeOnnx, type OnnxGraph } from './onnx-file.ts';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
const WORDS = ['cat', 'dog', 'ship', 'good', 'bad'];
const VOCABULARY = [...SPECIAL, ...WORDS];
const MAX_TOKENS = 32;

/** Length of the tiny embedder's vectors. */
export const TINY_DIMENSIONS = 8;
/** Two animals that are near each other, a ship, and a little of the token that begins each text. */
const DIRECTIONS: Readonly<Record<string, readonly number[]>> = {
  '[CLS]': [0, 0.01, 0],
  cat: [1, 0.1, 0],
  dog: [1, -0.1, 0],
  ship: [0, 0, 1],
};
const MERITS: Readonly<Record<string, number>> = { good: 2, bad: -2 };

const TOKENS = {
  name: 'input_ids',
  type: 'int64',
  dimensions: ['batch', 'sequence'],
} as const;

/** A word has a direction, and a text the mean of them; `pooling` is what is written beside the model. */
export function writeTinyEmbedder(folder: string, pooling?: Readonly<Record<string, boolean>>) {
  writeModel(folder, 'BertModel', {
    nodes: [{ operator: 'Gather', inputs: ['words', TOKENS.name], output: 'last_hidden_state' }],
    weights: [
      {
        name: 'words',
        dimensions: [VOCABULARY.length, TINY_DIMENSIONS],
        values: VOCABULARY.flatMap(directionOf),
      },
    ],
    inputs: [TOKENS],
    outputs: [
      {
        name: 'last_hidden_state',
        type: 'float',
        dimensions: ['batch', 'sequence', TINY_DIMENSIONS],
      },
    ],
  });
  if (pooling) writeJson(join(folder, '1_Pooling', 'config.json'), pooling);
}

function directionOf(word: string): readonly number[] {
  return Array.from({ length: TINY_DIMENSIONS }, (_, index) => DIRECTIONS[word]?.[index] ?? 0);
}

/** A pair is as good as the words in it. */
export function writeTinyCrossEncoder(folder: string): void {
  writeModel(folder, 'BertForSequenceClassification', {
    nodes: [
      { operator: 'Gather', inputs: ['merits', TOKENS.name], output: 'gathered' },
      { operator: 'ReduceSum', inputs: ['gathered'], output: 'logits', axes: [1] },
    ],
    weights: [
      {
        name: 'merits',
        dimensions: [VOCABULARY.length, 1],
        values: VOCABULARY.map((word) => MERITS[word] ?? 0),
      },
    ],
    inputs: [TOKENS],
    outputs: [{ name: 'logits', type: 'float', dimensions: ['batch', 1] }],
  });
}

function writeModel(folder: string, architecture: string, graph: OnnxGraph): void {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  writeFileSync(join(folder, 'onnx', 'model.onnx'), writeOnnx(graph));
  writeJson(join(folder, 'config.json'), { model_type: 'bert', architectures: [architecture] });
  writeJson(join(folder, 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizer',
    model_max_length: MAX_TOKENS,
    pad_token: '[PAD]',
    unk_token: '[UNK]',
  });
  writeJson(join(folder, 'tokenizer.json'), {
    version: '1.0',
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
    decoder: null,
    model: {
      type: 'WordLevel',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
    },
  });
}

function writeJson(path: string, content: object): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}
