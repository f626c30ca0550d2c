import { v5, v7 } from 'uuid';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type UserId = Id<'User'>;
export type TeamId = Id<'Team'>;
export type AuthSessionId = Id<'AuthSession'>;
export type ApiKeyId = Id<'ApiKey'>;
export type InvitationId = Id<'Invitation'>;
export type OneTimeTokenId = Id<'OneTimeToken'>;
export type IdentityId = Id<'Identity'>;
export type AuditEntryId = Id<'AuditEntry'>;
export type FeatureFlagId = Id<'FeatureFlag'>;
export type ExportId = Id<'Export'>;
export type ErasureId = Id<'Erasure'>;
export type WebhookEventId = Id<'WebhookEvent'>;
export type ProviderKeyId = Id<'ProviderKey'>;
export type ModelId = Id<'Model'>;
export type SpendLimitId = Id<'SpendLimit'>;
export type ProjectId = Id<'Project'>;
export type FileId = Id<'File'>;
export type UploadId = Id<'Upload'>;
export type UploadPartId = Id<'UploadPart'>;
export type DocumentId = Id<'Document'>;
export type DocumentBatchId = Id<'DocumentBatch'>;
export type ChunkId = Id<'Chunk'>;
export type IngestionAttemptId = Id<'IngestionAttempt'>;
export type AgentId = Id<'Agent'>;
export type PromptId = Id<'Prompt'>;
export type McpServerId = Id<'McpServer'>;
export type SessionId = Id<'Session'>;
export type MessageId = Id<'Message'>;
export type FeedbackId = Id<'Feedback'>;
export type RunId = Id<'Run'>;
export type MemoryId = Id<'Memory'>;
export type ResponseId = Id<'Response'>;
export type ConversationId = Id<'Conversation'>;
export type ConversationItemId = Id<'ConversationItem'>;
export type StoreItemId = Id<'StoreItem'>;

/** A new UUIDv7: sorts by the time it was made, so primary keys stay dense. */
export function newId<T extends string>(): T {
  return v7() as T;
}

const NAMESPACE = '6f1c1f0e-58a4-4c0e-9d0c-0b6f5f6c2a41';

/** The UUID of what has no row, the same in every installation: of a name that one thing alone has. */
export function idOfName<T extends string>(name: string): T {
  return v5(name, NAMESPACE) as T;
}
