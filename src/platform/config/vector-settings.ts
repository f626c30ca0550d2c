import { z } from 'zod';
import { oneOf, text, webUrl } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const vectorSettings = z.object({
  store: setting(oneOf(['pgvector', 'chroma']).prefault('pgvector'), {
    name: 'VECTOR_STORE',
    description: 'Where vectors are kept: beside their passages in the database, or in Chroma',
  }),
  chromaUrl: setting(webUrl.optional(), {
    name: 'CHROMA_URL',
    description:
      'Address of a Chroma server (1.x); required where VECTOR_STORE is chroma, and to be left set after another choice until documents_outdated is 0',
    example: 'http://localhost:8001',
  }),
  chromaToken: setting(text.optional(), {
    name: 'CHROMA_TOKEN',
    description:
      'Token that Chroma, or a proxy before it, wants: sent as Bearer and x-chroma-token',
    example: 'the token that the server was given',
    isSecret: true,
  }),
  chromaTenant: setting(text.prefault('default_tenant'), {
    name: 'CHROMA_TENANT',
    description: 'Tenant of Chroma that the database is in',
  }),
  chromaDatabase: setting(text.prefault('default_database'), {
    name: 'CHROMA_DATABASE',
    description: 'Database of Chroma that has the collections; it is not made',
  }),
});
