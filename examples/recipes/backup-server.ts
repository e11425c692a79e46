import { type FailoverOptions, type MqttClient, failover, mqtt } from './library.js';

/** Tries the main server after 2, 4, 8, 16, 32, 60 s, then the backup after as many, then the main server again. */
export function withBackup(main: string, backup: string, timing: FailoverOptions = {}): MqttClient {
  return mqtt([main, { url: backup, options: { username: 'guest' } }], {
    reconnect: failover({ minimum: 2000, maximum: 60_000, order: 'priority', ...timing }),
  });
}
