import type { PublishAck } from '../../../src/packets.js';
import { merge, tap } from 'rxjs';
import { type QosSendConfig, qosSend } from '../../../src/operators/qos-send.js';
import type { OutgoingPublish } from '../../../src/protocol/outbound/outgoing-publish.js';
import type { Session } from '../../../src/protocol/session.js';
import { type FlowHelpers, type InFlightBefore, freeToSend, room } from '../support.js';

export const mixed: InFlightBefore[] = [
  ['a', 1],
  ['b', '2+'],
  ['c', 2],
];
export const mixedAgain = { a: 'PUBLISH q1 #1 dup a', b: 'PUBREL #2', c: 'PUBLISH q2 #3 dup c' };
export const three: InFlightBefore[] = [
  ['a', 1],
  ['b', 1],
  ['c', 1],
];
export const threeAgain = { a: 'PUBLISH q1 #1 dup a', b: 'PUBLISH q1 #2 dup b', c: 'PUBLISH q1 #3 dup c' };

interface Streams {
  acks?: string;
  publish?: string;
  /** Where the link has room: from `t` to `f`. */
  link?: string;
}

/** The flow on a connection that resumes a session. */
export function resending(
  helpers: FlowHelpers,
  { sender }: Session,
  { acks = '', publish = '', link = '' }: Streams,
  values: Record<string, PublishAck | OutgoingPublish> = {},
  config: Partial<QosSendConfig> = {},
) {
  const { room$, writable } = room(helpers, link);
  const publish$ = helpers.hot(publish, values as Record<string, OutgoingPublish>);
  const ack$ = helpers.hot(acks, values as Record<string, PublishAck>);
  const wake$ = merge(publish$.pipe(tap(given => sender.enqueue(given))), room$);
  return ack$.pipe(qosSend({ ...freeToSend, sender, wake$, writable, scheduler: helpers.clock, ...config }));
}
