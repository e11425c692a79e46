import { defaultTransports } from '#default-transport';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { ConnectPacket } from '../../packets.js';
import type { Transport, TransportOptions, TransportTarget } from '../../transport/link.js';
import { maximumPacketSizeOf } from '../connection/connect-packet.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import { type Server, noTransport } from '../options/server.js';

/** An attempt that is about to open its link. */
export interface LinkAttempt {
  readonly server: Server;
  readonly options: AttemptOptions;
  readonly connect: ConnectPacket;
  readonly context: ClientContext;
  phase: ConnectionPhase;
}

/** Returns the transport that opens the link of an attempt. */
export function transportFor({ server, options }: LinkAttempt): Transport {
  const transport = options.transport ?? defaultTransports[server.url.protocol];
  if (transport === undefined) throw noTransport(server.url.protocol);
  return transport;
}

/** Returns what the transport may know. */
export function createTarget(attempt: LinkAttempt, failures: number): TransportTarget {
  const { server, options, connect, context } = attempt;
  const maximumPacketSize = maximumPacketSizeOf(options, connect);
  const { url, zone } = server;
  return {
    url,
    ...(zone === undefined ? {} : { zone }),
    options: transportOptions(options, server),
    protocolVersion: connect.protocolVersion,
    ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
    failures,
    scheduler: context.scheduler,
    onPhase: phase => (attempt.phase = phase),
  };
}

/** Returns the options that a transport may see: none of MQTT, and no credentials of the broker. */
function transportOptions({ tcp, tls, websocket, proxy }: AttemptOptions, server: Server): TransportOptions {
  const forServer = server.isForeign && !websocket?.redirectHeaders ? withoutHeaders(websocket) : websocket;
  return {
    ...(tcp && { tcp }),
    ...(tls && { tls }),
    ...(forServer && { websocket: forServer }),
    ...(proxy && { proxy }),
  };
}

/** Removes the headers, which often hold credentials: they are only for the host that the user named. */
function withoutHeaders(websocket: TransportOptions['websocket']): TransportOptions['websocket'] {
  const { headers: _, ...rest } = websocket ?? {};
  return websocket && rest;
}

const timeoutHints: Partial<Record<ConnectionPhase, string>> = {
  tls: ': the host answers, but does that port speak TLS?',
  websocket: ': the host answers, but does that port speak WebSocket?',
};

/** Returns the error of a link that was not open after `ms`. */
export function linkTimeout(ms: number, phase: ConnectionPhase): MqttError {
  const hint = timeoutHints[phase] ?? '';
  return new MqttError('CONNECT_TIMEOUT', `no connection within ${ms} ms; it stopped in the phase '${phase}'${hint}`, {
    phase,
    retryable: true,
  });
}
