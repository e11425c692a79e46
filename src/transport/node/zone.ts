import { networkInterfaces } from 'node:os';
import { MqttError } from '../../errors.js';

/** The addresses of each network interface that is up, by the name of the interface. */
export type Interfaces = Readonly<Record<string, readonly { readonly scopeid?: number }[] | undefined>>;

/**
 * Returns the zone of an IPv6 address in the form that sockets of Node accept: the name of an interface, on Windows its number. `zone` may
 * be either on each platform. With an unknown zone Node 22 and later use any interface, so the zone is checked here.
 *
 * @param name - how messages name the other end.
 * @throws MqttError `CONNECTION_FAILED` if no such interface is up. It may come up later.
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

/** Returns undefined if the platform does not allow it, such as Android. */
function allInterfaces(): Interfaces | undefined {
  try {
    return networkInterfaces();
  } catch {
    return undefined;
  }
}
