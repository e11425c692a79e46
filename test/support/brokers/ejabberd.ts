import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loopback } from '../ports.js';
import type { BrokerKind, RunningBroker } from './broker.js';
import { findProgram, freePorts, isThere, makeDirectory, removeDirectory, startProgram } from './program.js';

export const ejabberd: BrokerKind = {
  name: 'ejabberd',
  missing: 'ejabberd is not installed: see scripts/install-brokers.sh',
  isInstalled: () => findProgram('erl') !== undefined && findLibraries() !== undefined,
  start,
};

/** Where Erlang finds it: `/usr/lib/<architecture>`. */
function findLibraries(): string | undefined {
  return ['/usr/lib', ...readdirSync('/usr/lib').map(name => join('/usr/lib', name))].find(directory => {
    if (!isThere(directory)) return false;
    try {
      return readdirSync(directory).some(name => name.startsWith('ejabberd-'));
    } catch {
      return false; // a file
    }
  });
}

/** Its virtual machine as it is: `ejabberdctl` would become another user first. */
async function start(): Promise<RunningBroker> {
  const [tcp, ws] = (await freePorts(2)) as [number, number];
  const directory = await makeDirectory('ejabberd', { 'ejabberd.yml': configuration(tcp, ws) });
  const server = await startProgram({
    name: 'ejabberd',
    command: findProgram('erl')!,
    args: ['-noinput', '-mnesia', 'dir', JSON.stringify(join(directory, 'database')), '-s', 'ejabberd'],
    env: {
      ERL_LIBS: findLibraries()!,
      EJABBERD_CONFIG_PATH: join(directory, 'ejabberd.yml'),
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
      ERL_CRASH_DUMP: join(directory, 'crash'),
    },
    directory,
    ready: [/Start accepting TCP connections .* for mod_mqtt/, /Start accepting TCP connections .* for ejabberd_http/],
    timeout: 40_000,
  });
  return {
    tcp,
    ws,
    log: server.log,
    async stop() {
      await server.kill();
      await removeDirectory(directory);
    },
  };
}

const configuration = (tcp: number, ws: number): string => `
hosts: [localhost]
loglevel: info
auth_method: [anonymous]
anonymous_protocol: login_anon
allow_multiple_connections: true
listen:
  - { port: ${tcp}, ip: "${loopback}", module: mod_mqtt }
  - { port: ${ws}, ip: "${loopback}", module: ejabberd_http, request_handlers: { /mqtt: mod_mqtt } }
modules:
  mod_mqtt:
    access_publish: { "#": [{ allow: all }] }
    access_subscribe: { "#": [{ allow: all }] }
`;
