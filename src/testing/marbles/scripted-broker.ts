import { NEVER, Subject, concat, defer, map, of, takeUntil, tap, throwError } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { PacketEncoder } from '../../codec/encoder.js';
import { MqttError } from '../../errors.js';
import type { Packet, ProtocolVersion } from '../../packets.js';
import { isBytes } from '../../protocol/bytes.js';
import type { Transport } from '../../transport/link.js';
import { misuse } from './failure.js';
import { inspect } from './inspect.js';
import { assertNamed } from './parse.js';

/** What a broker may send: a packet, or the bytes of something that is none. */
export type Sendable = Packet | Uint8Array;

const cut = new MqttError('CONNECTION_CLOSED', 'cut', { retryable: true });
const overplayed = new MqttError('CONNECTION_FAILED', 'no attempt more in the script', { retryable: true });

/** A transport that plays one diagram an attempt, from the moment the link is open. */
export function scriptedBroker(
  { cold }: RunHelpers,
  attempts: readonly string[],
  packets: Readonly<Record<string, Sendable>>,
  version: ProtocolVersion | undefined,
  failed: (error: unknown) => void,
): Transport {
  for (const marbles of attempts) assertNamed('the script of the broker', marbles, packets);
  for (const [name, packet] of Object.entries(packets)) assertSendable(name, packet);
  const links = attempts.map(marbles => cold(marbles, packets, cut));
  let next = 0;
  return ({ protocolVersion = 5 }) =>
    defer(() => {
      const script$ = links[next++];
      if (script$ === undefined) return throwError(() => overplayed);
      const data$ = script$.pipe(map(packet => bytesOf(packet, version ?? protocolVersion)));
      // a packet that has no form on the wire is a mistake in the test, and nothing for the client to retry
      const tried$ = data$.pipe(tap({ error: (error: unknown) => error !== cut && failed(error) }));
      const ended$ = new Subject<void>();
      const end = () => ended$.next();
      return concat(of({ data$: tried$.pipe(takeUntil(ended$)), write: () => true, drain$: NEVER, end }), NEVER);
    });
}

function assertSendable(name: string, packet: unknown): void {
  if (isBytes(packet)) return;
  if (typeof (packet as Packet | undefined)?.cmd === 'string') return;
  throw misuse(`the script of the broker: '${name}' is no packet but ${inspect(packet)}.`);
}

function bytesOf(packet: Sendable, version: ProtocolVersion): Uint8Array {
  if (isBytes(packet)) return packet.slice();
  const encoder = new PacketEncoder(version);
  encoder.write(packet);
  return encoder.take();
}
