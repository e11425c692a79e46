import { NEVER, type Observable, Subject, map, merge } from 'rxjs';
import type { MqttMessage } from '../../../src/index.js';
import { type QosReceiveConfig, qosReceive } from '../../../src/operators/qos-receive.js';
import type { PublishPacket, PubrelPacket } from '../../../src/packets.js';
import type { Session } from '../../../src/protocol/session.js';
import { publish, pubrel, describePacket } from '../../support/packets.js';
import { type FlowHelpers, flow, inWords } from '../support.js';

export type Delivery = PublishPacket | PubrelPacket;

/** Both outputs of the flow in one stream, so that their order shows: acknowledgements, and `deliver topic`. */
export function receiving(session: Session, delivery$: Observable<Delivery>, config: Partial<QosReceiveConfig> = {}) {
  const delivered$ = new Subject<string>();
  const deliver = ({ topic }: MqttMessage) => {
    delivered$.next(`deliver ${topic}`);
    return undefined;
  };
  const { receiver } = session;
  const ack$ = delivery$.pipe(
    qosReceive({ receiver, protocolVersion: 5, deliverQos2: 'publish', deliver, ready$: NEVER, ...config }),
    map(describePacket),
  );
  return inWords(merge(delivered$, ack$));
}

const zero = publish('zero');
const one = publish('one', { qos: 1, packetId: 1 });
const two = publish('two', { qos: 2, packetId: 2 });
const again = publish('two', { qos: 2, packetId: 2, dup: true });
const other = publish('other', { qos: 2, packetId: 3 });
export const packets = { z: zero, o: one, t: two, d: again, u: other, r: pubrel(2), s: pubrel(3) };

export const said = {
  Z: 'deliver zero',
  O: 'deliver one',
  o: 'PUBACK #1',
  T: 'deliver two',
  t: 'PUBREC #2',
  c: 'PUBCOMP #2',
  U: 'deliver other',
  u: 'PUBREC #3',
  e: 'PUBCOMP #3',
};

export const test = (body: (helpers: FlowHelpers & { incoming(marbles: string): Observable<Delivery> }) => void) =>
  flow(helpers => body({ ...helpers, incoming: marbles => helpers.hot<Delivery>(marbles, packets) }));
