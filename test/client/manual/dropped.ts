import { generate } from 'mqtt-packet';
import { type MemoryPeer, memoryTransport, mqtt } from '../../../src/index.js';

// Run with --expose-gc: says what becomes of a message whose object nobody holds any more.
const version = { protocolVersion: 5 };
let peer: MemoryPeer | undefined;
const transport = memoryTransport(broker => {
  peer = broker;
  const answer = generate({ cmd: 'connack', reasonCode: 0, sessionPresent: false }, version);
  broker.data$.subscribe({ next: chunk => chunk[0] === 0x10 && setImmediate(() => broker.write(answer)) });
});
const client = mqtt('mqtt://memory', { transport, protocolVersion: 5, clean: false, clientId: 'me' });
client.packet$.subscribe(({ direction, packet }) => {
  if (direction === 'sent' && packet.cmd === 'puback') console.log('PUBACK', packet.packetId);
});
client.unrouted$.subscribe(({ topic }) => {
  console.log('unrouted', topic);
  setImmediate(() => client.close());
});
client.topic$('t', { ack: 'manual' }).subscribe();
client.connect().subscribe(() => {
  const message = {
    cmd: 'publish',
    topic: 't',
    payload: 'x',
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  } as const;
  setImmediate(() => peer!.write(generate(message, version)));
});
const collect = setInterval(() => (globalThis as { gc?: () => void }).gc!(), 5);
client.connection$.subscribe({ complete: () => clearInterval(collect) });
