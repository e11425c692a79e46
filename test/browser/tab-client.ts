import { BrowserLevel } from 'browser-level';
import { type MqttClient, mqtt } from '../../src/index.js';
import { levelStore } from '../../src/store/index.js';

/** What the one client of all tabs is made of, in the worker and in a page that leads. */
export interface SharedConfig {
  readonly url: string;
  /** The client id, and the name of the group of tabs. */
  readonly group: string;
  readonly isDurable: boolean;
}

export function createClient({ url, group, isDurable }: SharedConfig): MqttClient {
  return mqtt(url, {
    clientId: group,
    clean: false,
    reconnect: { initial: 50, max: 200 },
    quiet: true,
    ...(isDurable ? { store: levelStore(new BrowserLevel('tabs')) } : {}),
  });
}

/** The configuration as the query of the worker's URL. */
export const toQuery = (config: SharedConfig): string => `?${encodeURIComponent(JSON.stringify(config))}`;

export const fromQuery = (query: string): SharedConfig =>
  JSON.parse(decodeURIComponent(query.slice(1))) as SharedConfig;
