import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LocalModelFailure } from './local-model-protocol.ts';
import { loadTransformers, type Tensor, type Transformers } from './transformers.ts';

export type LoadedModels = ReturnType<typeof createLoadedModels>;

export class LocalModelError extends Error {
  override readonly name = 'LocalModelError';
  readonly reason: LocalModelFailure;

  constructor(reason: LocalModelFailure, cause: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

type Embed = (texts: readonly string[]) => Promise<Tensor>;
type Score = (pairs: Pairs) => Promise<Tensor>;
type Pairs = { readonly query: string; readonly texts: readonly string[] };

const Rows = z.array(z.array(z.number()));
/** What sentence-transformers writes beside a model of how a text's vectors become one. */
const Pooling = z.object({ pooling_mode_cls_token: z.boolean().optional() });

/** Sentence-transformers models in a folder, each loaded once, by the first text for it. */
export function createLoadedModels(folder: string) {
  const embedders = new Map<string, Promise<Embed>>();
  const scorers = new Map<string, Promise<Score>>();

  async function load<T>(
    known: Map<string, Promise<T>>,
    { model, open }: { model: string; open: (library: Transformers) => Promise<T> },
  ): Promise<T> {
    const loading = known.get(model) ?? loadTransformers(folder).then(open);
    known.set(model, loading);
    return loading.catch((error: unknown) => {
      // Who repairs the folder need not start the service anew.
      known.delete(model);
      throw new LocalModelError(isMissing(error) ? 'not_installed' : 'not_loaded', error);
    });
  }

  async function openEmbedder(library: Transformers, model: string): Promise<Embed> {
    const extract = await library.pipeline('feature-extraction', model, weightsOf(model));
    const pooling = poolingOf(model);
    return (texts) => extract([...texts], { pooling, normalize: true });
  }

  async function openScorer(library: Transformers, model: string): Promise<Score> {
    const [tokenize, classify] = await Promise.all([
      library.AutoTokenizer.from_pretrained(model),
      library.AutoModelForSequenceClassification.from_pretrained(model, weightsOf(model)),
    ]);
    return async ({ query, texts }) => {
      const options = { text_pair: [...texts], padding: true, truncation: true };
      const { logits } = await classify(
        tokenize(
          texts.map(() => query),
          options,
        ),
      );
      return logits;
    };
  }

  /** Whole weights where they are there, else those of eight bits. */
  function weightsOf(model: string) {
    const isWhole = existsSync(join(folder, model, 'onnx', 'model.onnx'));
    return { dtype: isWhole ? ('fp32' as const) : ('q8' as const) };
  }

  function poolingOf(model: string): 'cls' | 'mean' {
    const path = join(folder, model, '1_Pooling', 'config.json');
    if (!existsSync(path)) return 'mean';
    const { pooling_mode_cls_token: isFirstToken } = Pooling.parse(
      JSON.parse(readFileSync(path, 'utf8')),
    );
    return isFirstToken ? 'cls' : 'mean';
  }

  return {
    /** One vector a text, of length one. @throws LocalModelError */
    async embed(model: string, texts: readonly string[]) {
      const open = (library: Transformers) => openEmbedder(library, model);
      const embed = await load(embedders, { model, open });
      return Rows.parse((await embed(texts)).tolist());
    },

    /** One number a text: higher is a better answer. @throws LocalModelError */
    async score(model: string, pairs: Pairs) {
      const open = (library: Transformers) => openScorer(library, model);
      const score = await load(scorers, { model, open });
      // A model of two classes has the one for "answers" last.
      return Rows.parse((await score(pairs)).tolist()).map((row) => row.at(-1) ?? 0);
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
