import { join } from 'node:path';
import { loopback } from '../ports.js';
import type { BrokerKind, RunningBroker } from './broker.js';
import { findProgram, freePorts, isThere, makeDirectory, removeDirectory, startProgram } from './program.js';

/** The one in the PATH would become another user first. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export const rabbitmq: BrokerKind = {
  name: 'RabbitMQ',
  missing: 'RabbitMQ is not installed: see scripts/install-brokers.sh',
  isInstalled: () => isThere(program) && findProgram('epmd') !== undefined,
  start,
};

async function start(): Promise<RunningBroker> {
  const [tcp, ws, distribution, epmdPort] = (await freePorts(4)) as [number, number, number, number];
  const directory = await makeDirectory('rabbitmq', {
    'rabbitmq.conf': configuration(tcp, ws),
    enabled_plugins: '[rabbitmq_mqtt,rabbitmq_web_mqtt].\n',
  });
  const erlang = { ERL_EPMD_PORT: `${epmdPort}`, ERL_EPMD_ADDRESS: loopback };
  // the registry of Erlang's nodes; otherwise RabbitMQ would start one, and leave it running
  const epmd = await startProgram({
    name: 'epmd',
    command: findProgram('epmd')!,
    args: ['-d', '-port', `${epmdPort}`, '-address', loopback],
    directory,
    ready: [/epmd running/],
    timeout: 10_000,
  });
  const server = await startProgram({
    name: 'RabbitMQ',
    command: program,
    args: [],
    env: {
      ...erlang,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_NODENAME: `rxjs-mqtt-${tcp}@localhost`,
      RABBITMQ_DIST_PORT: `${distribution}`,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_PID_FILE: join(directory, 'pid'),
    },
    directory,
    ready: [/Server startup complete/],
    timeout: 60_000,
  }).catch(async (error: unknown) => {
    await epmd.kill();
    throw error;
  });
  return {
    tcp,
    ws,
    log: server.log,
    async stop() {
      await server.kill();
      await epmd.kill();
      await removeDirectory(directory);
    },
  };
}

const configuration = (tcp: number, ws: number): string => `
listeners.tcp = none
mqtt.listeners.tcp.1 = ${loopback}:${tcp}
mqtt.listeners.ssl = none
mqtt.allow_anonymous = true
web_mqtt.tcp.listener = ${loopback}:${ws}
log.console = true
log.console.level = info
log.file = false
`;
