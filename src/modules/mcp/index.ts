export { createMcpModule } from './mcp.module.ts';
export { presentMcpError } from './present-mcp-error.ts';
