/** A tree of source files: what each path contains. */
export type SourceTree = Readonly<Record<string, string>>;

const imports = (specifier: string) => `import ${JSON.stringify(specifier)};\n`;
const importsType = (specifier: string) =>
  `import type { X } from ${JSON.stringify(specifier)};\nexport type Y = X;\n`;

/** For each import rule, the smallest trees that break it. */
export const OFFENCES: Readonly<Record<string, readonly SourceTree[]>> = {
  'no-circles': [
    {
      'src/platform/clock/a.ts': imports('./b.ts'),
      'src/platform/clock/b.ts': importsType('./a.ts'),
    },
  ],
  'map:every-module': [
    {
      'src/modules/unmapped/unmapped.service.ts': imports('#shared/ids'),
      'src/shared/ids.ts': '',
    },
  ],
  'map:messaging': [faceOf('messaging', 'identity')],
  'map:identity': [faceOf('identity', 'projects')],
  'map:projects': [faceOf('projects', 'chat')],
  'map:files': [faceOf('files', 'knowledge')],
  'map:ai': [faceOf('ai', 'identity')],
  'map:knowledge': [faceOf('knowledge', 'chat')],
  'map:agents': [faceOf('agents', 'chat')],
  'map:chat': [faceOf('chat', 'files')],
  'map:admin': [faceOf('admin', 'files')],
  'map:usage': [faceOf('usage', 'files')],
  'map:openai': [faceOf('openai', 'admin')],
  'map:mcp': [faceOf('mcp', 'chat')],
  'map:langgraph': [faceOf('langgraph', 'files')],
  'enter-by-the-face': [
    {
      'src/modules/projects/projects.service.ts': importsType('../identity/users/parse-email.ts'),
      'src/modules/identity/users/parse-email.ts': 'export type X = string;\n',
    },
  ],
  'compose-by-the-face': [
    {
      'src/app/compose.ts': imports('../modules/projects/projects.module.ts'),
      'src/modules/projects/projects.module.ts': '',
    },
  ],
  'no-other-barrels': [
    { 'src/platform/http/app.ts': imports('./index.ts'), 'src/platform/http/index.ts': '' },
  ],
  'face-shows-no-insides': [
    {
      'src/modules/projects/index.ts': importsType('./projects.repository.ts'),
      'src/modules/projects/projects.repository.ts': 'export type X = string;\n',
    },
  ],
  'shared-is-pure': [
    { 'src/shared/ids.ts': imports('#platform/clock/clock'), 'src/platform/clock/clock.ts': '' },
    { 'src/shared/ids.ts': imports('node:fs/promises') },
  ],
  'platform-knows-no-feature': [
    {
      'src/platform/http/app.ts': importsType('#modules/projects'),
      'src/modules/projects/index.ts': 'export type X = string;\n',
    },
  ],
  'only-app-composes': [
    {
      'src/modules/projects/projects.service.ts': imports('#app/compose'),
      'src/app/compose.ts': '',
    },
  ],
  'http-tops-the-platform': [
    {
      'src/platform/queue/run-job.ts': imports('#platform/http/app'),
      'src/platform/http/app.ts': '',
    },
  ],
  'routes-only-http': [
    {
      'src/modules/projects/projects.routes.ts': importsType('./projects.repository.ts'),
      'src/modules/projects/projects.repository.ts': 'export type X = string;\n',
    },
    {
      'src/modules/projects/projects.routes.ts': imports('#platform/db/database'),
      'src/platform/db/database.ts': '',
    },
  ],
  'schemas-only-describe': [
    {
      'src/modules/projects/projects.schemas.ts': imports('./projects.service.ts'),
      'src/modules/projects/projects.service.ts': '',
    },
  ],
  'logic-knows-no-http': [
    {
      'src/modules/projects/projects.service.ts': importsType('#platform/http/app'),
      'src/platform/http/app.ts': 'export type X = string;\n',
    },
    { 'src/modules/projects/purge-projects.job.ts': imports('node:http') },
  ],
  'logic-uses-few-packages': [
    { 'src/modules/projects/projects.service.ts': importsType('kysely') },
    { 'src/modules/chat/agent/answer.node.ts': imports('lru-cache') },
  ],
  'policies-are-pure': [{ 'src/modules/projects/projects.policy.ts': imports('node:crypto') }],
  'repositories-only-query': [
    {
      'src/modules/projects/projects.repository.ts': importsType('./projects.policy.ts'),
      'src/modules/projects/projects.policy.ts': 'export type X = string;\n',
    },
  ],
  'providers-are-leaves': [
    {
      'src/modules/ai/providers/openai/openai.provider.ts': importsType('../../ai.service.ts'),
      'src/modules/ai/ai.service.ts': 'export type X = string;\n',
    },
  ],
  'only-the-module-wires': [
    {
      'src/modules/projects/projects.service.ts': imports('./projects.repository.ts'),
      'src/modules/projects/projects.repository.ts': '',
    },
  ],
  'home:fastify|@fastify': [
    { 'src/modules/projects/projects.routes.ts': imports('fastify') },
    { 'src/platform/telemetry/metrics.ts': imports('@fastify/cookie') },
  ],
  'home:kysely|pg|@electric-sql': [{ 'src/modules/projects/find-project.ts': imports('pg') }],
  'home:pg-boss': [{ 'src/app/platform.ts': imports('pg-boss') }],
  'home:undici|ipaddr.js': [{ 'src/modules/projects/fetch-page.ts': imports('undici') }],
  'home:standardwebhooks': [{ 'src/modules/identity/read-event.ts': imports('standardwebhooks') }],
  'home:ioredis': [{ 'src/modules/identity/identity.module.ts': imports('ioredis') }],
  'home:@opentelemetry|prom-client|pino|pino-pretty': [
    { 'src/platform/db/pool-metrics.ts': imports('prom-client') },
  ],
  'home:@langfuse': [{ 'src/modules/chat/send-trace.ts': imports('@langfuse/core') }],
  'home:@langchain': [{ 'src/modules/knowledge/split.ts': imports('@langchain/core') }],
  'home:expr-eval-fork': [{ 'src/modules/chat/agent/sum.ts': imports('expr-eval-fork') }],
  'home:@modelcontextprotocol': [
    { 'src/modules/chat/agent/call.ts': imports('@modelcontextprotocol/client') },
  ],
  'home:chromadb': [{ 'src/modules/knowledge/search.ts': imports('chromadb') }],
  'home:nodemailer': [{ 'src/modules/identity/users/send-mail.ts': imports('nodemailer') }],
  'home:yazl': [{ 'src/modules/files/zip-files.ts': imports('yazl') }],
  'home:openai': [{ 'src/modules/chat/agent/ask.ts': imports('openai') }],
  'home:@anthropic-ai': [{ 'src/modules/ai/ask.ts': imports('@anthropic-ai/sdk') }],
  'home:@google': [{ 'src/modules/ai/ask.ts': imports('@google/genai') }],
  'home:@node-rs|jose': [{ 'src/modules/identity/auth/sign-in-cookie.ts': imports('jose') }],
  'no-test-code-in-product': [
    {
      'src/modules/projects/projects.service.ts': imports('#test/teams'),
      'test/support/teams.ts': '',
    },
    {
      'src/modules/chat/chat.module.ts': imports('./testing/scripted-model.ts'),
      'src/modules/chat/testing/scripted-model.ts': '',
    },
  ],
  'no-development-package-in-product': [{ 'src/platform/http/openapi.ts': imports('vitest') }],
  'everything-resolves': [{ 'src/platform/http/app.ts': imports('#platform/http/missing') }],
};

/** One module that uses another, by its face. */
function faceOf(from: string, to: string): SourceTree {
  return {
    [`src/modules/${from}/${from}.service.ts`]: importsType(`#modules/${to}`),
    [`src/modules/${to}/index.ts`]: 'export type X = string;\n',
  };
}
