import type { Socket } from 'node:net';
import { MqttError } from '../errors.js';
import type { TcpKeepAlive } from '../options.js';

const DEFAULT_IDLE = 60_000;
const DEFAULT_INTERVAL = 1000;
const DEFAULT_COUNT = 10;

/** As of Node 26.4; the types are of an older one. */
type SetKeepAlive = (enable: boolean, idle: number, interval: number, count: number) => void;

/** The first version of Node whose setKeepAlive() takes interval and count; older ones would ignore them. */
const NEEDED = [26, 4] as const;

/** Throws NOT_SUPPORTED for what this version of Node cannot set. */
export function assertKeepAlive(wanted: TcpKeepAlive | undefined, version = process.versions.node): void {
  const key = wanted?.interval !== undefined ? 'interval' : wanted?.count !== undefined ? 'count' : undefined;
  if (key === undefined || takesInterval(version)) return;
  throw new MqttError(
    'NOT_SUPPORTED',
    `option 'tcp.keepAlive.${key}' needs Node ${NEEDED.join('.')}, and this is ${version}, which sets 'idle' only: ` +
      `leave '${key}' out; the 'keepalive' of MQTT works without it`,
    { phase: 'tcp', subject: `tcp.keepAlive.${key}` },
  );
}

export function setKeepAlive(socket: Socket, wanted: TcpKeepAlive | undefined): void {
  if (wanted === undefined) return;
  const { idle = DEFAULT_IDLE, interval = DEFAULT_INTERVAL, count = DEFAULT_COUNT } = wanted;
  (socket.setKeepAlive as SetKeepAlive).call(socket, true, idle, interval, count);
}

function takesInterval(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}
