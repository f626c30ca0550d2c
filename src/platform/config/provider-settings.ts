import { z } from 'zod';
import { text, webUrl } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const anthropicSettings = z.object({
  apiKey: setting(text.optional(), {
    name: 'ANTHROPIC_API_KEY',
    description: 'Key of Anthropic; teams may bring their own',
    example: 'sk-ant-…',
    isSecret: true,
  }),
  baseUrl: setting(webUrl.optional(), {
    name: 'ANTHROPIC_BASE_URL',
    description: 'Address of any endpoint that speaks the protocol of Anthropic; unset: Anthropic',
    example: 'https://models.example.com',
  }),
});

export const geminiSettings = z.object({
  apiKey: setting(text.optional(), {
    name: 'GEMINI_API_KEY',
    description: 'Key of Gemini; teams may bring their own',
    example: 'the key that Google AI Studio gave you',
    isSecret: true,
  }),
  baseUrl: setting(webUrl.optional(), {
    name: 'GEMINI_BASE_URL',
    description: 'Address of any endpoint that speaks the protocol of Gemini; unset: Google',
    example: 'https://models.example.com',
  }),
});

export const litellmSettings = z.object({
  apiKey: setting(text.optional(), {
    name: 'LITELLM_API_KEY',
    description: 'Key of the LiteLLM proxy',
    example: 'sk-…',
    isSecret: true,
  }),
  baseUrl: setting(webUrl.optional(), {
    name: 'LITELLM_API_URL',
    description: 'Address of a LiteLLM proxy',
    example: 'http://localhost:4000/v1',
  }),
});
