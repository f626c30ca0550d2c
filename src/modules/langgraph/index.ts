export { createLangGraphModule } from './langgraph.module.ts';
