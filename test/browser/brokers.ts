import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { certificate } from '../support/certificates.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { freePort, loopback } from '../support/ports.js';
import { startMosquitto } from '../support/mosquitto.js';

/** A broker that a browser can reach. */
export interface WebBroker {
  readonly name: string;
  /** By scheme. */
  readonly urls: Readonly<Record<'ws' | 'wss' | 'mqtt', string>>;
  /** Ends it, and starts it again on the same ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const tls = certificate({ hosts: [loopback] });

export async function mosquitto(lines: readonly string[] = []): Promise<WebBroker> {
  const directory = await mkdtemp(join(tmpdir(), 'tls-'));
  await writeFile(join(directory, 'cert.pem'), tls.cert);
  await writeFile(join(directory, 'key.pem'), tls.key);
  const [ws, wss] = [await freePort(), await freePort()];
  const broker = await startMosquitto({
    config: [
      `listener ${ws} ${loopback}`,
      'protocol websockets',
      `listener ${wss} ${loopback}`,
      'protocol websockets',
      `certfile ${join(directory, 'cert.pem')}`,
      `keyfile ${join(directory, 'key.pem')}`,
      ...lines,
    ],
  });
  return {
    name: 'mosquitto',
    urls: { ws: `ws://${loopback}:${ws}`, wss: `wss://${loopback}:${wss}`, mqtt: broker.url },
    restart: () => broker.restart(),
    async stop() {
      await broker.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function aedes(): Promise<WebBroker> {
  const broker = await Aedes.createBroker();
  const open = async (server: Parameters<typeof CuttableServer.over>[0]) => {
    const upgrades = new WebSocketServer({ server: server as never, path: '/mqtt' });
    upgrades.on('connection', socket => {
      const stream = createWebSocketStream(socket);
      stream.on('error', () => undefined); // a connection that is cut is no matter of a test
      void broker.handle(stream);
    });
    return CuttableServer.over(server);
  };
  const [ws, wss] = [await open(createServer()), await open(createSecureServer(tls))];
  const url = (scheme: string, { port }: CuttableServer) => `${scheme}://${loopback}:${port}`;
  return {
    name: 'aedes',
    urls: { ws: url('ws', ws), wss: url('wss', wss), mqtt: '' },
    async restart() {
      await Promise.all([ws.stop(), wss.stop()]);
      await Promise.all([ws.start(), wss.start()]);
    },
    async stop() {
      await Promise.all([ws.stop(), wss.stop()]);
      await new Promise<void>(resolve => broker.close(resolve));
    },
  };
}
