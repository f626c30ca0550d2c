/** How relevant each judged document is to one question; what is not above zero counts as not relevant. */
export type Judgements = ReadonlyMap<string, number>;

export type RankMetrics = {
  readonly 'ndcg@10': number;
  readonly 'recall@10': number;
  readonly 'recall@100': number;
  readonly mrr: number;
};

export type MetricName = keyof RankMetrics;

export const METRIC_NAMES = ['ndcg@10', 'recall@10', 'recall@100', 'mrr'] as const;

/** Measures one ranking, best first and each document once, as trec_eval does: the gain is the grade itself. */
export function measureRanking(ranking: readonly string[], judged: Judgements): RankMetrics {
  return {
    'ndcg@10': ndcg(ranking, judged, 10),
    'recall@10': recall(ranking, judged, 10),
    'recall@100': recall(ranking, judged, 100),
    mrr: reciprocalRank(ranking, judged),
  };
}

export function averageMetrics(measured: readonly RankMetrics[]): RankMetrics {
  const mean = (name: MetricName) =>
    measured.reduce((sum, metrics) => sum + metrics[name], 0) / Math.max(1, measured.length);
  return {
    'ndcg@10': mean('ndcg@10'),
    'recall@10': mean('recall@10'),
    'recall@100': mean('recall@100'),
    mrr: mean('mrr'),
  };
}

export function hasRelevant(judged: Judgements): boolean {
  return gradesOf(judged).length > 0;
}

function ndcg(ranking: readonly string[], judged: Judgements, depth: number): number {
  const gains = ranking.slice(0, depth).map((id) => gradeOf(judged, id));
  const ideal = gradesOf(judged).toSorted((a, b) => b - a);
  const best = discounted(ideal.slice(0, depth));
  return best === 0 ? 0 : discounted(gains) / best;
}

function recall(ranking: readonly string[], judged: Judgements, depth: number): number {
  const relevant = gradesOf(judged).length;
  const found = ranking.slice(0, depth).filter((id) => gradeOf(judged, id) > 0).length;
  return relevant === 0 ? 0 : found / relevant;
}

function reciprocalRank(ranking: readonly string[], judged: Judgements): number {
  const first = ranking.findIndex((id) => gradeOf(judged, id) > 0);
  return first < 0 ? 0 : 1 / (first + 1);
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}

function gradeOf(judged: Judgements, id: string): number {
  return Math.max(0, judged.get(id) ?? 0);
}

function gradesOf(judged: Judgements): readonly number[] {
  return [...judged.values()].filter((grade) => grade > 0);
}
