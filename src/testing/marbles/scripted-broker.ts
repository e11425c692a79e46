import { NEVER, Subject, concat, defer, map, of, takeUntil, tap, throwError } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { MqttError } from '../../errors.js';
import type { Packet, ProtocolVersion, PublishPacket } from '../../packets.js';
import { ServerEncoder } from '../../codec/server/server-encoder.js';
import { isBytes } from '../../protocol/bytes.js';
import type { Transport } from '../../transport/link.js';
import { misuse, quote } from './failure.js';
import { assertNamed } from './parse.js';

/** What a scripted broker can send: a packet, or bytes that are not a valid packet. */
export type Sendable = Packet | Uint8Array;

const cut = new MqttError('CONNECTION_CLOSED', 'cut', { retryable: true });
const noMoreAttempts = new MqttError('CONNECTION_FAILED', 'the script has no more attempts', { retryable: true });

/** Returns a transport that plays one diagram for each attempt, from the moment the link is open. */
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
  const ids = freeIds(packets);
  let next = 0;
  return ({ protocolVersion = 5 }) =>
    defer(() => {
      const script$ = links[next++];
      if (script$ === undefined) return throwError(() => noMoreAttempts);
      const data$ = script$.pipe(map(packet => bytesOf(numbered(packet, ids), version ?? protocolVersion)));
      // A packet that cannot be encoded is a mistake in the test, which a retry of the client must not hide.
      const tried$ = data$.pipe(tap({ error: (error: unknown) => error !== cut && failed(error) }));
      const ended$ = new Subject<void>();
      const end = () => ended$.next();
      return concat(of({ data$: tried$.pipe(takeUntil(ended$)), write: () => true, drain$: NEVER, end }), NEVER);
    });
}

function assertSendable(name: string, packet: unknown): void {
  if (isBytes(packet)) return;
  if (typeof (packet as Packet | undefined)?.cmd === 'string') return;
  throw misuse(`'${name}' in the script of the broker is ${quote(packet)}; it must be a packet, or bytes`);
}

/** Yields packet identifiers from 1, without those that the script sets itself. */
function* freeIds(packets: Readonly<Record<string, Sendable>>): Generator<number, never> {
  const given = new Set(
    Object.values(packets)
      .filter(isPublish)
      .map(publish => publish.packetId),
  );
  for (let id = 1; ; id = (id % 0xffff) + 1) if (!given.has(id)) yield id;
}

/** Gives a PUBLISH of QoS 1 or 2 without a packet identifier the next one, because it is a new message each time it is sent. */
function numbered(packet: Sendable, ids: Iterator<number, never>): Sendable {
  if (!isPublish(packet) || packet.qos === 0 || packet.packetId !== undefined) return packet;
  return { ...packet, packetId: ids.next().value };
}

const isPublish = (packet: Sendable): packet is PublishPacket => !isBytes(packet) && packet.cmd === 'publish';

function bytesOf(packet: Sendable, version: ProtocolVersion): Uint8Array {
  if (isBytes(packet)) return packet.slice();
  const encoder = new ServerEncoder(version);
  encoder.write(packet);
  return encoder.take();
}
