// The architecture as rules: who may import whom, between modules and between layers.
// docs/ARCHITECTURE.md says why; test/checks/import-rules.test.ts sees each rule fire.

/** A module and the modules it may use. An arrow that is not there yet is one changed line. */
const MAY_USE = {
  messaging: [],
  identity: ['messaging'],
  projects: ['identity'],
  files: ['identity', 'projects'],
  ai: [],
  usage: ['identity', 'projects', 'ai'],
  knowledge: ['identity', 'projects', 'files', 'ai'],
  agents: ['identity', 'projects', 'knowledge', 'ai'],
  chat: ['identity', 'projects', 'knowledge', 'ai', 'agents'],
  openai: ['identity', 'projects', 'files', 'ai', 'knowledge', 'chat'],
  mcp: ['projects', 'knowledge', 'ai', 'agents'],
  langgraph: ['identity', 'agents', 'chat'],
  admin: ['identity', 'projects', 'knowledge', 'chat'],
};

/** A package and the only code that may load it. Importing its types is left to the layer rules. */
const HOMES = {
  '(fastify|@fastify)': ['^src/platform/http/'],
  '(kysely|pg|@electric-sql)': ['\\.repository\\.ts$', '\\.sql\\.ts$', '^src/platform/db/'],
  'pg-boss': ['^src/platform/queue/'],
  '(undici|ipaddr.js)': ['^src/platform/http-client/'],
  standardwebhooks: ['^src/platform/incoming-webhooks/'],
  ioredis: ['^src/platform/cache/'],
  '(@opentelemetry|prom-client|pino|pino-pretty)': ['^src/platform/telemetry/'],
  '(@langfuse)': ['^src/platform/telemetry/langfuse/'],
  '(@langchain)': ['^src/modules/chat/agent/'],
  openai: ['^src/modules/ai/providers/openai/'],
  '(@anthropic-ai)': ['^src/modules/ai/providers/anthropic/'],
  '(@google)': ['^src/modules/ai/providers/gemini/'],
  yazl: ['^src/modules/identity/account-export/zip-archive\\.provider\\.ts$'],
  'expr-eval-fork': ['^src/modules/agents/tools/evaluate-expression\\.ts$'],
  '(@modelcontextprotocol)': [
    '^src/modules/agents/mcp-servers/mcp-connector\\.provider\\.ts$',
    '^src/modules/mcp/mcp-exchange\\.provider\\.ts$',
  ],
  chromadb: ['^src/modules/knowledge/vectors/chroma\\.provider\\.ts$'],
  nodemailer: ['^src/modules/messaging/providers/smtp/'],
  '(@node-rs|jose)': ['\\.provider\\.ts$', 'password-worker\\.ts$'],
};

const MODULE = '^src/modules/([^/]+)/';
const FACE = '^src/modules/[^/]+/index\\.ts$';
const TEST = ['\\.test\\.ts$', '^src/modules/[^/]+/testing/', '^test/'];
const IO = '^(node:)?(fs|net|tls|http|https|child_process|worker_threads|dgram|dns)(/|$)';
const LOADED = { dependencyTypesNot: ['type-only'] };

const home = (name) => `^src/modules/${name}/`;
const layer = (...suffixes) => `^src/modules/.+\\.(${suffixes.join('|')})\\.ts$`;
const LOGIC = layer('service', 'policy', 'job', 'node', 'tool', 'graph');

const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const betweenModules = [
  never('no-circles', 'Break the circle with an event or a port.', {}, { circular: true }),
  never(
    'map:every-module',
    'A module that is not in MAY_USE is watched by no rule: add it.',
    { path: '^src/modules/', pathNot: Object.keys(MAY_USE).map(home) },
    {},
  ),
  ...Object.entries(MAY_USE).map(([name, allowed]) =>
    never(
      `map:${name}`,
      `${name} may use: ${allowed.join(', ') || 'no other module'}.`,
      { path: home(name) },
      { path: '^src/modules/', pathNot: [name, ...allowed].map(home) },
    ),
  ),
  never(
    'enter-by-the-face',
    'Use another module through its index.ts.',
    { path: MODULE },
    { path: '^src/modules/', pathNot: ['^src/modules/$1/', FACE] },
  ),
  never(
    'compose-by-the-face',
    'The composition root, too, uses a module through its index.ts.',
    { path: '^src/(app/|main\\.ts$)' },
    { path: '^src/modules/', pathNot: FACE },
  ),
  never(
    'no-other-barrels',
    'Only a module has an index.ts; everything else is imported from where it is.',
    {},
    { path: '^src/.*/index\\.ts$', pathNot: FACE },
  ),
  never(
    'face-shows-no-insides',
    'index.ts shows the factory, service types and ports.',
    { path: FACE },
    { path: layer('repository', 'provider', 'routes', 'schemas') },
  ),
];

const betweenLevels = [
  never(
    'shared-is-pure',
    'shared looks at nothing above it and does no I/O.',
    { path: '^src/shared/' },
    { path: ['^src/(modules|app|platform)/', IO] },
  ),
  never(
    'platform-knows-no-feature',
    'platform is below every module.',
    { path: '^src/platform/' },
    { path: '^src/modules/' },
  ),
  never(
    'only-app-composes',
    'Nothing imports the composition root.',
    { path: '^src/(modules|platform|shared)/' },
    { path: '^src/(app/|main\\.ts$)' },
  ),
  never(
    'http-tops-the-platform',
    'The rest of the platform serves jobs and commands as well.',
    { path: '^src/platform/', pathNot: [...TEST, '^src/platform/http/'] },
    { path: '^src/platform/http/' },
  ),
];

const betweenLayers = [
  never(
    'routes-only-http',
    'A route calls a service.',
    { path: layer('routes', 'topic') },
    { path: [layer('repository', 'provider', 'job'), '^src/platform/(db|queue|cache)/'] },
  ),
  never(
    'schemas-only-describe',
    'A schema describes the wire; of rules and queries it may know the types.',
    { path: layer('schemas') },
    {
      path: [
        layer('service', 'policy', 'repository', 'provider', 'routes', 'job'),
        '^src/platform/(db|queue|cache)/',
      ],
      ...LOADED,
    },
  ),
  never(
    'logic-knows-no-http',
    'Business logic has no HTTP knowledge.',
    { path: LOGIC },
    {
      path: [
        layer('routes', 'schemas', 'hook'),
        '^src/platform/http/',
        'node_modules/(fastify|@fastify)',
        '^(node:)?https?$',
      ],
    },
  ),
  never(
    'logic-uses-few-packages',
    'SQL lives in repositories, SDKs in providers.',
    { path: LOGIC },
    { path: 'node_modules/', pathNot: 'node_modules/(zod|@langchain/(core|langgraph))/' },
  ),
  never(
    'policies-are-pure',
    'A policy decides from what it is given.',
    { path: layer('policy') },
    { path: '.', pathNot: ['^src/shared/', '^src/platform/errors/'], ...LOADED },
  ),
  never(
    'repositories-only-query',
    'A repository decides nothing.',
    { path: layer('repository') },
    { path: [LOGIC, layer('routes', 'schemas', 'provider'), '^src/platform/(http|queue|cache)/'] },
  ),
  never(
    'providers-are-leaves',
    'A provider adapts one external client.',
    { path: layer('provider') },
    { path: [LOGIC, layer('repository', 'routes', 'schemas'), '^src/platform/(http|queue|db)/'] },
  ),
  never(
    'only-the-module-wires',
    'What holds a connection is made in the module file and handed over; others know its type.',
    { path: '^src/modules/', pathNot: [...TEST, layer('module')] },
    { path: layer('repository', 'provider', 'routes'), ...LOADED },
  ),
];

const packages = [
  ...Object.entries(HOMES).map(([name, homes]) =>
    never(
      `home:${name.replace(/[()]/g, '')}`,
      'One place adapts this package; the rest of the code speaks our own words.',
      { path: '^src/', pathNot: [...TEST, ...homes] },
      { path: `node_modules/${name}/`, ...LOADED },
    ),
  ),
  never(
    'no-test-code-in-product',
    'Product code never imports tests.',
    { path: '^src/', pathNot: TEST },
    { path: TEST },
  ),
  never(
    'no-development-package-in-product',
    'Production does not install it.',
    { path: '^src/', pathNot: TEST },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], ...LOADED },
  ),
  never(
    'everything-resolves',
    'What these rules cannot find they cannot watch.',
    {},
    { couldNotResolve: true },
  ),
];

module.exports = {
  forbidden: [...betweenModules, ...betweenLevels, ...betweenLayers, ...packages],
  options: {
    // TypeScript 7 has no compiler API; with the default parser most imports would go unseen.
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types', 'require'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
