import { mqtt31 } from '../../test/conformance/mqtt-3.1.js';
import { mqtt311 } from '../../test/conformance/mqtt-3.1.1.js';
import { mqtt5 } from '../../test/conformance/mqtt-5.0.js';
import { mqtt5Unnumbered } from '../../test/conformance/mqtt-5.0-unnumbered.js';
import type { Statement } from '../../test/conformance/statement.js';
import type { Showing, Showings } from './showings.js';

export interface Version {
  readonly name: string;
  readonly prefix: string;
  readonly statements: readonly Statement[];
}

export const versions: readonly Version[] = [
  { name: 'MQTT 5.0', prefix: 'MQTT-', statements: mqtt5 },
  { name: 'MQTT 5.0, without a number', prefix: 'MQTT-', statements: mqtt5Unnumbered },
  { name: 'MQTT 3.1.1', prefix: 'MQTT3-', statements: mqtt311 },
  { name: 'MQTT 3.1', prefix: 'MQTT31-', statements: mqtt31 },
];

export const ofClient = ({ binds }: Statement): boolean => binds !== 'server';

/** The tests with this statement's tag, then those of the statements of 5.0 that say the same. */
export function showingsOf({ prefix }: Version, { id, as = [] }: Statement, shown: Showings): readonly Showing[] {
  return [prefix + id, ...as.map(each => `MQTT-${each}`)].flatMap(tag => shown.get(tag) ?? []);
}
