export { presentOpenAiError } from './errors/present-error.ts';
export { createOpenAiModule } from './openai.module.ts';
