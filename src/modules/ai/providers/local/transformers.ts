/** What is used of `@huggingface/transformers`, which the service is not installed with. */
export type Transformers = {
  readonly env: {
    allowRemoteModels: boolean;
    allowLocalModels: boolean;
    localModelPath: string;
    useFSCache: boolean;
  };
  pipeline(
    task: 'feature-extraction',
    model: string,
    weights: Weights,
  ): Promise<
    (texts: string[], options: { pooling: 'mean' | 'cls'; normalize: boolean }) => Promise<Tensor>
  >;
  readonly AutoTokenizer: { from_pretrained(model: string): Promise<Tokenize> };
  readonly AutoModelForSequenceClassification: {
    from_pretrained(
      model: string,
      weights: Weights,
    ): Promise<(inputs: unknown) => Promise<{ readonly logits: Tensor }>>;
  };
};

export type Tensor = { tolist(): unknown };

type Weights = { readonly dtype: 'fp32' | 'q8' };
type Tokenize = (
  texts: string[],
  options: { text_pair: string[]; padding: boolean; truncation: boolean },
) => unknown;

// Not a literal: it is there only where the operator has installed it.
const PACKAGE = ['@huggingface', 'transformers'].join('/');

/** Loads the package, and keeps it from everything but the folder. */
export async function loadTransformers(folder: string): Promise<Transformers> {
  const library: Transformers = await import(PACKAGE);
  library.env.allowRemoteModels = false;
  library.env.allowLocalModels = true;
  library.env.localModelPath = folder;
  library.env.useFSCache = false;
  return library;
}
