// Imports point one way: vocabulary <- protocol <- codec | store | transport | operators <- client <- entry points.
const entry = '^src/index\\.ts$';
const vocabulary = '^src/(options/)?(?!index\\.ts$)[^/]+\\.ts$';
const link = '^src/transport/link\\.ts$';
// what the options of a client name, and its implementation, which only its entry point brings
const sessionStore = '^src/store/session-store\\.ts$';
// the right to acknowledge a message, which names its message
const ackTicket = '^src/protocol/inbound/(ack-ticket|inbound-message)\\.ts$';
const rxjs = '^node_modules/rxjs/';
const mqttPacket = '^node_modules/mqtt-packet/';
// mqtt-packet speaks Buffer
const buffer = '^buffer$';
// the WebSocket client of Node; types too
const ws = '^node_modules/(@types/)?ws/';
const angular = '^node_modules/@angular/';
const nestjs = '^node_modules/@nestjs/';
// its types only; the CLI of a workspace has it
const typescript = '^node_modules/typescript/';
const opentelemetry = '^node_modules/@opentelemetry/api/';
// what only Node can do for a configuration; browsers get the file beside it
const readFile = '^src/client/options/config/read-file\\.ts$';

const angularRoom = '^src/angular/(?!testing/)';

const folder = name => `^src/${name}/`;
const below = [vocabulary, folder('protocol')];
const siblings = ['codec', 'store', 'transport', 'operators'].map(folder);
const engine = [...below, ...siblings, folder('client'), rxjs];

/** The room `from` may import its own files and `to`, nothing else. */
const room = (name, from, ...to) => ({
  name: `room-${name}`,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [from, ...to.flat()] },
});

/** The same for a room that may import node:* too. */
const nodeRoom = (...args) => {
  const rule = room(...args);
  return { ...rule, to: { ...rule.to, dependencyTypesNot: ['core'] } };
};

/** The subfolders of a folder in order: each may import those before it, and none after it. */
const floors = (name, ...order) =>
  order.slice(0, -1).map((own, i) => ({
    name: `floor-${name}-${own}`,
    severity: 'error',
    from: { path: folder(`${name}/${own}`) },
    to: { path: order.slice(i + 1).map(other => folder(`${name}/${other}`)) },
  }));

/** Files of a folder that its subfolders do not import: they put the rest together. */
const above = (name, ...files) => ({
  name: `above-${name}`,
  severity: 'error',
  from: { path: `^src/${name}/[^/]+/` },
  to: { path: `^src/${name}/(${files.join('|')})\\.ts$` },
});

module.exports = {
  forbidden: [
    room('vocabulary', vocabulary, rxjs, link, sessionStore),
    {
      name: 'vocabulary-names-types-only',
      severity: 'error',
      from: { path: vocabulary },
      to: { path: [rxjs, link, sessionStore], dependencyTypesNot: ['type-only'] },
    },
    room('protocol', folder('protocol'), vocabulary),
    room('codec', folder('codec'), below, mqttPacket, buffer),
    room('transport', '^src/transport/([^/]+|web/.*)\\.ts$', below, rxjs),
    nodeRoom('transport-node', folder('transport/node'), below, '^src/transport/[^/]+\\.ts$', rxjs, ws),
    nodeRoom('store', folder('store'), below, rxjs),
    room('operators', folder('operators'), below, rxjs),
    { ...room('client', folder('client'), engine), from: { path: folder('client'), pathNot: readFile } },
    nodeRoom('read-file', readFile),
    room('trace', folder('trace'), engine, entry),
    // the renderer, which diagrams, failed tests and traces share
    room('trace-picture', folder('trace/draw/picture')),
    room('testing', folder('testing'), folder('trace'), engine),
    room('opentelemetry', folder('opentelemetry'), engine, opentelemetry),
    room('shared', folder('shared'), engine),
    room('angular', angularRoom, engine, angular),
    room('angular-testing', folder('angular/testing'), angularRoom, folder('testing'), engine, angular),
    room('inspector', folder('inspector'), engine, folder('trace')),
    nodeRoom('cli', '^src/cli/(?!watch/)', entry, '^src/(trace|testing|cli/watch)/index\\.ts$', rxjs),
    nodeRoom('watch', folder('cli/watch'), engine, folder('trace'), folder('inspector'), ws),
    room('nestjs', folder('nestjs'), entry, below, nestjs, rxjs),
    nodeRoom('schematics', folder('schematics'), below, typescript),
    room('index', entry, engine),
    ...floors('protocol', 'collections', 'topics', 'inbound', 'outbound', 'subscriptions'),
    ...floors('operators', 'liveness', 'handshake', 'reconnect'),
    ...floors('trace', 'recording', 'lines'),
    ...floors(
      'client',
      'streams',
      'platform',
      'options',
      'instrumentation',
      'topics',
      'connection',
      'lifecycle',
      'publishing',
      'requests',
    ),
    ...floors('inspector', 'model', 'view'),
    ...floors('shared', 'tab', 'host'),
    ...floors('shared', 'host', 'tab'),
    ...floors('shared', 'tab', 'browser'),
    ...floors('shared', 'host', 'browser'),
    above('shared', 'index'),
    above('protocol', 'session', 'kept-sessions'),
    above('client', 'client', 'mqtt'),
    {
      name: 'no-other-rooms',
      comment: 'a new folder in src needs a rule here',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          entry,
          ...['testing', 'trace', 'angular', 'nestjs', 'inspector', 'cli', 'schematics', 'opentelemetry', 'shared'].map(
            folder,
          ),
          ...engine,
        ],
      },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: [vocabulary, link, folder('store'), ackTicket] },
      to: { circular: true },
    },
    {
      name: 'no-cycles-but-of-types',
      comment: 'messages, packets, options and the link name each other, and so do a message and its tickets',
      severity: 'error',
      from: { path: [vocabulary, link, folder('store'), ackTicket] },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['types', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
