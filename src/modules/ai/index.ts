export { createAiModule, type AiSettings } from './ai.module.ts';
export type { AiService } from './ai.service.ts';
export type {
  ChatEvent,
  ChatModel,
  ChatRequest,
  ChatRole,
  ChatTurn,
  FailoverWish,
  FinishReason,
  ImageInput,
  JsonSchema,
  ModelUse,
  Passage,
  ReasoningEffort,
  ResponseFormat,
  TokenUsage,
  ToolCall,
  ToolChoice,
  ToolDefinition,
} from './chat-model.ts';
export { readImage } from './gateway/read-image.ts';
export { createAnswerCollector } from './gateway/collect-answer.ts';
export { findTurnFaults } from './gateway/find-turn-faults.ts';
export type { Moderate, Moderation, Moderations } from './providers/moderation.ts';
export type { Connection } from './providers/model-provider.ts';
export type { KeyedProvider } from './provider-keys/keyed-provider.ts';
export { createGateway } from './gateway/gateway.module.ts';
export { createProviderKeys } from './provider-keys/provider-keys.module.ts';
export type { EmbeddingModel, Embeddings } from './embedding-model.ts';
export type { AssertAffordable } from './spending/assert-affordable.ts';
export { findPayer, payerOf, payingFor } from './spending/payer-context.ts';
export type {
  Payer,
  SpendCall,
  SpendEstimate,
  SpendGuard,
  SpendReservation,
  SpentUsage,
} from './spending/spend-guard.ts';
export { estimateAll, estimateTokens } from './tokens/estimate-tokens.ts';
export { sumUsage } from './tokens/sum-usage.ts';
