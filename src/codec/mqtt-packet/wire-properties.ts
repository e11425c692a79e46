import type { UserProperties } from '../../message.js';
import type { ProtocolVersion } from '../../packets.js';
import { isGiven, PropertyWriter } from '../properties/writer.js';

/**
 * `{ properties }` as mqtt-packet wants them, or nothing. It takes user properties as an object, which can neither hold a name
 * twice nor keep the order of names like `2`; but of several such objects in a list it writes one after the other.
 */
export function wireProperties(
  packet: { cmd: string; properties?: object },
  where: number,
  version: ProtocolVersion,
): { properties?: object } {
  const { cmd, properties } = packet;
  if (version < 5 || properties === undefined) return {};
  // Only to have them checked: mqtt-packet checks little.
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
