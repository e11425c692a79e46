import { expect } from 'chai';
import { EMPTY, catchError, config, finalize, timer } from 'rxjs';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { type ConnectionState, MqttError, memoryTransport, mqtt } from '../../src/index.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { testScheduler } from '../support/marbles.js';
import { connack, publish } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';
import { type Check, fuzz, patience } from './corpus.js';
import { type Random, below, cut } from './mutate.js';

const maximumPacketSize = 2048;
const alive = 'the connection that is good';

/** Messages of hostile servers that were given to the application, being whole. */
let handedOver = 0;

function fail(what: string): never {
  throw new Error(what);
}

/** What the application may be given at most: each PUBLISH in front of the first violation, as `qos payload`. */
function messagesIn(version: ProtocolVersion, bytes: Uint8Array, afterConnack: boolean): string[] {
  const decoder = new PacketDecoder(version, version === 5 ? { maximumPacketSize } : {});
  const packets: Packet[] = [];
  try {
    decoder.push(bytes);
    for (let packet; (packet = decoder.next()) !== undefined;) packets.push(packet);
  } catch {
    // what came before it counts
  }
  if (!afterConnack && packets[0]?.cmd !== 'connack') return [];
  const end = packets.findIndex(({ cmd }, index) => cmd === 'disconnect' || (cmd === 'connack' && index > 0));
  const counted = end < 0 ? packets : packets.slice(0, end);
  return counted.flatMap(packet => (packet.cmd === 'publish' ? [told(packet.qos, packet.payload)] : []));
}

const told = (qos: number, payload: Uint8Array): string => `${qos} ${Buffer.from(payload).toString('hex')}`;

/** The first connection of a client is with a server that sends `bytes`; all later ones are with a good one. */
function play(version: ProtocolVersion, bytes: Uint8Array, afterConnack: boolean, random: Random): void {
  const states: ConnectionState[] = [];
  const given: string[] = [];
  const good = serverBytes(connack(), version);
  const proof = serverBytes(publish('t', { payload: alive }), version);
  // what is thrown in a subscriber reaches nobody else
  const problems: unknown[] = [];
  const { onUnhandledError } = config;
  config.onUnhandledError = error => void problems.push(error);
  let connections = 0;
  let open = 0;
  let proofs = 0;

  const transport = memoryTransport(peer => {
    const first = connections++ === 0;
    let greeted = false;
    open++;
    peer.data$.pipe(finalize(() => open--)).subscribe(() => {
      if (greeted) return;
      greeted = true;
      if (!first) {
        timer(1).subscribe(() => peer.write(good));
        timer(2).subscribe(() => peer.write(proof));
        return;
      }
      const spread = below(random, 2);
      if (afterConnack) timer(1).subscribe(() => peer.write(good));
      cut(bytes, random).forEach((piece, index) => timer(3 + index * spread).subscribe(() => peer.write(piece)));
      timer(5000).subscribe(() => peer.close());
    });
  });
  try {
    testScheduler().run(() => {
      const client = mqtt('mqtt://broker', {
        transport,
        protocolVersion: version,
        clientId: 'me',
        clean: random() < 0.5,
        random: () => 1,
        reconnect: { initial: 10, max: 10 },
        ...(version === 5 ? { properties: { maximumPacketSize, receiveMaximum: 4, topicAliasMaximum: 2 } } : {}),
      });
      client.connection$.subscribe(state => states.push(state));
      // the hostile server may refuse the subscription, or the strategy may give up
      const listen = () =>
        client.topic$('#', { qos: 2 }).pipe(catchError((error: unknown) => (expectMqttError(error), EMPTY)));
      const take = ({ qos, payload }: { qos: number; payload: Uint8Array }) => {
        if (Buffer.from(payload).toString() === alive) proofs++;
        else given.push(told(qos, payload));
      };
      listen().subscribe(take);
      client.unrouted$.subscribe(take);
      for (const qos of [0, 1, 2] as const) {
        client.publish('t', 'ours', { qos }).subscribe({ error: expectMqttError });
      }
      timer(6000).subscribe(() => {
        const { status } = client.connection;
        if (status === 'connected') return;
        if (status !== 'closed') fail(`${status} in the end`);
        expectMqttError(client.connection.error);
        client.connect().subscribe(); // an end is no dead end
      });
      timer(7000).subscribe(() => {
        if (client.connection.status !== 'connected') fail(`${client.connection.status} with a good server`);
      });
      timer(8000).subscribe(() => client.close());
      timer(20_000).subscribe(() => {
        if (client.connection.status !== 'closed') fail(`${client.connection.status} after close()`);
      });
    });
  } finally {
    config.onUnhandledError = onUnhandledError;
  }
  if (problems.length > 0) throw problems[0];

  for (const state of states) {
    if (state.status === 'reconnecting') expectMqttError(state.error);
  }
  if (open > 0) fail(`${open} links are left open`);
  if (connections < 2 || proofs < connections - 1) fail(`${proofs} messages on ${connections - 1} good connections`);
  const allowed = messagesIn(version, bytes, afterConnack);
  for (const message of given) {
    const at = allowed.indexOf(message);
    if (at < 0) fail(`the application was given '${message}'`);
    allowed.splice(at, 1);
    handedOver++;
  }
}

function expectMqttError(error: unknown): void {
  if (!MqttError.is(error) || !error.message) fail(`not an MqttError: ${String(error)}`);
}

describe('fuzzing the client', () => {
  for (const [what, afterConnack] of [
    ['after CONNACK', true],
    ['instead of CONNACK', false],
  ] as const) {
    it(`is in a known state, reconnects and closes, whatever comes ${what}`, async function () {
      this.timeout(patience(0.35));
      handedOver = 0;
      const check: Check = (version, bytes, random) => play(version, bytes, afterConnack, random);
      await fuzz(afterConnack ? 'client' : 'handshake', 1, 0.35, check);
      expect(handedOver, 'messages').to.be.greaterThan(10);
    });
  }
});
