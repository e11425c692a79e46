import { expect } from 'chai';
import { createServer as createHttpServer } from 'node:http';
import { type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Subscription, asyncScheduler, firstValueFrom } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Link } from '../../src/index.js';
import { defaultTransports } from '../../src/transport/node/default.js';
import { certificate } from '../support/certificates.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { loopback } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';

const MIB = 1024 * 1024;
const authority = certificate({ name: 'authority', authority: true });
const { cert, key } = certificate({ hosts: [loopback], issuer: authority });

/** Something that can be read from, and stopped. */
interface Reader {
  pause(): void;
  resume(): void;
  onBytes(listener: (bytes: number) => void): void;
}

const ofSocket = (socket: Socket): Reader => ({
  pause: () => socket.pause(),
  resume: () => socket.resume(),
  onBytes: listener => void socket.on('data', (chunk: Buffer) => listener(chunk.length)),
});

const ofWebSocket = (webSocket: WebSocket): Reader => ({
  pause: () => webSocket.pause(),
  resume: () => webSocket.resume(),
  onBytes: listener => void webSocket.on('message', data => listener((data as Buffer).length)),
});

const servers: Readonly<Record<string, (accept: (reader: Reader) => void) => Server>> = {
  'mqtt:': accept => createServer(socket => accept(ofSocket(socket))),
  'mqtts:': accept => createTlsServer({ cert, key }, socket => accept(ofSocket(socket))),
  'ws:': accept => {
    const http = createHttpServer();
    new WebSocketServer({ server: http }).on('connection', webSocket => accept(ofWebSocket(webSocket)));
    return http;
  },
};

describeWithoutLeaks('a link that is given more than the network takes', () => {
  for (const [protocol, serve] of Object.entries(servers)) {
    describe(protocol, () => {
      let server: CuttableServer;
      let reader: Promise<Reader>;
      let subscription: Subscription | undefined;
      let link: Link;
      let ended: Promise<void>;

      beforeEach(async () => {
        let accept: (reader: Reader) => void;
        reader = new Promise(resolve => (accept = resolve));
        server = await CuttableServer.over(serve(it => accept(it)));
        const link$ = defaultTransports[protocol]!({
          url: new URL(`${protocol}//${loopback}:${server.port}`),
          options: protocol === 'mqtts:' ? { tls: { ca: authority.cert } } : {},
          scheduler: asyncScheduler,
        });
        link = await new Promise<Link>(resolve => (subscription = link$.subscribe(resolve)));
        ended = new Promise<void>(resolve => link.data$.subscribe({ error: () => resolve(), complete: resolve }));
      });
      afterEach(() => {
        subscription?.unsubscribe();
        return server.stop();
      });

      it('shows bit by bit how the bytes leave, says when there is room, and ends after the last of them', async () => {
        const slow = await reader;
        const seen = new Set<number>();
        let bytes = 0;
        const all = new Promise<void>(resolve =>
          slow.onBytes(count => {
            seen.add(link.unsentBytes!);
            bytes += count;
            if (bytes === 24 * MIB + 3) resolve();
          }),
        );
        slow.pause();
        expect(link.write(new Uint8Array(24 * MIB))).to.equal(false);
        link.write(new Uint8Array(3));
        const drained = firstValueFrom(link.drain$);
        link.end?.();
        slow.resume();
        await drained;
        await all;
        await ended;
        expect(link.unsentBytes).to.equal(0);
        const partly = [...seen].filter(unsent => unsent > 0 && unsent < 24 * MIB);
        expect(partly).to.have.length.above(3);
      });

      it('throws when it is written to after its end, and when the other end has gone [S124]', async () => {
        const closing = { name: 'MqttError', code: 'CONNECTION_CLOSED' };
        server.cut();
        await ended;
        expect(() => link.write(Uint8Array.of(1)))
          .to.throw()
          .include(closing);
      });

      it('throws when it is written to after end() [S124]', () => {
        link.end?.();
        expect(() => link.write(Uint8Array.of(1)))
          .to.throw()
          .include({ name: 'MqttError', code: 'CONNECTION_CLOSED' });
      });
    });
  }
});
