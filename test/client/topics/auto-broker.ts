import mqttPacket from 'mqtt-packet';
import { BehaviorSubject } from 'rxjs';
import { type Packet, memoryTransport } from '../../../src/index.js';
import { connack, suback, unsuback } from '../../support/packets.js';
import { serverBytes } from '../../support/server-bytes.js';

/** A broker in memory that answers CONNECT, SUBSCRIBE and UNSUBSCRIBE, each in a turn of its own, and has no sessions. */
export function autoBroker(grant = 1) {
  const subscriptions = new Set<string>();
  const asked$ = new BehaviorSubject(0);
  let unanswered = 0;
  let most = 0;
  const transport = memoryTransport(peer => {
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    const answer = (packet: Packet) => {
      most = Math.max(most, ++unanswered);
      setImmediate(() => {
        unanswered--;
        peer.write(serverBytes(packet, 5));
      });
    };
    subscriptions.clear();
    unanswered = 0;
    parser.on('packet', packet => {
      if (packet.cmd === 'connect') return answer(connack());
      if (packet.cmd === 'subscribe') {
        for (const { topic } of packet.subscriptions) subscriptions.add(topic);
        answer(suback(packet.messageId!, ...packet.subscriptions.map(() => grant)));
        asked$.next(asked$.value + packet.subscriptions.length);
      }
      if (packet.cmd === 'unsubscribe') {
        for (const topic of packet.unsubscriptions) subscriptions.delete(topic);
        answer(unsuback(packet.messageId!, ...packet.unsubscriptions.map(() => 0)));
      }
    });
    peer.data$.subscribe(chunk => void parser.parse(Buffer.from(chunk)));
  });
  return {
    transport,
    /** What clients hold now. */
    subscriptions,
    /** How many filters have been asked for, over all connections. */
    asked$: asked$.asObservable(),
    /** The most packets that waited for an answer. */
    get most() {
      return most;
    },
  };
}
