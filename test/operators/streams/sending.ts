import type { PublishAck } from '../../../src/packets.js';
import { merge, tap } from 'rxjs';
import { qosSend } from '../../../src/operators/qos-send.js';
import type { OutgoingPublish } from '../../../src/protocol/outbound/outgoing-publish.js';
import type { Session } from '../../../src/protocol/session.js';
import { type FlowHelpers, freeToSend, room } from '../support.js';

interface Streams {
  /** What the application publishes: the queue takes it, and the flow is woken. */
  publish: string;
  acks?: string;
  /** Where the link has room: from `t` to `f`. */
  link?: string;
}

type Values = Record<string, OutgoingPublish | PublishAck>;

export function sending(helpers: FlowHelpers, { sender }: Session, streams: Streams, values: Values) {
  const { room$, writable } = room(helpers, streams.link ?? '');
  const publish$ = helpers.hot(streams.publish, values as Record<string, OutgoingPublish>);
  const wake$ = merge(publish$.pipe(tap(given => sender.enqueue(given))), room$);
  const ack$ = helpers.hot(streams.acks ?? '', values as Record<string, PublishAck>);
  return ack$.pipe(qosSend({ ...freeToSend, sender, wake$, writable, scheduler: helpers.clock }));
}
