import { join } from 'node:path';
import { loopback } from '../ports.js';
import type { BrokerKind, RunningBroker } from './broker.js';
import {
  type Program,
  findProgram,
  freePorts,
  makeDirectory,
  removeDirectory,
  startProgram,
  writeFiles,
} from './program.js';

const startTimeout = 20_000;

export const nats: BrokerKind = {
  name: 'NATS',
  missing: 'NATS is not installed: see scripts/install-brokers.sh',
  isInstalled: () => findProgram('nats-server') !== undefined,
  start,
};

interface Node {
  readonly name: string;
  readonly own: number;
  readonly mqtt: number;
  readonly ws: number;
  readonly route: number;
}

async function start(): Promise<RunningBroker> {
  const [node] = (await freeNodes(1)) as [Node];
  const directory = await makeDirectory('nats');
  const server = await startNode(node, directory, '', [/Server is ready/]);
  return {
    tcp: node.mqtt,
    ws: node.ws,
    log: server.log,
    async stop() {
      await server.kill();
      await removeDirectory(directory);
    },
  };
}

export interface NatsCluster {
  /** The MQTT ports of its nodes. */
  readonly ports: readonly number[];
  /** Ends one without a chance to say or save anything. */
  kill(node: number): Promise<void>;
  log(): string;
  stop(): Promise<void>;
}

/** Three nodes, each with a replica of everything, of which one may fail. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const nodes = await freeNodes(3);
  const routes = nodes.map(({ route }) => `"nats://${loopback}:${route}"`).join(', ');
  const directories = await Promise.all(nodes.map(({ name }) => makeDirectory(`nats-${name}`)));
  const starting = nodes.map((node, i) =>
    startNode(
      node,
      directories[i]!,
      `cluster { name: rxjs-mqtt, host: "${loopback}", port: ${node.route}, routes: [${routes}] }`,
      [/Server is ready/, /JetStream cluster (new )?metadata leader/],
    ),
  );
  const stop = async (servers: readonly Program[]): Promise<void> => {
    await Promise.all(servers.map(server => server.kill()));
    await Promise.all(directories.map(removeDirectory));
  };
  const outcomes = await Promise.allSettled(starting);
  const servers = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop(servers);
    throw failed.reason;
  }
  return {
    ports: nodes.map(({ mqtt }) => mqtt),
    kill: node => servers[node]!.kill(),
    log: () => servers.map((server, i) => `--- node ${i}\n${server.log()}`).join('\n'),
    stop: () => stop(servers),
  };
}

async function freeNodes(count: number): Promise<Node[]> {
  const ports = await freePorts(4 * count);
  return Array.from({ length: count }, (_, i) => {
    const [own, mqtt, ws, route] = ports.slice(4 * i) as [number, number, number, number];
    return { name: `n${i}`, own, mqtt, ws, route };
  });
}

async function startNode(
  { name, own, mqtt, ws }: Node,
  directory: string,
  cluster: string,
  ready: readonly RegExp[],
): Promise<Program> {
  // MQTT needs a name of the server, and JetStream to keep sessions and messages
  const configuration = `
server_name: ${name}
host: "${loopback}"
port: ${own}
max_payload: 8MB
jetstream { store_dir: "${join(directory, 'jetstream')}", max_memory_store: 64MB, max_file_store: 1GB }
mqtt { host: "${loopback}", port: ${mqtt}${cluster === '' ? '' : ', stream_replicas: 3'} }
websocket { host: "${loopback}", port: ${ws}, no_tls: true }
${cluster}
`;
  await writeFiles(directory, { 'nats.conf': configuration });
  return startProgram({
    name: `NATS ${name}`,
    command: findProgram('nats-server')!,
    args: ['-c', join(directory, 'nats.conf')],
    directory,
    ready,
    timeout: startTimeout,
  });
}
