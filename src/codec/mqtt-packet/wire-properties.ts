import type { UserProperties } from '../../message.js';
import type { ProtocolVersion } from '../../packets.js';
import { isGiven, PropertyWriter } from '../properties/writer.js';

/**
 * Returns `{ properties }` in the form of mqtt-packet, or an empty object. mqtt-packet accepts user properties as an object, which can
 * neither hold a name twice nor keep the order of names like `2`. But it also accepts a list of such objects and writes them in order.
 */
export function wireProperties(
  packet: { cmd: string; properties?: object },
  where: number,
  version: ProtocolVersion,
): { properties?: object } {
  const { cmd, properties } = packet;
  if (version < 5 || properties === undefined) return {};
  // This only checks the properties, because mqtt-packet checks little.
  if (new PropertyWriter().write(cmd, properties, where) === 0) return {};
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (!isGiven(value)) continue;
    // fromEntries() makes even `__proto__` an ordinary key.
    wire[name] =
      name === 'userProperties'
        ? (value as UserProperties).map(pair => Object.fromEntries([pair]))
        : (value as unknown);
  }
  return { properties: wire };
}
