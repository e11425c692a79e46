import type { MqttClient } from '../index.js';
import type { MqttStatus } from './client-handle.js';

/** What the indicator says of one client, in the shape that `@nestjs/terminus` expects. */
export type MqttHealth<K extends string = string> = Record<
  K,
  { readonly status: 'up' | 'down'; readonly connection: MqttStatus; readonly url?: string; readonly message?: string }
>;

/**
 * Returns a health indicator for `HealthCheckService.check` of `@nestjs/terminus`. A client is up while it is connected; one that
 * reconnects is down, and the message says why. It opens no connection.
 *
 * @param source - the client, or a server or proxy of this module.
 * @param key - the name in the report. Default `'mqtt'`.
 *
 * @example
 * ```ts
 * @Get('health') @HealthCheck()
 * check() { return this.health.check([mqttHealth(this.proxy)]); }
 * ```
 */
export function mqttHealth<K extends string = 'mqtt'>(
  source: MqttClient | { readonly client: MqttClient },
  key: K = 'mqtt' as K,
): () => MqttHealth<K> {
  return () => {
    const { connection } = 'client' in source ? source.client : source;
    const { status } = connection;
    const health = {
      status: status === 'connected' ? 'up' : 'down',
      connection: status,
      ...('url' in connection && { url: connection.url }),
      ...('error' in connection && connection.error && { message: connection.error.message }),
    } as const;
    return { [key]: health } as MqttHealth<K>;
  };
}
