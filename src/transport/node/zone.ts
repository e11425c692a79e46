import { networkInterfaces } from 'node:os';
import { MqttError } from '../../errors.js';

/** Of each network interface that is up, by its name, the addresses. */
export type Interfaces = Readonly<Record<string, readonly { readonly scopeid?: number }[] | undefined>>;

/**
 * The zone of an IPv6 address as the sockets of Node take it: the name of an interface, and on Windows its number. `zone` may be either,
 * everywhere. Node 22 and later connect through the first interface that there is when they do not know the zone, so it is checked here.
 *
 * @param name - what messages call the other end.
 * @throws MqttError `CONNECTION_FAILED` where no such interface is up. It may come up later.
 */
export function socketZone(
  zone: string,
  name: string,
  interfaces: Interfaces | undefined = allInterfaces(),
  platform: NodeJS.Platform = process.platform,
): string {
  if (interfaces === undefined) return zone;
  const byNumber = /^\d+$/.test(zone);
  for (const [interfaceName, addresses = []] of Object.entries(interfaces)) {
    const number = addresses.find(({ scopeid = 0 }) => scopeid !== 0)?.scopeid;
    if (interfaceName !== zone && !(byNumber && number === Number(zone))) continue;
    return platform === 'win32' && number !== undefined ? `${number}` : interfaceName;
  }
  throw new MqttError(
    'CONNECTION_FAILED',
    `cannot connect to ${name}: the zone of the IPv6 address, '${zone}', is not a network interface that is up; ` +
      `there are: ${Object.keys(interfaces).join(', ') || 'none'}`,
    { phase: 'tcp', retryable: true },
  );
}

/** Undefined where the platform does not allow this process to ask, such as Android. */
function allInterfaces(): Interfaces | undefined {
  try {
    return networkInterfaces();
  } catch {
    return undefined;
  }
}
