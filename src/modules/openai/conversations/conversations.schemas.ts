import { z } from 'zod';
import { prefixedUuid, text } from '#platform/http/schema-parts';
import type { ConversationId } from '#shared/ids';
import { InputItem } from '../items/input-items.schemas.ts';
import { cursorPageOf, cursorQuery } from '../wire/cursor-page.schemas.ts';
import { Metadata } from '../wire/pairs.schemas.ts';
import { secondsOf } from '../wire/seconds-of.ts';
import type { Conversation } from './conversations.repository.ts';

const MAX_ADDED = 20;
const MAX_ITEM_ID_LENGTH = 256;

export const OpenAiConversationId = prefixedUuid<ConversationId>('conv_');
const itemId = text(MAX_ITEM_ID_LENGTH).min(1);

export const ConversationParams = z.object({ conversation_id: OpenAiConversationId });
export const ConversationItemParams = ConversationParams.extend({ item_id: itemId });
export const ConversationItemFilter = cursorQuery(itemId);

const items = z.array(InputItem).max(MAX_ADDED);

export const ConversationCreate = z
  .strictObject({ items: items.nullish(), metadata: Metadata.optional() })
  .meta({ id: 'OpenAiConversationCreate' });

export const ConversationUpdate = z
  .strictObject({ metadata: Metadata })
  .meta({ id: 'OpenAiConversationUpdate' });

export const ConversationItemsCreate = z
  .strictObject({ items: items.min(1) })
  .meta({ id: 'OpenAiConversationItemsCreate' });

export const ConversationResponse = z
  .object({
    id: z.string(),
    object: z.literal('conversation'),
    created_at: z.int(),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'OpenAiConversation' });

export const ConversationDeletedResponse = z
  .object({ id: z.string(), object: z.literal('conversation.deleted'), deleted: z.literal(true) })
  .meta({ id: 'OpenAiConversationDeleted' });

export const ConversationItemResponse = z
  .looseObject({ id: z.string(), type: z.string() })
  .meta({ id: 'OpenAiConversationItem' });

export const ConversationItemListResponse = cursorPageOf(ConversationItemResponse).meta({
  id: 'OpenAiConversationItemList',
});

export function presentConversation({
  id,
  metadata,
  createdAt,
}: Conversation): z.input<typeof ConversationResponse> {
  return {
    id: `conv_${id}`,
    object: 'conversation',
    created_at: secondsOf(createdAt),
    metadata,
  };
}
