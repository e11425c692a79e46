import type { PublishAck } from '../../../src/packets.js';
import { Subject, asyncScheduler, merge, tap } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { qosSend } from '../../../src/operators/qos-send.js';
import { type ResendConfig, resend } from '../../../src/operators/resend.js';
import type { OutgoingPublish } from '../../../src/protocol/outbound/outgoing-publish.js';
import type { Session } from '../../../src/protocol/session.js';
import { type InFlightBefore, room } from '../support.js';

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

/**
 * The flow beside the sender, which sees acknowledgements first and sends what is new. `done` is when that may begin.
 */
export function resending(
  helpers: RunHelpers,
  { sender }: Session,
  { acks = '', publish = '', link = '' }: Streams,
  values: Record<string, PublishAck | OutgoingPublish> = {},
  config: Partial<ResendConfig> = {},
) {
  const done$ = new Subject<void>();
  const { room$, writable } = room(helpers, link);
  const publish$ = helpers.hot(publish, values as Record<string, OutgoingPublish>);
  const ack$ = helpers.hot(acks, values as Record<string, PublishAck>);
  const again$ = ack$.pipe(
    resend({
      inFlight: sender.inFlight,
      wake$: room$,
      writable,
      done: () => done$.next(),
      interval: 0,
      scheduler: asyncScheduler,
      ...config,
    }),
  );
  const wake$ = merge(publish$.pipe(tap(given => sender.enqueue(given))), done$, room$);
  const new$ = ack$.pipe(qosSend({ sender, wake$, writable }));
  return { again$, both$: merge(new$, again$), done$ };
}
