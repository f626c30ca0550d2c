import type { ChatRequest } from '../chat-model.ts';
import type { Complexity } from '../catalogue/catalogue-model.ts';
import { estimatePromptTokens } from '../spending/estimate-call.ts';

export type Classification = {
  readonly complexity: Complexity;
  /** What made it so, for people. */
  readonly reasons: readonly string[];
};

type Sign = { readonly points: number; readonly reason: string };

const LONG_PROMPT_TOKENS = 2000;
const VERY_LONG_PROMPT_TOKENS = 12_000;
const MANY_TURNS = 6;
const MANY_TOOLS = 8;
const MANY_QUESTIONS = 3;
const LARGE_POINTS = 4;
const MEDIUM_POINTS = 2;
const MOST_MARKERS = 2;

// A fence, a line that only code has, or a trace of its failure.
const CODE =
  /```|^\s*(?:def |class |import |from \S+ import|#include|function |const |let |public |SELECT .+ FROM|at \S+\(.*:\d+)/im;
const MATHEMATICS =
  /\\(?:frac|int|sum|sqrt|begin\{)|[∑∫√∂≤≥≠∀∃]|\b(?:prove|theorem|integral|derivative|beweise|satz|démontre|demuestra|dimostra|demonstre|докажи)|証明|证明|定理/iu;
/** Words for work in several steps, in the languages that most questions come in. */
const STEPS = [
  /step[- ]by[- ]step|schritt für schritt|étape par étape|paso a paso|passo a passo|passo dopo passo|шаг за шагом|一步一步|逐步|ステップ/iu,
  /\banaly[sz]|analizz|analis|анализ|分析/iu,
  /\bcompar|vergleich|confront|сравни|比较|比較/iu,
  /\b(?:design|architect|refactor|debug|optimi[sz]e|implement)|entwirf|entwickle|conçois|diseñ|progett|projet|спроектируй|реализуй|设计|設計|实现|実装/iu,
  /\b(?:evaluate|trade-?offs?|pros and cons|strategy)|bewerte|vor- und nachteile|évalue|avantages|evalúa|ventajas|valuta|avalie|оцени|стратеги|评估|評価/iu,
  /\b(?:plan|roadmap)\b|\bplane\b|planifi|pianific|planej|план|计划|計画/iu,
];
const QUESTION_MARKS = /[?？؟]/gu;
const LISTED_TASKS = /^\s*(?:\d+[.)]|[-*•])\s+\S/gmu;

/**
 * How demanding a request is, by what can be seen of it without a model. Signs have points: a long prompt (1, a very
 * long one 2), a long conversation (1), tools (1, many 2), a schema for the answer (1), effort that is asked for
 * (medium 1, high 3), code (2), mathematics (2), words for work in several steps (1 each, at most 2), several
 * questions or tasks at once (1). Two points make it medium, four large. The signs of content are sought in the
 * newest question alone; what they miss costs quality or money, never an answer.
 */
export function classifyRequest(request: ChatRequest): Classification {
  const signs = [...shapeSigns(request), ...contentSigns(newestQuestion(request))];
  const points = signs.reduce((total, seen) => total + seen.points, 0);
  const reasons = signs.map(({ reason }) => reason);
  if (points >= LARGE_POINTS) return { complexity: 'large', reasons };
  if (points >= MEDIUM_POINTS) return { complexity: 'medium', reasons };
  return {
    complexity: 'small',
    reasons: reasons.length > 0 ? reasons : ['a short, plain request'],
  };
}

function shapeSigns(request: ChatRequest): readonly Sign[] {
  const { turns, tools = [], responseFormat, reasoningEffort } = request;
  const tokens = estimatePromptTokens(request);
  const questions = turns.filter(({ role }) => role === 'user').length;
  return [
    ...sign(tokens > VERY_LONG_PROMPT_TOKENS, 2, `a very long prompt: about ${tokens} tokens`),
    ...sign(isWithin(tokens), 1, `a long prompt: about ${tokens} tokens`),
    ...sign(questions > MANY_TURNS, 1, `a long conversation: ${questions} questions`),
    ...sign(tools.length > 0, tools.length >= MANY_TOOLS ? 2 : 1, `${tools.length} tools`),
    ...sign(responseFormat?.type === 'json_schema', 1, 'an answer that follows a schema'),
    ...sign(reasoningEffort === 'medium', 1, 'medium effort is asked for'),
    ...sign(reasoningEffort === 'high', 3, 'high effort is asked for'),
  ];
}

function contentSigns(question: string): readonly Sign[] {
  const steps = STEPS.filter((pattern) => pattern.test(question)).length;
  const asked = Math.max(countOf(question, QUESTION_MARKS), countOf(question, LISTED_TASKS));
  return [
    ...sign(CODE.test(question), 2, 'code'),
    ...sign(MATHEMATICS.test(question), 2, 'mathematics'),
    ...sign(steps > 0, Math.min(steps, MOST_MARKERS), 'words for work in several steps'),
    ...sign(asked >= MANY_QUESTIONS, 1, `${asked} questions or tasks at once`),
  ];
}

function sign(isSeen: boolean, points: number, reason: string): readonly Sign[] {
  return isSeen ? [{ points, reason }] : [];
}

function isWithin(tokens: number): boolean {
  return tokens > LONG_PROMPT_TOKENS && tokens <= VERY_LONG_PROMPT_TOKENS;
}

function newestQuestion({ turns }: Pick<ChatRequest, 'turns'>): string {
  return turns.findLast(({ role }) => role === 'user')?.content ?? '';
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
